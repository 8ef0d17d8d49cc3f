import { searchable } from '../audit/entry.sql.ts';
import type { Queryable } from '../platform/database.ts';

/** More calls in one window than this are not counted: a flood must not make each decision dearer. */
export const MAX_COUNT = 10_000;
/** The longest window that a rule may have, and a little more. */
const KEPT = `interval '25 hours'`;
/** Well after every replica has a new policy: from then on each call that its rules count is counted. */
const SETTLED = `interval '5 seconds'`;
/** The log's times are of the processes that wrote it; it is read a little further back than needed. */
const SLACK = `interval '10 seconds'`;

/** What the calls that are counted together have in common. */
export interface CountedCalls {
  readonly callerKey: string;
  readonly connectionId: string;
  readonly method: string;
  readonly target: string;
}

export interface Arrival {
  readonly callId: string;
  readonly key: string;
}

/** A count that is asked for: of the calls before this one, in this window. */
export interface AskedCount {
  readonly callId: string;
  readonly window: string;
  readonly windowMs: number;
}

/**
 * Until the transaction ends nobody else counts calls of these keys. Answers the keys whose calls were
 * not all counted: since the policy in force was published nobody has looked for earlier ones in the log.
 */
export async function lockTallies(
  client: Queryable,
  keys: readonly string[],
  policyVersion: number,
): Promise<readonly string[]> {
  // In one order everywhere, so that two transactions never wait for each other.
  const { rows } = await client.query<{ key: string }>(
    `with tally as (
       insert into call_tally (key, complete_at)
       select key, '-infinity' from unnest($1::text[]) as key
       on conflict (key) do update set key = excluded.key returning key, complete_at)
     select key from tally
      where complete_at < (select published_at + ${SETTLED} from policy_version where number = $2)`,
    [[...keys].sort(), policyVersion],
  );
  return rows.map(({ key }) => key);
}

/** Adds the calls that came while no rule counted them, from the log. */
export async function completeTally(
  client: Queryable,
  key: string,
  calls: CountedCalls,
): Promise<void> {
  await client.query(
    `with since as (
       select greatest(complete_at - ${SLACK}, now() - ${KEPT}) as at from call_tally where key = $1)
     insert into call_arrival (call_id, key, at)
     select e.call_id, $1, min(e.at) from since
       join session s on s.caller_key = $2 and s.connection_id = $3
         and s.last_seen_at > since.at - interval '1 hour' -- noted now and then only
       join entry e on e.session_id = s.id and e.at > since.at
         and e.kind in ('call.received', 'call.refused') and e.call_id is not null
         and e.method = $4 and e.target = $5
      group by e.call_id
     on conflict (call_id) do nothing`,
    [key, calls.callerKey, calls.connectionId, calls.method, searchable(calls.target)],
  );
  await client.query('update call_tally set complete_at = clock_timestamp() where key = $1', [key]);
}

/** After their keys are locked: each call comes after every one before it, whatever the clock does. */
export async function insertArrivals(
  client: Queryable,
  arrivals: readonly Arrival[],
): Promise<void> {
  await client.query(
    `insert into call_arrival (call_id, key, at)
     select asked.call_id, asked.key, asked.place * interval '1 microsecond'
         + greatest(statement_timestamp(), (select max(at) from call_arrival a where a.key = asked.key))
       from unnest($1::uuid[], $2::text[]) with ordinality as asked (call_id, key, place)
     on conflict (call_id) do nothing`,
    [arrivals.map(({ callId }) => callId), arrivals.map(({ key }) => key)],
  );
}

/** No key of calls is like this, so nothing that is noted under it is counted. */
const CONTINUED = 'continued';

/** Notes which answers are gone on with. Answers those that nobody went on with before. */
export async function noteContinued(
  client: Queryable,
  answerIds: readonly string[],
): Promise<readonly string[]> {
  const { rows } = await client.query<{ call_id: string }>(
    `insert into call_arrival (call_id, key, at)
     select distinct id, '${CONTINUED}', now() from unnest($1::uuid[]) as id
     on conflict (call_id) do nothing returning call_id`,
    [answerIds],
  );
  return rows.map(({ call_id: id }) => id);
}

/**
 * One number for each that is asked for, in the same order; `null` for a call that is not among the
 * arrivals (any more), `MAX_COUNT + 1` where there are more.
 */
export async function countBefore(
  client: Queryable,
  asked: readonly AskedCount[],
): Promise<readonly (number | null)[]> {
  const { rows } = await client.query<{ n: string | null }>(
    `select case when own.call_id is not null then before.n end as n
       from unnest($1::uuid[], $2::float8[]) with ordinality as asked (call_id, ms, place)
       left join call_arrival own on own.call_id = asked.call_id
      cross join lateral (select count(*) as n from (
        select 1 from call_arrival a
         where a.key = own.key and a.at > own.at - asked.ms * interval '1 millisecond'
           and (a.at, a.call_id) < (own.at, own.call_id)
         limit ${MAX_COUNT + 1}) as reached) as before
      order by asked.place`,
    [asked.map(({ callId }) => callId), asked.map(({ windowMs }) => windowMs)],
  );
  return rows.map(({ n }) => (n === null ? null : Number(n)));
}

/** What no window reaches any more. Answers how many arrivals went. */
export async function purgeArrivals(on: Queryable, limit: number): Promise<number> {
  const { rowCount } = await on.query(
    `delete from call_arrival where call_id in (
       select call_id from call_arrival where at < now() - ${KEPT} order by at limit $1)`,
    [limit],
  );
  await on.query(
    `delete from call_tally t where t.complete_at < now() - ${KEPT}
       and not exists (select 1 from call_arrival a where a.key = t.key)`,
  );
  return rowCount ?? 0;
}
