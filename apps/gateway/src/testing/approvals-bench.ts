import { shownBy, type ApprovalState } from '@holdpoint/approval';
import type { Caller, DelegationInput, StoredDecision } from '@holdpoint/contracts';
import type { INestApplicationContext } from '@nestjs/common';
import type { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { ApprovalRecord, HoldDraft } from '../approvals/approval.ts';
import { ApprovalsView } from '../approvals/approvals.view.ts';
import { BreakGlass } from '../approvals/break-glass/break-glass.service.ts';
import { Delegations } from '../approvals/delegation/delegations.service.ts';
import { HoldDesk, type HoldOutcome } from '../approvals/hold-desk.ts';
import type { Judgement } from '../approvals/rejudgement.ts';
import type { EntryDraft } from '../audit/entry.ts';
import { ConnectionRegistry, type ConnectionRecord } from '../connections/connection-registry.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { Database, type Queryable } from '../platform/database.ts';
import { PolicyStore } from '../policies/policy-store.ts';
import { approveAsShown } from './approve-as-shown.ts';
import { startGatewayContext, type GatewayContext } from './gateway-context.ts';
import { signedInNow } from './verdict-giver.ts';

export const ISSUER = 'http://issuer.example.com';

/** A service identity that somebody answers for, once `own` has said so. */
export const SERVICE: Caller = {
  key: `${ISSUER}|agent`,
  issuer: ISSUER,
  subject: 'agent',
  kind: 'service',
  displayName: 'Agent',
  clientId: 'agent',
  groups: ['data-agents'],
  ownerKey: `${ISSUER}|owner`,
};

/** A rule held the call. */
export const DECISION: StoredDecision = {
  effect: 'hold',
  source: 'rule',
  explanation: 'A person looks at every write.',
  rules: [],
  chains: [null],
  masks: [],
  observed: [],
  counts: {},
};

/** Registers a service identity, or gives it to somebody else. */
export async function own(
  on: Queryable,
  { issuer, subject }: Pick<Caller, 'issuer' | 'subject'>,
  ownerKey: string,
): Promise<void> {
  await on.query(
    `insert into service_identity (issuer, subject, title, owner_key) values ($1, $2, $2, $3)
     on conflict (issuer, subject) do update set owner_key = $3`,
    [issuer, subject, ownerKey],
  );
}

export async function disown(on: Queryable, { issuer, subject }: Caller): Promise<void> {
  await on.query(`delete from service_identity where issuer = $1 and subject = $2`, [
    issuer,
    subject,
  ]);
}

export interface Held {
  readonly id: string;
  readonly hold: HoldDraft;
  readonly outcome: Extract<HoldOutcome, { kind: 'waiting' }>;
}

export interface Approved extends Held {
  readonly approval: ApprovalRecord;
}

/** What opens no further process runs alone. */
type Gateway = Pick<GatewayContext, 'close'> & Partial<Pick<GatewayContext, 'open'>>;

/** Holds and verdicts on one gateway process and a real Postgres, without the data path before them. */
export class ApprovalsBench {
  private constructor(
    private readonly gateway: Gateway,
    readonly context: INestApplicationContext,
    readonly connection: ConnectionRecord,
  ) {}

  static async start(environment: Readonly<Record<string, string>> = {}): Promise<ApprovalsBench> {
    const gateway = await startGatewayContext(environment);
    return ApprovalsBench.on(await gateway.open(), gateway);
  }

  /** On a gateway that runs already, closed with the bench. */
  static async on(context: INestApplicationContext, gateway: Gateway): Promise<ApprovalsBench> {
    const { pool } = context.get(Database);
    await own(pool, SERVICE, SERVICE.ownerKey ?? '');
    await pool.query(
      `insert into connection (id, slug, title, url, caller_groups, read_only, chain) values
        ($1, 'demo', 'Demo', 'http://127.0.0.1:9/mcp', '{data-agents}',
         '{"tools":[],"resources":false,"prompts":false,"completion":false,"subscriptions":false}',
         '[{"groups":["reviewers"],"people":[],"quorum":1}]')`,
      [uuidv7()],
    );
    await context.get(ConnectionRegistry).refresh();
    const connection = context.get(ConnectionRegistry).bySlug('demo');
    if (connection === undefined) throw new Error('The connection was not loaded.');
    return new ApprovalsBench(gateway, context, connection);
  }

  /** A further process on the same database, closed with this one or before it. */
  async replica(): Promise<ApprovalsBench> {
    const context = await this.gateway.open?.();
    if (context === undefined) throw new Error('This gateway runs alone.');
    return new ApprovalsBench({ close: () => context.close() }, context, this.connection);
  }

  close(): Promise<void> {
    return this.gateway.close();
  }

  get pool(): Pool {
    return this.context.get(Database).pool;
  }

  draft(changes: Partial<HoldDraft> = {}): HoldDraft {
    const caller = changes.caller ?? SERVICE;
    return {
      approvalId: uuidv7(),
      callId: uuidv7(),
      sessionId: uuidv7(),
      callerKey: caller.key,
      connectionId: this.connection.id,
      method: 'tools/call',
      target: 'query',
      paramsDigest: uuidv7(),
      caller,
      client: { name: 'test', version: '1' },
      toolDigest: 'tool-1',
      ...this.#inForce(),
      decision: DECISION,
      steps: [
        {
          chain: 'default',
          reviewers: { groups: ['reviewers'], people: [] },
          quorum: 1,
          deadlineMs: 60_000,
          onDeadline: 'deny',
        },
      ],
      requestFrameId: uuidv7(),
      approvalWindowMs: 60_000,
      ...changes,
    };
  }

  async held(changes: Partial<HoldDraft> = {}): Promise<Held> {
    const hold = this.draft(changes);
    const outcome = await this.desk.hold(hold, this.record(hold), this.connection);
    if (outcome.kind !== 'waiting') throw new Error(`Expected a wait, got ${outcome.kind}.`);
    return { id: hold.approvalId, hold, outcome };
  }

  /** Held, and approved by one reviewer. */
  async approved(changes: Partial<HoldDraft> = {}): Promise<Approved> {
    const held = await this.held(changes);
    await this.approve(held.id, reviewer('avery'));
    return { ...held, approval: await this.read(held.id) };
  }

  /** Two steps of one reviewer each. */
  heldForTwo(changes: Partial<HoldDraft> = {}): Promise<Held> {
    return this.held({ steps: [...this.draft().steps, ...this.draft().steps], ...changes });
  }

  approve(id: string, who: SignedInPerson, step = 0): Promise<void> {
    return approveAsShown(this.context, id, who, step);
  }

  async breakGlass(id: string, who: SignedInPerson): Promise<void> {
    const person = await signedInNow(this.context, who);
    const shown = await shownBy(await this.context.get(ApprovalsView).detail(id, person));
    if (shown === null) throw new Error('Nothing was shown.');
    const input = { reason: 'Customers cannot pay.', confirm: 'break glass', shown } as const;
    await this.context.get(BreakGlass).use(id, input, person);
  }

  /** As the data path does it; `changes`: what judging it again says otherwise. */
  async claim(
    { id, hold, outcome }: Held,
    changes: Partial<Judgement> = {},
  ): Promise<'claimed' | 'changed'> {
    const { waiterId } = outcome;
    const approval = await this.read(id);
    const judge = this.judgement(hold, changes);
    const forwarded = this.forwarded(hold);
    return (await this.desk.claim(approval, waiterId, hold.paramsDigest, judge, forwarded)).kind;
  }

  /** What judging the call again says at a claim; `changes`: otherwise than when it was held. */
  judgement(hold: HoldDraft, changes: Partial<Judgement> = {}): () => Promise<Judgement> {
    return () =>
      Promise.resolve({
        effect: 'hold',
        decision: DECISION,
        steps: hold.steps,
        toolDigest: hold.toolDigest,
        ...this.#inForce(),
        ...changes,
      });
  }

  /** Lets somebody decide in another's place for an hour, or as `over` says; answers its id. */
  async delegate(
    from: SignedInPerson,
    to: SignedInPerson,
    over: Partial<DelegationInput> = {},
  ): Promise<string> {
    for (const { key, name } of [from, to])
      await this.pool.query(
        `insert into person (key, name) values ($1, $2) on conflict do nothing`,
        [key, name],
      );
    const input = {
      delegateKey: to.key,
      from: null,
      until: new Date(Date.now() + 3_600_000).toISOString(),
      connections: [],
      chains: [],
      ...over,
    };
    const signedIn = await signedInNow(this.context, from);
    const { items } = await this.context.get(Delegations).set(input, signedIn);
    const made = items.find(({ delegator }) => delegator.key === from.key);
    if (made === undefined) throw new Error('No delegation.');
    return made.id;
  }

  /** A newer version of the policy, known to this process. */
  async publish(): Promise<void> {
    await this.pool.query(
      `insert into policy_version (number, source, published_by)
         select coalesce(max(number), 0) + 1, 'rules: []', 'spec' from policy_version`,
    );
    await this.context.get(PolicyStore).refresh();
  }

  /** What this process keeps in memory is what the database says. */
  async refresh(): Promise<void> {
    await Promise.all([
      this.context.get(PolicyStore).refresh(),
      this.context.get(ConnectionRegistry).refresh(),
    ]);
  }

  read(id: string): Promise<ApprovalRecord> {
    return this.desk.read(id);
  }

  async stateOf(id: string): Promise<ApprovalState> {
    return (await this.read(id)).state;
  }

  /** What was recorded of an approval, oldest first. */
  async entriesOf(
    id: string,
  ): Promise<readonly { readonly kind: string; readonly data: unknown }[]> {
    const { rows } = await this.pool.query<{ kind: string; data: unknown }>(
      `select kind, content::json -> 'data' as data from entry where approval_id = $1 order by id`,
      [id],
    );
    return rows;
  }

  get desk(): HoldDesk {
    return this.context.get(HoldDesk);
  }

  record(hold: HoldDraft): EntryDraft {
    return {
      kind: 'call.received',
      connection: { id: this.connection.id, slug: 'demo' },
      sessionId: hold.sessionId,
      callId: hold.callId,
      who: hold.callerKey,
      method: hold.method,
      target: hold.target,
      frames: [
        {
          id: hold.requestFrameId,
          edge: 'agent-to-gateway',
          bytes: Buffer.from('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}'),
          sealed: true,
        },
      ],
    };
  }

  forwarded(hold: HoldDraft): EntryDraft {
    return { ...this.record(hold), kind: 'call.forwarded', frames: [] };
  }

  #inForce() {
    return {
      policyVersion: this.context.get(PolicyStore).current().number,
      freezeEpoch: this.context.get(ConnectionRegistry).byId(this.connection.id)?.freezeEpoch ?? 0,
    };
  }
}

export function reviewer(subject: string, over: Partial<SignedInPerson> = {}): SignedInPerson {
  return {
    key: `${ISSUER}|${subject}`,
    issuer: ISSUER,
    subject,
    name: subject,
    email: `${subject}@example.com`,
    groups: ['reviewers'],
    groupsAt: Date.now(),
    roles: ['reviewer'],
    ...over,
  };
}

/** Somebody who may break glass, and nothing else. */
export function breaker(subject: string, over: Partial<SignedInPerson> = {}): SignedInPerson {
  return reviewer(subject, { groups: ['emergency'], roles: ['breakglass'], ...over });
}
