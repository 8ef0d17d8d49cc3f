import { isApprovalState } from '@holdpoint/approval';
import {
  callerSchema,
  rejudgedSchema,
  storedClientSchema,
  storedDecisionSchema,
  storedStepsSchema,
  timerEventsSchema,
} from '@holdpoint/contracts';
import { frozenSince } from '../freezes/freeze.sql.ts';
import { instanceIsAlive } from '../platform/gateway-instance.ts';
import type { Queryable } from '../platform/database.ts';
import type { ApprovalRecord, ApprovalTimers, CallIdentity, HoldDraft } from './approval.ts';
import { IS_ANSWERED_FOR } from './owners.sql.ts';

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

export const APPROVAL_COLUMNS = `a.id, a.call_id, a.session_id, a.connection_id, a.caller_key, a.caller, a.client, a.method, a.target,
  a.params_digest, coalesce(a.asked_digest, a.params_digest) as asked_digest, a.edit_id,
  (select e.editor_key from approval_edit e where e.id = a.edit_id) as editor_key, a.tool_digest, a.policy_version,
  coalesce(a.held_policy_version, a.policy_version) as held_policy_version, a.freeze_epoch, a.decision, a.steps, a.rejudged, a.timer_step, a.timer_fired,
  a.timer_opened_at, a.timer_ends_at, a.timer_log, a.state, a.state_reason,
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
    askedDigest: text('asked_digest'),
    editId: textOrNull('edit_id'),
    editorKey: textOrNull('editor_key'),
    toolDigest: text('tool_digest'),
    policyVersion: Number(row['policy_version']),
    heldPolicyVersion: Number(row['held_policy_version']),
    freezeEpoch: Number(row['freeze_epoch']),
    decision: storedDecisionSchema.parse(row['decision']),
    steps: storedStepsSchema.parse(row['steps']),
    rejudged: rejudgedSchema.nullable().parse(row['rejudged']),
    timers: timersIn(row),
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

function timersIn(row: Row): ApprovalTimers | null {
  const [step, openedAt, endsAt] = [
    row['timer_step'],
    row['timer_opened_at'],
    row['timer_ends_at'],
  ];
  if (typeof step !== 'number' || !(openedAt instanceof Date) || !(endsAt instanceof Date))
    return null;
  const log = timerEventsSchema.parse(row['timer_log']);
  return { step, fired: Number(row['timer_fired']), openedAt, endsAt, log };
}

async function one(
  on: Queryable,
  text: string,
  values: readonly unknown[],
): Promise<ApprovalRecord | undefined> {
  const { rows } = await on.query<Row>(text, [...values]);
  return rows[0] && toRecord(rows[0]);
}

export async function manyApprovals(
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
const SAME_PLACE = `a.caller_key = $1 and a.connection_id = $2 and a.method = $3 and a.target = $4`;
/** By what was asked, whatever runs in its place. */
const SAME_CALL = `${SAME_PLACE} and coalesce(a.asked_digest, a.params_digest) = $5`;

/** Serializes holding and joining per caller, so that bounds and joins are exact on every replica. */
export async function lockCaller(client: Queryable, callerKey: string): Promise<void> {
  await client.query('select pg_advisory_xact_lock(hashtextextended($1, 4617))', [callerKey]);
}

export async function callerKeyOf(on: Queryable, approvalId: string): Promise<string | undefined> {
  const { rows } = await on.query<{ key: string }>(
    'select caller_key as key from approval where id = $1',
    [approvalId],
  );
  return rows[0]?.key;
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
 * whoever asks, for its own waiter may be still on the way out when the agent asks again. A hold and its
 * release are bound to the owner that its service had: with another one the call asks anew.
 */
export function findJoinable(
  on: Queryable,
  call: CallIdentity & Pick<HoldDraft, 'caller'>,
): Promise<ApprovalRecord | undefined> {
  return one(
    on,
    `select ${APPROVAL_COLUMNS} from approval a
      where ${SAME_CALL} and (
        (not ${WAITER_ALIVE} and (
          (a.caller->>'ownerKey' is not distinct from $6
            and ((a.state = 'held' and a.expires_at > clock_timestamp())
              or (a.state = 'approved' and a.release_expires_at > clock_timestamp())))
          or a.state = 'claimed'
          or (a.state = 'answered' and a.answered_at > now() - ${UNDELIVERED})))
        or (a.state = 'denied' and a.settled_at > now() - ${TOLD_DENIAL}
            and exists (select 1 from verdict v where v.approval_id = a.id and v.verdict = 'deny')))
      order by (a.state <> 'denied') desc, a.id desc limit 1`,
    [...identityValues(call), call.caller.ownerKey],
  );
}

/**
 * The identical call of which something came last: it ran, ended with an unknown outcome, runs now, or
 * is approved and may run any moment. Whoever approves `before` has to know of it. Where arguments were
 * changed, identical is what was asked for, and what ran.
 */
export function findLastRun(
  on: Queryable,
  call: CallIdentity & Pick<ApprovalRecord, 'askedDigest'>,
  before: string,
): Promise<ApprovalRecord | undefined> {
  return one(
    on,
    `select ${APPROVAL_COLUMNS} from approval a
      where ${SAME_PLACE} and a.id <> $6
        and (coalesce(a.asked_digest, a.params_digest) in ($5, $7) or a.params_digest in ($5, $7))
        and (a.state in ('claimed', 'answered', 'delivered', 'failed', 'unknown')
          or (a.state = 'approved' and a.release_expires_at > now()))
      order by a.state in ('approved', 'claimed') desc, coalesce(a.claimed_at, a.settled_at) desc, a.id desc
      limit 1`,
    [...identityValues(call), before, call.askedDigest],
  );
}

export function findApproval(on: Queryable, id: string): Promise<ApprovalRecord | undefined> {
  return one(on, `select ${APPROVAL_COLUMNS} from approval a where a.id = $1`, [id]);
}

/** Locks the row, so that verdicts on one approval are counted one after the other. */
export function lockApproval(client: Queryable, id: string): Promise<ApprovalRecord | undefined> {
  return one(client, `select ${APPROVAL_COLUMNS} from approval a where a.id = $1 for update of a`, [
    id,
  ]);
}

export function findApprovals(
  on: Queryable,
  ids: readonly string[],
): Promise<readonly ApprovalRecord[]> {
  return manyApprovals(
    on,
    `select ${APPROVAL_COLUMNS} from approval a where a.id = any($1::uuid[]) order by a.id`,
    [ids],
  );
}

export async function insertApproval(
  client: Queryable,
  hold: HoldDraft,
  waiter: Waiter,
): Promise<void> {
  await client.query(
    `insert into approval (id, call_id, session_id, connection_id, caller_key, caller, client, method, target,
       params_digest, tool_digest, policy_version, held_policy_version, freeze_epoch, decision, steps, state, request_frame_id,
       held_at, expires_at, waiter_id, waiter_instance, waiter_until)
     values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$12,$13,$14,$15,'held',$16,
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

/** `paramsDigest` is of the params that leave, edited or not. */
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
 * to caller, connection, method, target, the parameters that leave, definition, and to the policy version
 * and freeze epoch in force in the database now, not in this process's cache; nothing of it was frozen
 * since it was held; and whoever owns the calling service did not approve it.
 */
export async function claimRelease(client: Queryable, claim: Claim): Promise<boolean> {
  const { rowCount } = await client.query(
    `update approval a set state = 'claimed', claimed_at = now(), claimed_by = $10
      where ${SAME_PLACE} and a.params_digest = $5 and a.id = $6 and a.state = 'approved' and a.release_expires_at > clock_timestamp()
        and a.tool_digest = $7 and a.policy_version = $8 and a.freeze_epoch = $9 and a.waiter_id = $11
        and $8 = (select max(number) from policy_version)
        and exists (select 1 from connection c where c.id = a.connection_id and c.freeze_epoch = $9 and c.frozen_at is null)
        and not ${frozenSince('a.caller_key', 'a.held_at')} and ${IS_ANSWERED_FOR}`,
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
