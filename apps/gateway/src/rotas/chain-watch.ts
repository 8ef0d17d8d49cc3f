import { circlesOf, onCallAt, type Knowledge } from '@holdpoint/approval';
import type { ChainAlarmList } from '@holdpoint/contracts';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { EntryDraft } from '../audit/entry.ts';
import { Ledger } from '../audit/ledger.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import type { Environment } from '../env.ts';
import { rolesOf } from '../identity/roles.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database, type Queryable } from '../platform/database.ts';
import { Follower } from '../platform/follower.ts';
import type { Logger } from '../platform/logger.ts';
import { ENVIRONMENT, LOGGER } from '../platform/tokens.ts';
import { PolicyStore } from '../policies/policy-store.ts';
import {
  endAlarms,
  keepAlarm,
  listAlarms,
  listKnown,
  lockAlarms,
  timeOfKnowledge,
  toKnownPerson,
  type StoredAlarm,
} from './chain-alarm.sql.ts';
import { chainsInForce, wrongSteps, type WrongStep } from './chain-alarms.ts';
import { peopleOf, toRota } from './rota-registry.ts';
import { listRotas, type RotaRow } from './rota.sql.ts';

/** Also what time alone changes: who is on call, and who was not seen for too long. */
const LOOK_MS = 180_000;

type Chains = ReturnType<typeof chainsInForce>;

/**
 * Watches whether the steps in force can be satisfied, and says so once when that changes. Looks when
 * something changed and every few minutes; never while a call is judged, and no call is denied by it.
 */
@Injectable()
export class ChainWatch implements OnModuleInit, OnModuleDestroy {
  #unsubscribe = () => {};
  readonly #follower = new Follower({
    pollMs: LOOK_MS,
    isCurrent: () => Promise.resolve(false),
    load: () => this.#look(),
    onFailure: (error) =>
      this.logger.warn(
        { error: String(error) },
        'nobody could look whether the chains can be satisfied; the last known alarms stay',
      ),
  });

  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly bus: ChangeBus,
    private readonly policies: PolicyStore,
    private readonly connections: ConnectionRegistry,
    @Inject(ENVIRONMENT) private readonly env: Environment,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.#unsubscribe = this.bus.subscribe(({ topic }) => {
      if (topic === 'people' || topic === 'policies' || topic === 'connections')
        void this.#follower.hint();
    });
    // Nothing waits for the first look: what it finds is only told.
    void this.#follower.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.#unsubscribe();
    await this.#follower.stop();
  }

  /** Resolves once the alarms show everything that was committed before the call. */
  look(): Promise<void> {
    return this.#follower.refresh();
  }

  async alarms(): Promise<ChainAlarmList> {
    const stored = await listAlarms(this.database.pool);
    return {
      items: stored.flatMap(({ connectionId, chain, step, verdict, message, since }) => {
        const at = connectionId === null ? null : this.connections.byId(connectionId);
        if (at === undefined) return [];
        const connection = at && { id: at.id, slug: at.slug, title: at.title };
        return [{ connection, chain, step, verdict, message, since: since.toISOString() }];
      }),
    };
  }

  /**
   * Brings the alarms in line with the chains in force, with an entry for each that begins or ends, in
   * the transaction of whatever changed: two replicas that look at once record it once.
   *
   * @param by who made the change, where somebody did
   */
  async settleIn(client: Queryable, by?: Pick<SignedInPerson, 'key' | 'name'>): Promise<void> {
    await lockAlarms(client);
    await this.#settle(client, by);
  }

  async #look(): Promise<void> {
    await this.database.transaction(async (client) => {
      await lockAlarms(client);
      // Under the lock, or a replica that has not seen a change yet would take back what another said of it.
      await Promise.all([this.policies.refresh(), this.connections.refresh()]);
      await this.#settle(client);
    });
  }

  async #settle(client: Queryable, by?: Pick<SignedInPerson, 'key' | 'name'>): Promise<void> {
    const policy = this.policies.inForce()?.policy;
    // What is in force is not known, so nothing is over.
    if (policy === undefined) return;
    const chains = chainsInForce(policy.chains, this.connections.all());
    const rotas = await listRotas(client);
    const wrong = wrongSteps(chains, peopleOf(rotas), await this.#knowledge(client, chains, rotas));
    const before = new Map((await listAlarms(client)).map((alarm) => [alarm.id, alarm]));
    const now = new Set(wrong.map(({ id }) => id));
    const changed = wrong.filter(({ id, message }) => before.get(id)?.message !== message);
    const begun = wrong.filter(({ id, verdict }) => before.get(id)?.verdict !== verdict);
    const over = [...before.values()].filter(({ id }) => !now.has(id));
    if (changed.length + begun.length + over.length === 0) return;
    for (const one of new Set([...changed, ...begun])) await keepAlarm(client, one);
    await endAlarms(
      client,
      over.map(({ id }) => id),
    );
    const who = { who: by?.key, person: by?.name };
    const entries = [
      ...begun.map((one) => entryOf('chain.unsatisfiable', one, one.connection, who)),
      ...over.map((one) => entryOf('chain.satisfiable', one, this.#connectionOf(one), who)),
    ];
    if (entries.length > 0) await this.ledger.appendIn(client, ...entries);
    await this.bus.announce('people', null, client);
  }

  async #knowledge(
    client: Queryable,
    chains: Chains,
    rotas: readonly RotaRow[],
  ): Promise<Knowledge | undefined> {
    const now = await timeOfKnowledge(client);
    if (now === null) return undefined;
    const circles = chains.flatMap(({ steps }) => steps.flatMap(circlesOf));
    const people = await listKnown(client, {
      keys: [...circles.flatMap((one) => one.people), ...rotas.flatMap(keysOf)],
      groups: circles.flatMap((one) => one.groups),
    });
    return {
      people: people.map((row) => toKnownPerson(row, (groups) => rolesOf(groups, this.env))),
      onCallNow: (name) => {
        const row = rotas.find((one) => one.name === name);
        return row && onCallAt(toRota(row), now);
      },
      now,
    };
  }

  #connectionOf({ connectionId }: StoredAlarm) {
    return connectionId === null ? null : (this.connections.byId(connectionId) ?? null);
  }
}

/** Everybody whose turn it may be. */
export function keysOf({ people, overrides }: Pick<RotaRow, 'people' | 'overrides'>): string[] {
  return [...people, ...overrides.map(({ person }) => person)];
}

function entryOf(
  kind: 'chain.unsatisfiable' | 'chain.satisfiable',
  { chain, step, verdict, message }: Pick<WrongStep, 'chain' | 'step' | 'verdict' | 'message'>,
  connection: { readonly id: string; readonly slug: string } | null,
  { who, person }: { readonly who: string | undefined; readonly person: string | undefined },
): EntryDraft {
  return {
    kind,
    connection: connection ? { id: connection.id, slug: connection.slug } : undefined,
    who,
    target: chain,
    data: { ...(person !== undefined && { person }), step, verdict, reason: message },
  };
}
