import { callerSchema, type Caller } from '@holdpoint/contracts';
import { z } from 'zod';
import type { Queryable } from '../platform/database.ts';
import { WAITER_ALIVE } from './approval.sql.ts';

/** A task handle that an agent got for a held call. Its id is also the waiter's. */
export interface HeldTask {
  readonly id: string;
  readonly approvalId: string;
  readonly callId: string;
  readonly sessionId: string;
  readonly requestFrameId: string;
  /** In force when the handle was given: what it masks stays masked. */
  readonly policyVersion: number;
  /** As it came last; what runs in the background is judged by it. */
  readonly caller: Caller;
  readonly createdAt: Date;
  /** Given up for good: nothing is forwarded for it any more. */
  readonly cancelledAt: Date | null;
  /**
   * Given up after its call was forwarded. Alone: the outcome decides. With `cancelledAt`: the call runs
   * for another waiter, and is left alone.
   */
  readonly cancelAskedAt: Date | null;
  /** When the answer was first put into this task's state. */
  readonly collectedAt: Date | null;
  /** The upstream's own task that goes on behind this one; sealed. */
  readonly upstreamTask: Uint8Array | null;
  /** What the agent has answered so far of the input that its call needs now; sealed. */
  readonly inputResponses: Uint8Array | null;
}

export type HeldTaskDraft = Pick<
  HeldTask,
  'id' | 'callId' | 'sessionId' | 'requestFrameId' | 'policyVersion' | 'caller'
>;

const rowSchema = z.object({
  id: z.string(),
  approval_id: z.string(),
  call_id: z.string(),
  session_id: z.string(),
  request_frame_id: z.string(),
  policy_version: z.number().int(),
  caller: callerSchema,
  created_at: z.date(),
  cancelled_at: z.date().nullable(),
  cancel_asked_at: z.date().nullable(),
  collected_at: z.date().nullable(),
  upstream_task: z.instanceof(Uint8Array).nullable(),
  input_responses: z.instanceof(Uint8Array).nullable(),
});

const COLUMNS = `t.id, t.approval_id, t.call_id, t.session_id, t.request_frame_id, t.policy_version, t.caller,
  t.created_at, t.cancelled_at, t.cancel_asked_at, t.collected_at, t.upstream_task, t.input_responses`;

function toTask(value: unknown): HeldTask {
  const row = rowSchema.parse(value);
  return {
    id: row.id,
    approvalId: row.approval_id,
    callId: row.call_id,
    sessionId: row.session_id,
    requestFrameId: row.request_frame_id,
    policyVersion: row.policy_version,
    caller: row.caller,
    createdAt: row.created_at,
    cancelledAt: row.cancelled_at,
    cancelAskedAt: row.cancel_asked_at,
    collectedAt: row.collected_at,
    upstreamTask: row.upstream_task,
    inputResponses: row.input_responses,
  };
}

export async function insertTask(
  client: Queryable,
  approvalId: string,
  task: HeldTaskDraft,
): Promise<void> {
  await client.query(
    `insert into held_task (id, approval_id, call_id, session_id, request_frame_id, policy_version, caller)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      task.id,
      approvalId,
      task.callId,
      task.sessionId,
      task.requestFrameId,
      task.policyVersion,
      JSON.stringify(task.caller),
    ],
  );
}

/** INVARIANT: found by its own caller on its own connection; to everyone else it doesn't exist. */
export async function findTask(
  on: Queryable,
  id: string,
  owner: { readonly callerKey: string; readonly connectionId: string },
): Promise<HeldTask | undefined> {
  const { rows } = await on.query<Readonly<Record<string, unknown>>>(
    `select ${COLUMNS} from held_task t join approval a on a.id = t.approval_id
      where t.id = $1 and a.caller_key = $2 and a.connection_id = $3`,
    [id, owner.callerKey, owner.connectionId],
  );
  return rows[0] && toTask(rows[0]);
}

/**
 * The task was polled: it is its approval's waiter for another while, unless it was given up, or
 * another living waiter has taken its place.
 */
export async function keepTask(
  on: Queryable,
  taskId: string,
  caller: Caller,
  leaseMs: number,
): Promise<boolean> {
  const { rowCount } = await on.query(
    // The approval first, as everywhere: two who take both in opposite orders wait for each other.
    `with locked as (
       select a.id from approval a join held_task t on t.approval_id = a.id
        where t.id = $1 for no key update of a),
     kept as (
       update held_task t set caller = $2, polled_at = now() from locked
        where t.id = $1 and t.approval_id = locked.id and t.cancelled_at is null
       returning t.id, t.approval_id)
     update approval a
        set waiter_id = kept.id, waiter_instance = null, waiter_until = now() + $3 * interval '1 millisecond'
       from kept
      where a.id = kept.approval_id and a.state in ('held', 'approved', 'claimed', 'answered')
        and (a.waiter_id = kept.id or not ${WAITER_ALIVE})`,
    [taskId, JSON.stringify(caller), leaseMs],
  );
  return rowCount === 1;
}

/** The agent has the handle: from here on its task waits whatever becomes of the process that gave it. */
export async function outliveProcess(
  on: Queryable,
  task: Pick<HeldTask, 'id' | 'approvalId'>,
): Promise<void> {
  await on.query('update approval set waiter_instance = null where id = $1 and waiter_id = $2', [
    task.approvalId,
    task.id,
  ]);
}

/** Detaches what nobody polls any more; answers which approvals wait for nobody now. */
export async function detachLapsedTasks(
  client: Queryable,
  limit: number,
): Promise<readonly string[]> {
  const { rows } = await client.query<{ id: string }>(
    `with lapsed as (
       select id from approval
        where state in ('held', 'approved') and waiter_id is not null and waiter_instance is null
          and waiter_until <= now()
        order by id limit $1 for update skip locked)
     update approval a set waiter_id = null, waiter_until = null
       from lapsed where a.id = lapsed.id returning a.id`,
    [limit],
  );
  return rows.map(({ id }) => id);
}

/** How many tasks may run in one process, and how many of those for one caller or to one connection. */
export interface Room {
  readonly places: number;
  readonly perCaller: number;
  readonly perConnection: number;
}

/**
 * Approved, and polled lately enough to be run, besides those that run here already. INVARIANT: not before its first poll, which is the only
 * sign that the agent got the handle: one whose handle was lost on the way calls again, and what ran
 * for the lost one would run twice.
 */
export async function findDueTasks(
  on: Queryable,
  beside: readonly string[],
  { places, perCaller, perConnection }: Room,
): Promise<readonly HeldTask[]> {
  const { rows } = await on.query<Readonly<Record<string, unknown>>>(
    `with running as (
       select a.caller_key, a.connection_id from held_task t join approval a on a.id = t.approval_id
        where t.id = any($1::uuid[])),
     due as (
       select ${COLUMNS}, a.connection_id, row_number() over (partition by a.caller_key order by a.id)
           + (select count(*) from running r where r.caller_key = a.caller_key) as of_caller
         from approval a join held_task t on t.id = a.waiter_id
        where a.state = 'approved' and a.release_expires_at > now()
          and a.waiter_instance is null and a.waiter_until > now()
          and t.polled_at is not null and t.cancelled_at is null and t.id <> all($1::uuid[])),
     ranked as ( -- after the callers' shares: what waits for one takes no place from others
       select due.*, row_number() over (partition by connection_id order by approval_id)
           + (select count(*) from running r where r.connection_id = due.connection_id) as of_connection
         from due where of_caller <= $3)
     select * from ranked where of_connection <= $4 order by approval_id limit $2`,
    [beside, places, perCaller, perConnection],
  );
  return rows.map(toTask);
}

/** Of the tasks that run here, those whose agent asked since to break off what runs for it. */
export async function findCancelAsked(
  on: Queryable,
  taskIds: readonly string[],
): Promise<readonly string[]> {
  const { rows } = await on.query<{ id: string }>(
    `select id from held_task
      where id = any($1::uuid[]) and cancel_asked_at is not null and cancelled_at is null`,
    [taskIds],
  );
  return rows.map(({ id }) => id);
}

/** Whether the claim of this task was made by this very process. */
export async function isClaimedBy(
  on: Queryable,
  task: HeldTask,
  instance: number,
): Promise<boolean> {
  const { rowCount } = await on.query(
    `select 1 from approval where id = $1 and state = 'claimed' and waiter_id = $2 and claimed_by = $3`,
    [task.approvalId, task.id, instance],
  );
  return rowCount === 1;
}

export async function markCancelled(client: Queryable, taskId: string): Promise<boolean> {
  const { rowCount } = await client.query(
    'update held_task set cancelled_at = now() where id = $1 and cancelled_at is null',
    [taskId],
  );
  return rowCount === 1;
}

export async function markCancelAsked(client: Queryable, taskId: string): Promise<boolean> {
  const { rowCount } = await client.query(
    'update held_task set cancel_asked_at = now() where id = $1 and cancel_asked_at is null',
    [taskId],
  );
  return rowCount === 1;
}

/** Whether its agent gave it up, before or after its call was forwarded. */
export async function isGivenUp(client: Queryable, taskId: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `select 1 from held_task where id = $1 and (cancelled_at is not null or cancel_asked_at is not null)`,
    [taskId],
  );
  return rowCount === 1;
}

export async function markCollected(on: Queryable, taskId: string): Promise<void> {
  await on.query(
    'update held_task set collected_at = now() where id = $1 and collected_at is null',
    [taskId],
  );
}

/** Locks the row, so that responses that come at once are put together one after the other. */
export async function lockTask(client: Queryable, taskId: string): Promise<HeldTask | undefined> {
  const { rows } = await client.query<Readonly<Record<string, unknown>>>(
    `select ${COLUMNS} from held_task t where t.id = $1 for update`,
    [taskId],
  );
  return rows[0] && toTask(rows[0]);
}

export async function setInputResponses(
  client: Queryable,
  taskId: string,
  sealed: Uint8Array,
): Promise<void> {
  await client.query('update held_task set input_responses = $2 where id = $1', [taskId, sealed]);
}

export async function setUpstreamTask(
  on: Queryable,
  taskId: string,
  sealed: Uint8Array,
): Promise<void> {
  await on.query('update held_task set upstream_task = $2 where id = $1', [taskId, sealed]);
}
