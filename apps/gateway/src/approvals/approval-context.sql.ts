import { effectSchema } from '@holdpoint/contracts';
import { z } from 'zod';
import type { Queryable } from '../platform/database.ts';
import type { ApprovalRecord, CallIdentity } from './approval.ts';
import { APPROVAL_COLUMNS, manyApprovals } from './approval.sql.ts';

/** Looked at of a session, however long it is. */
const SESSION_WINDOW = 2000;
/** Approvals of the same tool among which the same caller's is looked for. */
const ALIKE_WINDOW = 500;
/** Counted for a caller's record; beyond that a page says "at least". */
export const MOST_COUNTED = 10_000;
export const RECORD_DAYS = 30;

const NOT_A_CALL = `(method like '%/list' or method in ('initialize', 'ping', 'server/discover', 'logging/setLevel'))`;

const earlierRowSchema = z.object({
  call_id: z.string(),
  at: z.date(),
  method: z.string(),
  target: z.string().nullable(),
  effect: effectSchema.nullable().catch(null),
  approval_id: z.string().nullable(),
  state: z.string().nullable(),
  kinds: z.array(z.string()),
});
export type EarlierRow = z.infer<typeof earlierRowSchema>;

/** Calls of a session before one of its calls, newest first, with what was recorded of each. */
export async function earlierCalls(
  on: Queryable,
  { sessionId, callId, id }: Pick<ApprovalRecord, 'sessionId' | 'callId' | 'id'>,
  limit: number,
): Promise<readonly EarlierRow[]> {
  const { rows } = await on.query(
    `with before as (
       select id, call_id, at, kind, method, target, effect, approval_id from entry
       where session_id = $1 and id < $3 order by id desc limit ${SESSION_WINDOW}),
     calls as (
       select distinct on (call_id) call_id, id, at, method, target, effect from before
       where call_id is not null and call_id <> $2 and kind in ('call.received', 'call.refused') and not ${NOT_A_CALL}
       order by call_id, id),
     newest as (select * from calls order by id desc limit $4),
     said as (
       select call_id, kind, approval_id from entry
       where session_id = $1 and id >= (select min(id::text)::uuid from newest)
       order by id limit ${SESSION_WINDOW * 2})
     select n.call_id, n.at, n.method, nullif(n.target, '') as target, n.effect, a.id as approval_id, a.state,
       array(select distinct s.kind from said s where s.call_id = n.call_id) as kinds
     from newest n
     left join lateral (
       select p.id, p.state from said s join approval p on p.id = s.approval_id
       where s.call_id = n.call_id limit 1) a on true
     order by n.id desc`,
    [sessionId, callId, id, limit],
  );
  return z.array(earlierRowSchema).parse(rows);
}

/**
 * The newest approved call of the same tool on the same connection, this caller's where there is
 * one. Of an undecided call whatever was approved so far; of a settled one what was before it.
 */
export async function findLastApproved(
  on: Queryable,
  call: CallIdentity & Pick<ApprovalRecord, 'id' | 'state'>,
): Promise<ApprovalRecord | undefined> {
  const [found] = await manyApprovals(
    on,
    `select ${APPROVAL_COLUMNS} from (
       select * from approval
       where connection_id = $1 and method = $2 and target = $3 and id <> $4 and ($6 or id < $4)
         and state in ('approved', 'claimed', 'answered', 'delivered', 'failed', 'unknown')
       order by id desc limit ${ALIKE_WINDOW}) a
     order by (a.caller_key = $5) desc, a.id desc limit 1`,
    [call.connectionId, call.method, call.target, call.id, call.callerKey, call.state === 'held'],
  );
  return found;
}

const definitionRowSchema = z.object({
  digest: z.string(),
  first_seen_at: z.date(),
  changed_at: z.date(),
  missing_since: z.date().nullable(),
  state: z.enum(['accepted', 'blocked']).nullable(),
  by: z.string().nullable(),
  said_at: z.date().nullable(),
});
export type DefinitionRow = z.infer<typeof definitionRowSchema>;

/** A definition as it was last listed, and what was said of exactly that. */
export async function findDefinition(
  on: Queryable,
  item: { readonly connectionId: string; readonly kind: string; readonly name: string },
): Promise<DefinitionRow | undefined> {
  const { rows } = await on.query(
    `select i.digest, i.first_seen_at, i.changed_at, i.missing_since,
       said.state, coalesce(said.by_name, said.by) as by, said.at as said_at
     from catalogue_item i left join known_definition said using (connection_id, kind, name, digest)
     where i.connection_id = $1 and i.kind = $2 and i.name = $3`,
    [item.connectionId, item.kind, item.name],
  );
  return rows[0] && definitionRowSchema.parse(rows[0]);
}

const number = z.coerce.number().int();
const recordRowSchema = z.object({
  first_seen_at: z.date().nullable(),
  sessions: number,
  calls: number,
  looked_at: number,
  holds: number,
  approved: number,
  denied: number,
  unknown: number,
});
export type RecordRow = z.infer<typeof recordRowSchema>;

/** What a caller did in the last days, counted up to a bound: newest sessions first. */
export async function callerRecord(on: Queryable, callerKey: string): Promise<RecordRow> {
  const { rows } = await on.query(
    `with recent as (
       select id from session
       where caller_key = $1 and started_at > now() - $2 * interval '1 day'
       order by started_at desc limit ${MOST_COUNTED}),
     seen as (
       select e.kind from recent r join entry e on e.session_id = r.id limit ${MOST_COUNTED}),
     holds as (
       select state from (
         select state, held_at from approval where caller_key = $1 order by id desc limit ${MOST_COUNTED}) newest
       where held_at > now() - $2 * interval '1 day')
     select
       (select started_at from session where caller_key = $1 order by started_at limit 1) as first_seen_at,
       (select count(*) from recent) as sessions,
       (select count(*) from seen where kind = 'call.received') as calls,
       (select count(*) from seen) as looked_at,
       count(*) as holds,
       count(*) filter (where state in ('approved', 'claimed', 'answered', 'delivered', 'failed', 'unknown')) as approved,
       count(*) filter (where state = 'denied') as denied,
       count(*) filter (where state = 'unknown') as unknown
     from holds`,
    [callerKey, RECORD_DAYS],
  );
  return recordRowSchema.parse(rows[0]);
}
