import { callerSchema, storedDecisionSchema } from '@holdpoint/contracts';
import { z } from 'zod';
import type { Queryable } from '../../platform/database.ts';
import { callRowSchema, eachKind, COLUMNS, SHOWN, type CallRow } from './recorded-call.sql.ts';

/** How many of the newest calls suggestions look at. */
const LOOKED_AT = 50_000;
const MAX_APPROVALS = 5000;
const MAX_GROUPS = 30;
const NEWEST = 5;

const settledRowSchema = z.object({
  connection_id: z.string(),
  method: z.string(),
  target: z.string(),
  caller: callerSchema,
  decision: storedDecisionSchema,
  state: z.string(),
  held_at: z.date(),
  request_frame_id: z.string(),
  entry_id: z.string().nullable(),
  /** From the hold to the first verdict. */
  verdict_ms: z.number().nullable(),
  denied: z.boolean(),
  /** Approved past its chain, or with arguments that a reviewer changed: nobody said yes to what was asked. */
  otherwise: z.boolean(),
});
export type SettledHold = z.infer<typeof settledRowSchema>;

/** Holds of a time, with how they were decided. Newest first. */
export async function holdsSince(on: Queryable, from: string): Promise<readonly SettledHold[]> {
  const { rows } = await on.query(
    `select a.connection_id, a.method, a.target, a.caller, a.decision, a.state, a.held_at,
       a.request_frame_id, f.entry_id,
       (extract(epoch from v.first - a.held_at) * 1000)::float8 as verdict_ms,
       coalesce(v.denied, false) as denied,
       a.edit_id is not null or exists (select 1 from break_glass b where b.approval_id = a.id) as otherwise
     from approval a
     left join frame f on f.id = a.request_frame_id
     left join lateral (select min(at) as first, bool_or(verdict = 'deny') as denied
       from verdict where approval_id = a.id) as v on true
     where a.id >= $1::uuid order by a.id desc limit ${MAX_APPROVALS}`,
    [from],
  );
  return z.array(settledRowSchema).parse(rows);
}

const uncoveredRowSchema = z.object({
  connection_id: z.string(),
  method: z.string(),
  target: z.string(),
  count: z.number().int(),
  since: z.date(),
  callers: z.array(z.string()),
  newest: z.array(z.string()),
});
export type UncoveredCalls = z.infer<typeof uncoveredRowSchema>;

/** Canonical JSON writes a member's key like this only as one: inside a text its quotes are escaped. */
const BY_DEFAULT = `strpos(content, '"source":"default"') > 0`;

/** Calls that no rule decided, by what was called. The most frequent first. */
export async function callsByDefault(
  on: Queryable,
  from: string,
): Promise<readonly UncoveredCalls[]> {
  const recent = eachKind(`${COLUMNS}, content`, 'and id >= $1::uuid', 'desc', String(LOOKED_AT));
  const { rows } = await on.query(
    `select e.connection_id, coalesce(e.method, '') as method, coalesce(e.target, '') as target,
       count(*)::int as count, min(e.at) as since,
       (array_agg(distinct coalesce(s.caller ->> 'displayName', e.who)))[1:${NEWEST}] as callers,
       (array_agg(e.id::text order by e.id desc))[1:${NEWEST}] as newest
     from (${recent}) as e left join session s on s.id = e.session_id
     where ${BY_DEFAULT} and e.connection_id is not null
     group by 1, 2, 3 order by count(*) desc limit ${MAX_GROUPS}`,
    [from],
  );
  return z.array(uncoveredRowSchema).parse(rows);
}

const observedRowSchema = callRowSchema.extend({ content: z.string() });
export type ObservedCall = z.infer<typeof observedRowSchema>;

/** Calls that a rule in observe mode was about, with what was recorded of it. Newest first. */
export async function observedCalls(
  on: Queryable,
  from: string,
  limit: number,
): Promise<readonly ObservedCall[]> {
  const observed = `and id >= $1::uuid and strpos(content, '"observed":[{') > 0`;
  const { rows } = await on.query(
    `select ${SHOWN}, e.content, null as frame_id, null::int as frame_size
     from (${eachKind(`${COLUMNS}, content`, observed, 'desc', '$2')}) as e
     order by e.id desc limit $2`,
    [from, limit],
  );
  return z.array(observedRowSchema).parse(rows);
}

/** The calls of some entries, newest first. */
export async function callsByEntries(
  on: Queryable,
  entryIds: readonly string[],
): Promise<readonly CallRow[]> {
  const { rows } = await on.query(
    `select ${SHOWN}, null as frame_id, null::int as frame_size from entry e
     where e.id = any($1::uuid[]) and e.effect is not null and e.call_id is not null
     order by e.id desc`,
    [entryIds],
  );
  return z.array(callRowSchema).parse(rows);
}
