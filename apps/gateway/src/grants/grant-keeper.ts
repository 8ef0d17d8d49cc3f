import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { EntryDraft } from '../audit/entry.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database } from '../platform/database.ts';
import type { Logger } from '../platform/logger.ts';
import { LOGGER } from '../platform/tokens.ts';
import { PolicyStore } from '../policies/policy-store.ts';
import { GrantDesk } from './grant-desk.ts';
import { grantsWithCause, proposalsLeftOver, type GrantRow, type LapseCause } from './grant.sql.ts';
import { rulesDigest } from './rules-digest.ts';

/** Whatever no hint told of is noticed after this long. */
const LOOK_MS = 3000;

/**
 * Ends grants whose rules, chain, definition or owner are other ones now, or which something of was frozen,
 * for good: also where it comes back later. Every process looks, with every hint and by itself; each grant
 * is ended once. What was proposed with a call that ended undecided is not given. So the list says what may be used. A use compares by itself.
 */
@Injectable()
export class GrantKeeper implements OnModuleInit, OnModuleDestroy {
  #unsubscribes: readonly (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isQueued = false;

  constructor(
    private readonly database: Database,
    private readonly bus: ChangeBus,
    private readonly policies: PolicyStore,
    private readonly connections: ConnectionRegistry,
    private readonly desk: GrantDesk,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    const wake = () => this.#wake();
    this.#unsubscribes = [
      this.policies.onChange(wake),
      // Definitions and owners are told of under `connections`, too.
      this.bus.subscribe(({ topic }) => {
        if (topic === 'freezes' || topic === 'connections') wake();
      }),
    ];
    this.#timer = setInterval(wake, LOOK_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.#timer);
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
    await this.#looking;
  }

  /** Whether what a grant was given under is still written as it was. */
  stands({ decision, rulesDigest: given, connectionId }: GrantRow): boolean {
    const connection = this.connections.byId(connectionId);
    const { policy } = this.policies.current();
    return connection !== undefined && rulesDigest(decision, policy, connection) === given;
  }

  async lapse(grant: GrantRow, cause: LapseCause | 'rules'): Promise<void> {
    await this.desk.lapse(grant.id, REASONS[cause], this.#recordOf(grant));
  }

  #recordOf(grant: GrantRow): EntryDraft {
    const connection = this.connections.byId(grant.connectionId);
    return {
      kind: '',
      connection: connection && { id: connection.id, slug: connection.slug },
      approvalId: grant.approvalId,
      who: grant.callerKey,
      method: grant.method,
      target: grant.target,
    };
  }

  #wake(): void {
    if (this.#isQueued) return;
    this.#isQueued = true;
    this.#looking = this.#looking
      .then(() => {
        this.#isQueued = false;
        return this.#look();
      })
      .catch((error: unknown) =>
        this.logger.warn({ error: String(error) }, 'grants could not be compared with what holds'),
      );
  }

  async #look(): Promise<void> {
    for (const grant of await proposalsLeftOver(this.database.pool))
      await this.desk.leave(grant.id, this.#recordOf(grant));
    const grants = await grantsWithCause(this.database.pool);
    if (grants.length === 0) return;
    // INVARIANT: after the rows, so that no grant is compared with rules older than those it was given under.
    await Promise.all([this.policies.refresh(), this.connections.refresh()]);
    for (const grant of grants) {
      const cause = grant.cause ?? (this.stands(grant) ? null : 'rules');
      if (cause !== null) await this.lapse(grant, cause);
    }
  }
}

const REASONS: Record<LapseCause | 'rules', string> = {
  rules: 'The rules or the chain that it was given under changed.',
  definition: 'The tool’s definition changed, or is not accepted any more.',
  frozen:
    'Its caller, its connection or everything was frozen since it was given, or the connection’s address, credential or callers changed.',
  owner: 'The calling service identity has another owner, or none any more.',
};
