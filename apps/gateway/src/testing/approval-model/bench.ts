import type { FreezeScope, StoredStep } from '@holdpoint/contracts';
import type { INestApplicationContext } from '@nestjs/common';
import fc from 'fast-check';
import type { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { HoldDraft } from '../../approvals/approval.ts';
import type { Judgement } from '../../approvals/rejudgement.ts';
import { Sweeper } from '../../approvals/sweeper.ts';
import type { EntryDraft } from '../../audit/entry.ts';
import {
  ConnectionRegistry,
  type ConnectionRecord,
} from '../../connections/connection-registry.ts';
import { FreezesService } from '../../freezes/freezes.service.ts';
import { Database } from '../../platform/database.ts';
import { PolicyStore } from '../../policies/policy-store.ts';
import { adminNamed } from '../admins.ts';
import { DECISION, own } from '../approvals-bench.ts';
import { startGatewayContext, type GatewayContext } from '../gateway-context.ts';
import { until } from '../mcp-bench.ts';
import { begin, BEGINNINGS, COMMANDS } from './commands.ts';
import { faultsOf, movesOf, takeNotes } from './history.ts';
import { CALLERS, type CallerName } from './people.ts';
import { Replica } from './replica.ts';
import { Trial } from './trial.ts';

const SCOPES: readonly FreezeScope[] = ['connection', 'caller', 'installation'];
const ASKED = {
  reviewers: { groups: ['reviewers'], people: [] },
  deadlineMs: 60_000,
  onDeadline: 'deny' as const,
};
const STEPS: readonly StoredStep[] = [
  { ...ASKED, chain: 'two', quorum: 2 },
  { ...ASKED, chain: 'one', quorum: 1 },
];

/** Which of the two replicas. */
export type On = 0 | 1;

/**
 * Two replicas on one real Postgres, with everything that runs in their background, driven by random
 * commands; what became of each approval is then read from the database itself.
 */
export class Bench {
  private constructor(
    private readonly gateway: GatewayContext,
    private readonly replicas: readonly [Replica, Replica],
    readonly connection: ConnectionRecord,
  ) {}

  static async start(): Promise<Bench> {
    const gateway = await startGatewayContext();
    const contexts = [await gateway.open(), await gateway.open()] as const;
    const { pool } = contexts[0].get(Database);
    const id = uuidv7();
    await pool.query(
      `insert into connection (id, slug, title, url, caller_groups, read_only, chain) values
        ($1, 'demo', 'Demo', 'http://127.0.0.1:9/mcp', '{data-agents}',
         '{"tools":[],"resources":false,"prompts":false,"completion":false,"subscriptions":false}',
         '[{"groups":["reviewers"],"people":[],"quorum":1}]')`,
      [id],
    );
    await own(pool, CALLERS.service, CALLERS.service.ownerKey ?? '');
    // Freezing asks whether a caller was ever here.
    for (const caller of Object.values(CALLERS))
      await pool.query(
        `insert into session (id, connection_id, caller_key, caller, client, era) values ($1, $2, $3, $4, '{}', 'legacy')`,
        [uuidv7(), id, caller.key, JSON.stringify(caller)],
      );
    await takeNotes(pool);
    for (const context of contexts) await context.get(ConnectionRegistry).refresh();
    const connection = contexts[0].get(ConnectionRegistry).byId(id);
    if (connection === undefined) throw new Error('The connection was not loaded.');
    const start = (context: INestApplicationContext) => Replica.start(context, gateway.databaseUrl);
    return new Bench(gateway, [await start(contexts[0]), await start(contexts[1])], connection);
  }

  async close(): Promise<void> {
    for (const replica of this.replicas) await replica.stop();
    await this.gateway.close();
  }

  /** How often each move was made: a model that gets nowhere proves nothing. */
  async made(): Promise<ReadonlyMap<string, number>> {
    const { rows } = await this.pool.query<{ move: string; n: string }>(
      `select coalesce(moved_from || ' → ', '') || moved_to as move, count(*) as n from model_move group by 1`,
    );
    return new Map(rows.map(({ move, n }) => [move, Number(n)]));
  }

  /** @throws with the seed and the sequence of commands that broke an invariant */
  async check(numRuns: number, seed: number | undefined): Promise<void> {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...BEGINNINGS), { minLength: 2, maxLength: 4 }),
        fc.commands(COMMANDS, { maxCommands: 30, size: 'max' }),
        async (beginnings, commands) => {
          await this.#calm();
          const trial = new Trial();
          await begin(trial, this, beginnings);
          await fc.asyncModelRun(() => ({ model: trial, real: this }), commands);
          await this.#calm();
          const faults = [...trial.faults, ...(await this.#faultsOf(trial))];
          if (faults.length > 0) throw new Error(faults.join('\n'));
        },
      ),
      {
        numRuns,
        // Shrinking runs it all again, on a clock: what is found is rather seen early than short.
        endOnFailure: true,
        interruptAfterTimeLimit: 50 * 60_000,
        ...(seed !== undefined && { seed }),
      },
    );
  }

  get pool(): Pool {
    return this.replica(0).context.get(Database).pool;
  }

  replica(on: On): Replica {
    return this.replicas[on];
  }

  keyOf(scope: FreezeScope): string {
    if (scope === 'installation') return '';
    return scope === 'connection' ? this.connection.id : CALLERS.service.key;
  }

  draft(trial: Trial, on: On, by: CallerName, args: number): HoldDraft {
    const caller = CALLERS[by];
    return {
      approvalId: uuidv7(),
      callId: uuidv7(),
      sessionId: uuidv7(),
      callerKey: caller.key,
      connectionId: this.connection.id,
      method: 'tools/call',
      target: 'query',
      paramsDigest: `${trial.id}/${args}`,
      caller,
      client: { name: 'model', version: '1' },
      toolDigest: 'tool-1',
      ...this.#inForce(on),
      decision: DECISION,
      steps: STEPS,
      requestFrameId: uuidv7(),
      approvalWindowMs: 60_000,
    };
  }

  /** Says that nothing objects, whatever is frozen: only the database's own conditions are left. */
  judge(draft: HoldDraft, on: On): () => Promise<Judgement> {
    return () =>
      Promise.resolve({
        effect: 'hold',
        decision: DECISION,
        steps: draft.steps,
        toolDigest: draft.toolDigest,
        ...this.#inForce(on),
      });
  }

  record(draft: HoldDraft): EntryDraft {
    return {
      kind: 'call.received',
      connection: { id: this.connection.id, slug: this.connection.slug },
      sessionId: draft.sessionId,
      callId: draft.callId,
      who: draft.callerKey,
      method: draft.method,
      target: draft.target,
      frames: [
        {
          id: draft.requestFrameId,
          edge: 'agent-to-gateway',
          bytes: Buffer.from(
            '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"query","arguments":{}}}',
          ),
          sealed: true,
        },
      ],
    };
  }

  /** While it lasts the connection has another address, as far as its freeze epoch can tell. */
  async whileMoved(work: () => Promise<unknown>): Promise<void> {
    const move = (by: number) =>
      this.pool.query('update connection set freeze_epoch = freeze_epoch + $2 where id = $1', [
        this.connection.id,
        by,
      ]);
    await move(1);
    await work();
    await move(-1);
    for (const { context } of this.replicas) await context.get(ConnectionRegistry).refresh();
  }

  async publish(): Promise<void> {
    // Two at once may want the same number: one of them publishes.
    await this.pool.query(
      `insert into policy_version (number, source, published_by)
         select max(number) + 1, 'rules: []', 'model' from policy_version on conflict do nothing`,
    );
  }

  /** Nothing is frozen, and what is due is done: whatever is still `claimed` runs in a living process. */
  async #calm(): Promise<void> {
    const service = this.replica(0).context.get(FreezesService);
    for (const scope of SCOPES)
      await service.lift({ scope, key: this.keyOf(scope) }, adminNamed('Morgan'));
    for (const { context } of this.replicas) {
      await context.get(ConnectionRegistry).refresh();
      await context.get(Sweeper).sweep();
    }
  }

  async #faultsOf(trial: Trial): Promise<readonly string[]> {
    const faults: string[] = [];
    const moves = Map.groupBy(
      await movesOf(this.pool, trial.approvalIds),
      (move) => move.approval_id,
    );
    for (const [id, own] of moves) {
      const claims = own.filter(
        ({ moved_from: from, moved_to: to }) => to === 'claimed' && from === 'approved',
      );
      const rounds = own.filter(
        ({ moved_from: from, moved_to: to }) => to === 'claimed' && from !== 'approved',
      );
      const found = [
        ...faultsOf(own),
        ...differs('claims', claims.length, trial.claimed.get(id) ?? 0),
        ...differs('next rounds', rounds.length, trial.continued.get(id) ?? 0),
        ...claims
          .filter(({ waiter }) => waiter !== trial.claimant.get(id))
          .map(({ waiter }) => `It was claimed beside the one who waits, ${waiter}.`),
      ];
      const way = own.map(({ moved_to: to }) => to).join(' → ');
      faults.push(...found.map((fault) => `${id} (${way}): ${fault}`));
    }
    return [...faults, ...(await this.#lost(trial))];
  }

  /** What a dead process ran is `unknown` by now, and nothing else. */
  async #lost(trial: Trial): Promise<readonly string[]> {
    const dead = trial.runs.filter(({ replica, life }) => replica.life !== life);
    const alive = trial.runs.filter(({ replica, life }) => replica.life === life);
    const ids = dead
      .map(({ approvalId }) => approvalId)
      .filter((id) => !alive.some(({ approvalId }) => approvalId === id));
    const left = () =>
      this.pool.query<{ id: string }>(
        `select id from approval where id = any($1::uuid[]) and state = 'claimed'`,
        [ids],
      );
    // The sweep of the background may be at it just now.
    await until(async () => (await left()).rows.length === 0, 'what died is swept').catch(
      () => undefined,
    );
    return (await left()).rows.map(({ id }) => `${id} is claimed, and nobody is left to end it.`);
  }

  #inForce(on: On) {
    const { context } = this.replica(on);
    return {
      policyVersion: context.get(PolicyStore).current().number,
      freezeEpoch: context.get(ConnectionRegistry).byId(this.connection.id)?.freezeEpoch ?? 0,
    };
  }
}

function differs(what: string, happened: number, told: number): readonly string[] {
  return happened === told ? [] : [`${happened} ${what} happened, and ${told} were told.`];
}
