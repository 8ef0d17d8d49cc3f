import { effectSchema } from '@holdpoint/contracts';
import { z } from 'zod';
import { FRAME_COLUMNS, frameRowSchema, type FrameRow } from '../../audit/frame-reader.ts';
import { lowestIdAt } from '../../audit/leaf.sql.ts';
import type { Queryable } from '../../platform/database.ts';
import { MAX_COUNT } from '../call-counts.sql.ts';

/**
 * Kinds of the entry that a call begins with. A retry of a held call, and what it was told later,
 * are entries of other kinds, or without an effect.
 */
const KINDS = ['call.received', 'call.refused'] as const;

export const callRowSchema = z.object({
  id: z.string(),
  at: z.date(),
  connection_id: z.string(),
  session_id: z.string(),
  call_id: z.string(),
  who: z.string(),
  method: z.string(),
  target: z.string(),
  effect: effectSchema,
  frame_id: z.string().nullable(),
  frame_size: z.number().int().nullable(),
});
export type CallRow = z.infer<typeof callRowSchema>;

/** Recorded calls between two entries, on some connections or on all. */
export interface CallRange {
  /** Entry ids, both included. */
  readonly first: string;
  readonly last: string;
  /** `null` for all. */
  readonly connectionIds: readonly string[] | null;
}

const boundsSchema = z.object({
  total: z.coerce.number().int(),
  first: z.string().nullable(),
  last: z.string().nullable(),
});
export type CallBounds = z.infer<typeof boundsSchema>;

/** Each kind has an index of its own ids, which are merged: no call before the range is read. */
export const eachKind = (columns: string, where: string, order: 'asc' | 'desc', limit: string) =>
  KINDS.map(
    (kind) =>
      `(select ${columns} from entry where kind = '${kind}' and effect is not null
        and call_id is not null ${where} order by id ${order} limit ${limit})`,
  ).join(' union all ');

const ON_CONNECTIONS = '($1::uuid[] is null or connection_id = any($1))';

/** The newest calls up to a number. `uuid` has no `min` before Postgres 18, so their texts are compared. */
export async function newestCalls(
  on: Queryable,
  connectionIds: readonly string[] | null,
  limit: number,
): Promise<CallBounds> {
  const { rows } = await on.query(
    `select count(*) as total, min(id::text) as first, max(id::text) as last from (
       select id from (${eachKind('id', `and ${ON_CONNECTIONS}`, 'desc', '$2')}) as either
       order by id desc limit $2) as newest`,
    [connectionIds, limit],
  );
  return boundsSchema.parse(rows[0]);
}

/** The calls of a span, the newest up to a number. */
export async function callsWithin(
  on: Queryable,
  connectionIds: readonly string[] | null,
  { from, to }: { readonly from: string; readonly to: string },
  limit: number,
): Promise<CallBounds> {
  const within = `and ${ON_CONNECTIONS} and id >= $3::uuid and id < $4::uuid`;
  const { rows } = await on.query(
    `select count(*) as total, min(id::text) as first, max(id::text) as last from (
       select id from (${eachKind('id', within, 'desc', '$2')}) as either
       order by id desc limit $2) as newest`,
    [connectionIds, limit, from, to],
  );
  return boundsSchema.parse(rows[0]);
}

export const COLUMNS = 'id, at, connection_id, session_id, call_id, who, method, target, effect';
export const SHOWN = `e.id, e.at, e.connection_id, e.session_id, e.call_id, coalesce(e.who, '') as who,
  coalesce(e.method, '') as method, coalesce(e.target, '') as target, e.effect`;
/** What would have to be opened; nothing once retention removed it. */
const REQUEST = `left join lateral (select id, size from frame
  where entry_id = e.id and edge = 'agent-to-gateway' limit 1) as f on true`;

/** The next calls of a range, oldest first, with the size of what would have to be opened. */
export async function callsAfter(
  on: Queryable,
  { first, last, connectionIds }: CallRange,
  after: string | null,
  limit: number,
): Promise<readonly CallRow[]> {
  const where = `and ${ON_CONNECTIONS} and id >= $2::uuid and id <= $3::uuid
    and ($4::uuid is null or id > $4)`;
  const { rows } = await on.query(
    `select ${SHOWN},
       f.id as frame_id, f.size as frame_size
     from (${eachKind(COLUMNS, where, 'asc', '$5')} order by id limit $5) as e
     ${REQUEST}
     order by e.id`,
    [connectionIds, first, last, after, limit],
  );
  return z.array(callRowSchema).parse(rows);
}

export async function framesById(
  on: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, FrameRow>> {
  if (ids.length === 0) return new Map();
  const { rows } = await on.query(`select ${FRAME_COLUMNS} from frame where id = any($1::uuid[])`, [
    ids,
  ]);
  return new Map(
    z
      .array(frameRowSchema)
      .parse(rows)
      .map((row) => [row.id, row]),
  );
}

const timeRowSchema = z.object({
  at: z.date(),
  connection_id: z.string(),
  who: z.string(),
  method: z.string(),
  target: z.string(),
});

/** Who called what when, without what was said: for counting. Oldest first. */
export async function callTimes(
  on: Queryable,
  { from, before }: { readonly from: string; readonly before: string },
  after: string | null,
  limit: number,
): Promise<readonly (z.infer<typeof timeRowSchema> & { readonly id: string })[]> {
  const where = `and id >= $1::uuid and id < $2::uuid and ($3::uuid is null or id > $3)`;
  const columns = `id, at, connection_id, coalesce(who, '') as who, coalesce(method, '') as method,
    coalesce(target, '') as target`;
  const { rows } = await on.query(
    `select * from (${eachKind(columns, where, 'asc', '$4')}) as either order by id limit $4`,
    [from, before, after, limit],
  );
  return z.array(timeRowSchema.extend({ id: z.string() })).parse(rows);
}

/** Newest first; one more than asked for tells that there is a next page. `q` looks at the newest calls only. */
export async function recentCalls(
  on: Queryable,
  query: { readonly cursor: string | null; readonly q: string | null; readonly limit: number },
): Promise<readonly CallRow[]> {
  const where = 'and ($1::uuid is null or id < $1)';
  const { rows } = await on.query(
    `select ${SHOWN},
       null as frame_id, null::int as frame_size
     from (${eachKind(COLUMNS, where, 'desc', '$4')} order by id desc limit $4) as e
     left join connection c on c.id = e.connection_id
     left join session s on s.id = e.session_id
     where $2::text is null or strpos(lower(concat_ws(' ', e.target, e.method, e.who, c.slug,
       c.title, s.caller ->> 'displayName', s.client ->> 'name')), lower($2)) > 0
     order by e.id desc limit $3`,
    [query.cursor, query.q, query.limit + 1, query.q === null ? query.limit + 1 : SEARCHED],
  );
  return z.array(callRowSchema).parse(rows);
}

/** How many of the newest calls a search looks at. */
const SEARCHED = 20_000;

/** The call that an entry recorded, or `undefined` where it recorded none. */
export async function callByEntry(on: Queryable, entryId: string): Promise<CallRow | undefined> {
  const { rows } = await on.query(
    `select ${SHOWN},
       f.id as frame_id, f.size as frame_size
     from entry e ${REQUEST}
     where e.id = $1 and e.kind = any($2) and e.effect is not null and e.call_id is not null`,
    [entryId, KINDS],
  );
  return rows.length === 0 ? undefined : callRowSchema.parse(rows[0]);
}

/** Calls of the same caller to the same method and name in the time before this one. */
export async function countBefore(
  on: Queryable,
  { id, at, connection_id, who, method, target }: CallRow,
  windowMs: number,
): Promise<number> {
  const from = new Date(at.getTime() - windowMs);
  const { rows } = await on.query(
    `select count(*)::int as n from (${eachKind(
      'id',
      `and id >= $1::uuid and id < $2::uuid and at > $3 and connection_id = $4 and who = $5
        and coalesce(method, '') = $6 and coalesce(target, '') = $7`,
      'desc',
      String(MAX_COUNT),
    )}) as earlier`,
    [lowestIdAt(from), id, from, connection_id, who, method, target],
  );
  return z.object({ n: z.number().int() }).parse(rows[0]).n;
}

/** What the agent got last, as it was masked then. */
export async function answerOf(on: Queryable, callId: string): Promise<FrameRow | undefined> {
  const { rows } = await on.query(
    `select ${FRAME_COLUMNS} from frame
     where call_id = $1 and edge = 'gateway-to-agent' order by id desc limit 1`,
    [callId],
  );
  return rows.length === 0 ? undefined : frameRowSchema.parse(rows[0]);
}
