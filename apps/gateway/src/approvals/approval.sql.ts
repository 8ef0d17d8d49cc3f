import { isApprovalState } from '@holdpoint/approval';
import {
  callerSchema,
  storedClientSchema,
  storedDecisionSchema,
  storedStepsSchema,
} from '@holdpoint/contracts';
import { instanceIsAlive, instanceWasSeen } from '../platform/gateway-instance.ts';
import type { Queryable } from '../platform/database.ts';
import type { ApprovalRecord, CallIdentity, HoldDraft } from './approval.ts';

/** An answer nobody collected stays collectable this long. */
const UNDELIVERED = `interval '30 minutes'`;
/** How long the same call is told of a denial without asking again. */
const TOLD_DENIAL = `interval '10 minutes'`;
export const WAITER_LEASE = `interval '30 seconds'`;

/**
 * SQL condition: somebody waits for the approval `a`. An exchange lives in a process; a task has none,
 * and is alive as long as it is polled.
 */
export const WAITER_ALIVE = `(a.waiter_id is not null and a.waiter_until > now()
  and (a.waiter_instance is null or ${instanceIsAlive('a.waiter_instance')}))`;

const COLUMNS = `a.id, a.call_id, a.session_id, a.connection_id, a.caller_key, a.caller, a.client, a.method, a.target,
  a.params_digest, a.tool_digest, a.policy_version, a.freeze_epoch, a.decision, a.steps, a.state, a.state_reason,
  a.request_frame_id, a.answer_frame_id, a.held_at, a.expires_at, a.settled_at, a.release_expires_at, a.claimed_at,
  a.answered_at, a.delivered_at, a.waiter_id, ${WAITER_ALIVE} as agent_waiting`;

type Row = Readonly<Record<string, unknown>>;

/** Stored JSON is parsed, not believed. */
function toRecord(row: Row): ApprovalRecord {
  const state = String(row['state']);
  if (!isApprovalState(state)) throw new Error(`An approval has the unknown state ${state}.`);
  const text = (column: string) => String(row[column]);
  const textOrNull = (column: string) => (row[column] === null ? null : String(row[column]));
  const date = (column: string) => new Date(String(row[column]));
  const dateOrNull = (column: string) => (row[column] instanceof Date ? row[column] : null);
  return {
    id: text('id'),
    callId: text('call_id'),
    sessionId: text('session_id'),
    connectionId: text('connection_id'),
    callerKey: text('caller_key'),
    caller: callerSchema.parse(row['caller']),
    client: storedClientSchema.parse(row['client']),
    method: text('method'),
    target: text('target'),
    paramsDigest: text('params_digest'),
    toolDigest: text('tool_digest'),
    policyVersion: Number(row['policy_version']),
    freezeEpoch: Number(row['freeze_epoch']),
    decision: storedDecisionSchema.parse(row['decision']),
    steps: storedStepsSchema.parse(row['steps']),
    state,
    stateReason: textOrNull('state_reason'),
    requestFrameId: text('request_frame_id'),
    answerFrameId: textOrNull('answer_frame_id'),
    heldAt: dateOrNull('held_at') ?? date('held_at'),
    expiresAt: dateOrNull('expires_at') ?? date('expires_at'),
    settledAt: dateOrNull('settled_at'),
    releaseExpiresAt: dateOrNull('release_expires_at'),
    claimedAt: dateOrNull('claimed_at'),
    answeredAt: dateOrNull('answered_at'),
    deliveredAt: dateOrNull('delivered_at'),
    waiterId: textOrNull('waiter_id'),
    agentWaiting: row['agent_waiting'] === true,
  };
}

async function one(
  on: Queryable,
  text: string,
  values: readonly unknown[],
): Promise<ApprovalRecord | undefined> {
  const { rows } = await on.query<Row>(text, [...values]);
  return rows[0] && toRecord(rows[0]);
}

async function many(
  on: Queryable,
  text: string,
  values: readonly unknown[],
): Promise<readonly ApprovalRecord[]> {
  const { rows } = await on.query<Row>(text, [...values]);
  return rows.map(toRecord);
}

const identityValues = (call: CallIdentity) => [
  call.callerKey,
  call.connectionId,
  call.method,
  call.target,
  call.paramsDigest,
];
const SAME_CALL = `a.caller_key = $1 and a.connection_id = $2 and a.method = $3 and a.target = $4 and a.params_digest = $5`;

/** Serializes holding and joining per caller, so that bounds and joins are exact on every replica. */
export async function lockCaller(client: Queryable, callerKey: string): Promise<void> {
  await client.query('select pg_advisory_xact_lock(hashtextextended($1, 4617))', [callerKey]);
}

export async function countHeld(on: Queryable, callerKey: string): Promise<number> {
  const { rows } = await on.query<{ n: string }>(
    `select count(*) as n from approval where caller_key = $1 and state = 'held'`,
    [callerKey],
  );
  return Number(rows[0]?.n ?? 0);
}

/**
 * The newest approval that the same call joins: one that no live waiter has. A denial is told to
 * whoever asks, for its own waiter may be still on the way out when the agent asks again. A hold is
 * bound to the owner that its service had: with another one the call asks anew.
 */
export function findJoinable(
  on: Queryable,
  call: CallIdentity & Pick<HoldDraft, 'caller'>,
): Promise<ApprovalRecord | undefined> {
  return one(
    on,
    `select ${COLUMNS} from approval a
      where ${SAME_CALL} and (
        (not ${WAITER_ALIVE} and (
          (a.state = 'held' and a.expires_at > now() and a.caller->>'ownerKey' is not distinct from $6)
          or (a.state = 'approved' and a.release_expires_at > now())
          or a.state = 'claimed'
          or (a.state = 'answered' and a.answered_at > now() - ${UNDELIVERED})))
        or (a.state = 'denied' and a.settled_at > now() - ${TOLD_DENIAL}
            and exists (select 1 from verdict v where v.approval_id = a.id and v.verdict = 'deny')))
      order by (a.state <> 'denied') desc, a.id desc limit 1`,
    [...identityValues(call), call.caller.ownerKey],
  );
}

/** When an identical call last ran, or ended with an unknown outcome. */
export function findLastRun(
  on: Queryable,
  call: CallIdentity,
  before: string,
): Promise<ApprovalRecord | undefined> {
  return one(
    on,
    `select ${COLUMNS} from approval a
      where ${SAME_CALL} and a.id <> $6 and a.state in ('answered', 'delivered', 'failed', 'unknown')
      order by a.id desc limit 1`,
    [...identityValues(call), before],
  );
}

export function findApproval(on: Queryable, id: string): Promise<ApprovalRecord | undefined> {
  return one(on, `select ${COLUMNS} from approval a where a.id = $1`, [id]);
}

/** Locks the row, so that verdicts on one approval are counted one after the other. */
export function lockApproval(client: Queryable, id: string): Promise<ApprovalRecord | undefined> {
  return one(client, `select ${COLUMNS} from approval a where a.id = $1 for update of a`, [id]);
}

export function listApprovals(
  on: Queryable,
  filter: { readonly pending: boolean; readonly before: string | null; readonly limit: number },
): Promise<readonly ApprovalRecord[]> {
  // Pending: oldest first, the one that has waited longest on top. Settled: newest first.
  return filter.pending
    ? many(
        on,
        `select ${COLUMNS} from approval a where a.state = 'held' and ($1::uuid is null or a.id > $1) order by a.id limit $2`,
        [filter.before, filter.limit],
      )
    : many(
        on,
        `select ${COLUMNS} from approval a where a.state <> 'held' and ($1::uuid is null or a.id < $1) order by a.id desc limit $2`,
        [filter.before, filter.limit],
      );
}

export async function countPending(on: Queryable): Promise<number> {
  const { rows } = await on.query<{ n: string }>(
    `select count(*) as n from approval where state = 'held'`,
  );
  return Number(rows[0]?.n ?? 0);
}

export async function insertApproval(
  client: Queryable,
  hold: HoldDraft,
  waiter: Waiter,
): Promise<void> {
  await client.query(
    `insert into approval (id, call_id, session_id, connection_id, caller_key, caller, client, method, target,
       params_digest, tool_digest, policy_version, freeze_epoch, decision, steps, state, request_frame_id,
       held_at, expires_at, waiter_id, waiter_instance, waiter_until)
     values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,'held',$16,
       now(), now() + $17 * interval '1 millisecond', $18, $19, now() + ${leaseIn('$20')})`,
    [
      hold.approvalId,
      hold.callId,
      hold.sessionId,
      hold.connectionId,
      hold.callerKey,
      JSON.stringify(hold.caller),
      JSON.stringify(hold.client),
      hold.method,
      hold.target,
      hold.paramsDigest,
      hold.toolDigest,
      hold.policyVersion,
      hold.freezeEpoch,
      JSON.stringify(hold.decision),
      JSON.stringify(hold.steps),
      hold.requestFrameId,
      hold.approvalWindowMs,
      waiter.id,
      waiter.instance,
      waiter.leaseMs ?? null,
    ],
  );
}

export interface Waiter {
  readonly id: string;
  /** The process of its exchange; `null` for a task, which has none. */
  readonly instance: number | null;
  /** How long it is believed to be alive without another sign; by default as long as an exchange. */
  readonly leaseMs?: number;
}

const leaseIn = (parameter: string) =>
  `coalesce(${parameter}::float8 * interval '1 millisecond', ${WAITER_LEASE})`;

/** Takes the waiter's place, where no live one has it. */
export async function attachWaiter(
  client: Queryable,
  approvalId: string,
  waiter: Waiter,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update approval a set waiter_id = $2, waiter_instance = $3, waiter_until = now() + ${leaseIn('$4')}
      where a.id = $1 and not ${WAITER_ALIVE}`,
    [approvalId, waiter.id, waiter.instance, waiter.leaseMs ?? null],
  );
  return rowCount === 1;
}

export async function detachWaiter(
  on: Queryable,
  approvalId: string,
  waiterId: string,
): Promise<boolean> {
  const { rowCount } = await on.query(
    `update approval set waiter_id = null, waiter_instance = null, waiter_until = null
      where id = $1 and waiter_id = $2 and state in ('held', 'approved', 'claimed', 'answered')`,
    [approvalId, waiterId],
  );
  return rowCount === 1;
}

export interface Claim extends CallIdentity {
  readonly approvalId: string;
  readonly toolDigest: string;
  readonly policyVersion: number;
  readonly freezeEpoch: number;
  readonly waiterId: string;
  readonly instance: number;
}

/**
 * INVARIANT: the only way to a forwarded held call. One conditional update: unexpired, unclaimed, bound
 * to caller, connection, method, target, parameters, definition, and to the policy version and freeze
 * epoch in force in the database now, not in this process's cache.
 */
export async function claimRelease(client: Queryable, claim: Claim): Promise<boolean> {
  const { rowCount } = await client.query(
    `update approval a set state = 'claimed', claimed_at = now(), claimed_by = $10
      where ${SAME_CALL} and a.id = $6 and a.state = 'approved' and a.release_expires_at > now()
        and a.tool_digest = $7 and a.policy_version = $8 and a.freeze_epoch = $9 and a.waiter_id = $11
        and $8 = (select max(number) from policy_version)
        and exists (select 1 from connection c where c.id = a.connection_id and c.freeze_epoch = $9 and c.frozen_at is null)`,
    [
      ...identityValues(claim),
      claim.approvalId,
      claim.toolDigest,
      claim.policyVersion,
      claim.freezeEpoch,
      claim.instance,
      claim.waiterId,
    ],
  );
  return rowCount === 1;
}

export interface Settle {
  readonly approvalId: string;
  readonly from: readonly string[];
  readonly to: 'approved' | 'denied' | 'void' | 'expired' | 'withdrawn' | 'failed' | 'unknown';
  readonly reason: string | null;
  /** Only for `approved`. */
  readonly releaseMs?: number;
}

export async function settleApproval(client: Queryable, settle: Settle): Promise<boolean> {
  const { rowCount } = await client.query(
    `update approval set state = $2, state_reason = $3, settled_at = now(),
        release_expires_at = case when $2 = 'approved' then now() + $4 * interval '1 millisecond' else release_expires_at end
      where id = $1 and state = any($5)`,
    [settle.approvalId, settle.to, settle.reason, settle.releaseMs ?? 0, [...settle.from]],
  );
  return rowCount === 1;
}

/** Judged again with new steps: back to the reviewers. */
export async function reopenApproval(
  client: Queryable,
  change: {
    approvalId: string;
    steps: unknown;
    decision: unknown;
    policyVersion: number;
    windowMs: number;
  },
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update approval set state = 'held', steps = $2, decision = $3, policy_version = $4, settled_at = null,
        release_expires_at = null, expires_at = now() + $5 * interval '1 millisecond'
      where id = $1 and state = 'approved'`,
    [
      change.approvalId,
      JSON.stringify(change.steps),
      JSON.stringify(change.decision),
      change.policyVersion,
      change.windowMs,
    ],
  );
  return rowCount === 1;
}

/** Judged again with the same outcome: the release now stands under the newer version. */
export async function carryToPolicy(
  client: Queryable,
  approvalId: string,
  from: number,
  to: number,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update approval set policy_version = $3 where id = $1 and state = 'approved' and policy_version = $2`,
    [approvalId, from, to],
  );
  return rowCount === 1;
}

export async function markAnswered(
  client: Queryable,
  approvalId: string,
  answerFrameId: string,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update approval set state = 'answered', answered_at = now(), answer_frame_id = $2 where id = $1 and state = 'claimed'`,
    [approvalId, answerFrameId],
  );
  return rowCount === 1;
}

export async function markDelivered(client: Queryable, approvalId: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `update approval set state = 'delivered', delivered_at = now(), waiter_id = null, waiter_instance = null, waiter_until = null
      where id = $1 and state = 'answered'`,
    [approvalId],
  );
  return rowCount === 1;
}

/** Past their time, frozen, or orphaned by a dead process; each exactly once, on database time. */
export function takeOverdue(client: Queryable, limit: number): Promise<readonly ApprovalRecord[]> {
  return many(
    client,
    `with due as (
       select a.id, case
           when a.state = 'claimed' then 'unknown'
           when c.frozen_at is not null then 'denied'
           else 'expired' end as next,
         case
           when a.state = 'claimed' then 'The gateway process that ran this call ended before its answer was recorded. It may have run.'
           when c.frozen_at is not null then 'The connection was frozen: ' || coalesce(c.frozen_reason, '')
           when a.state = 'held' then 'Nobody decided in time.'
           else 'Approved, but the agent did not collect it in time.' end as reason
       from approval a join connection c on c.id = a.connection_id
       where a.state in ('held', 'approved', 'claimed') -- by the index, however long the history is
         and ((a.state = 'held' and a.expires_at <= now())
          or (a.state = 'approved' and a.release_expires_at <= now())
          or (a.state in ('held', 'approved') and c.frozen_at is not null)
          or (a.state = 'claimed' and not ${instanceIsAlive('a.claimed_by')} and not ${instanceWasSeen('a.claimed_by')}))
       order by a.id limit $1 for update of a skip locked)
     update approval a set state = due.next, state_reason = due.reason, settled_at = now()
       from due where a.id = due.id returning ${COLUMNS}`,
    [limit],
  );
}
