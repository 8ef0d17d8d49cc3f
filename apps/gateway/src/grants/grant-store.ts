import { grantShapeSchema } from '@holdpoint/contracts';
import type { GrantShape } from '@holdpoint/approval';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database } from '../platform/database.ts';
import { Envelope } from '../platform/envelope.ts';
import { Follower } from '../platform/follower.ts';
import type { Logger } from '../platform/logger.ts';
import { LOGGER } from '../platform/tokens.ts';
import { grantFingerprint, usableGrants, type GrantRow } from './grant.sql.ts';

const POLL_MS = 400;

export interface UsableGrant extends GrantRow {
  readonly shape: GrantShape;
}

/** Whose, and for what. */
type Place = Pick<GrantRow, 'callerKey' | 'connectionId' | 'method' | 'target'>;

/**
 * The grants in force, in memory, so that a held call of a caller who has none asks nothing of the
 * database. Only a first look: a use is taken by one conditional update, which reads the row itself.
 */
@Injectable()
export class GrantStore implements OnModuleInit, OnModuleDestroy {
  #grants: ReadonlyMap<string, readonly UsableGrant[]> = new Map();
  #fingerprint: string | undefined;
  #unsubscribe = () => {};
  readonly #follower = new Follower({
    pollMs: POLL_MS,
    isCurrent: async () => (await grantFingerprint(this.database.pool)) === this.#fingerprint,
    load: () => this.#load(),
    onFailure: (error) =>
      this.logger.warn({ error: String(error) }, 'the grants could not be read'),
  });

  constructor(
    private readonly database: Database,
    private readonly bus: ChangeBus,
    private readonly envelope: Envelope,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onModuleInit(): Promise<void> {
    this.#unsubscribe = this.bus.subscribe((hint) => {
      if (hint.topic === 'grants') void this.#follower.hint();
    });
    await this.#follower.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.#unsubscribe();
    await this.#follower.stop();
  }

  all(): readonly UsableGrant[] {
    return [...this.#grants.values()].flat();
  }

  candidates(place: Place): readonly UsableGrant[] {
    return this.#grants.get(keyOf(place)) ?? [];
  }

  /** Resolves once memory shows everything that was committed before the call. */
  refresh(): Promise<void> {
    return this.#follower.refresh();
  }

  shapeOf({ id, sealedShape }: Pick<GrantRow, 'id' | 'sealedShape'>): GrantShape {
    return grantShapeSchema.parse(
      JSON.parse(this.envelope.openText(sealedShape, shapeContext(id))),
    );
  }

  sealShape(id: string, shape: GrantShape): Buffer {
    return this.envelope.sealText(JSON.stringify(shape), shapeContext(id));
  }

  async #load(): Promise<void> {
    // Read before the rows: a change in between is seen by the next poll.
    const fingerprint = await grantFingerprint(this.database.pool);
    const rows = await usableGrants(this.database.pool);
    const grants = rows.map((row) => ({ ...row, shape: this.shapeOf(row) }));
    this.#grants = Map.groupBy(grants, keyOf);
    this.#fingerprint = fingerprint;
  }
}

function keyOf({ callerKey, connectionId, method, target }: Place): string {
  return JSON.stringify([callerKey, connectionId, method, target]);
}

function shapeContext(grantId: string): string {
  return `call-grant:${grantId}`;
}
