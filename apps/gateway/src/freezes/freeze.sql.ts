import { z } from 'zod';
import type { Queryable } from '../platform/database.ts';
import { whyFrozen, type FreezeInForce } from './why-frozen.ts';

/**
 * SQL condition: a freeze of that caller, or of everything, stood at some time since `since`, even if it
 * was lifted. What waited through a freeze has to be asked for anew.
 */
export function frozenSince(callerKey: string, since: string): string {
  return `exists (select 1 from call_freeze f
    where (f.scope = 'installation' or (f.scope = 'caller' and f.key = ${callerKey}))
      and (f.lifted_at is null or f.lifted_at >= ${since}))`;
}

const KEY = `hashtextextended('freeze', 4619)`;

/**
 * The first statement of every transaction that lets something run: a freeze that commits before is seen,
 * one that comes later waits for the commit. First, since whoever waits for it must hold no row yet.
 */
export async function awaitFreezes(client: Queryable): Promise<void> {
  await client.query(`select pg_advisory_xact_lock_shared(${KEY})`);
}

/** Taken by whoever freezes: once it has committed nothing claims that did not see it. */
export async function lockFreezes(client: Queryable): Promise<void> {
  await client.query(`select pg_advisory_xact_lock(${KEY})`);
}

const frozenRowSchema = z.object({
  scope: z.enum(['connection', 'caller', 'installation']),
  title: z.string(),
  reason: z.string(),
});

/**
 * Why nothing of this caller may pass on this connection, by the database now; `undefined` where nothing
 * is frozen. What lets something run by this answer begins its transaction with `awaitFreezes`.
 */
export async function frozenNow(
  client: Queryable,
  of: { readonly callerKey: string; readonly connectionId: string },
): Promise<string | undefined> {
  const { rows } = await client.query(
    `select scope, title, reason from call_freeze
      where lifted_at is null and (scope = 'installation' or (scope = 'caller' and key = $1))
     union all
     select 'connection', title, coalesce(frozen_reason, '') from connection where id = $2 and frozen_at is not null
     order by scope desc limit 1`,
    [of.callerKey, of.connectionId],
  );
  return rows[0] && whyFrozen(frozenRowSchema.parse(rows[0]));
}

/** Whether a freeze of this caller, or of everything, stood while its call was held. */
export async function wasFrozenSince(
  client: Queryable,
  { callerKey, heldAt }: { readonly callerKey: string; readonly heldAt: Date },
): Promise<boolean> {
  const { rows } = await client.query<{ was: boolean }>(
    `select ${frozenSince('$1', '$2::timestamptz')} as was`,
    [callerKey, heldAt],
  );
  return rows[0]?.was !== false;
}

const rowSchema = z.object({
  scope: z.enum(['caller', 'installation']),
  key: z.string(),
  title: z.string(),
  reason: z.string(),
  by_name: z.string(),
  at: z.date(),
});
const liftedRowSchema = rowSchema.extend({
  lifted_by_name: z.string(),
  lifted_at: z.date(),
  lifted_reason: z.string().nullable(),
});
export type LiftedFreezeRow = z.infer<typeof liftedRowSchema>;

export interface StoredFreeze extends FreezeInForce {
  readonly scope: 'caller' | 'installation';
  readonly key: string;
}

export async function freezesInForce(on: Queryable): Promise<readonly StoredFreeze[]> {
  const { rows } = await on.query(
    `select scope, key, title, reason, by_name, at from call_freeze where lifted_at is null
      order by scope desc, at desc`,
  );
  return z
    .array(rowSchema)
    .parse(rows)
    .map(({ by_name: by, ...freeze }) => ({ ...freeze, by }));
}

/** Changes whenever a freeze is placed or lifted. */
export async function freezeFingerprint(on: Queryable): Promise<string> {
  const { rows } = await on.query<{ fingerprint: string }>(
    `select concat_ws('/', count(*), max(id::text), count(lifted_at)) as fingerprint from call_freeze`,
  );
  return String(rows[0]?.fingerprint);
}

export async function lastLifted(
  on: Queryable,
  limit: number,
): Promise<readonly LiftedFreezeRow[]> {
  const { rows } = await on.query(
    `select scope, key, title, reason, by_name, at, lifted_by_name, lifted_at, lifted_reason
       from call_freeze where lifted_at is not null order by lifted_at desc limit $1`,
    [limit],
  );
  return z.array(liftedRowSchema).parse(rows);
}

export interface FreezePerson {
  readonly key: string;
  readonly name: string;
}

/** False when it is frozen already: the unique index is the judge. */
export async function insertFreeze(
  client: Queryable,
  freeze: {
    readonly id: string;
    readonly scope: StoredFreeze['scope'];
    readonly key: string;
    readonly title: string;
    readonly reason: string;
  },
  by: FreezePerson,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `insert into call_freeze (id, scope, key, title, reason, by, by_name, at)
     values ($1, $2, $3, $4, $5, $6, $7, clock_timestamp())
     on conflict (scope, key) where lifted_at is null do nothing`,
    [freeze.id, freeze.scope, freeze.key, freeze.title, freeze.reason, by.key, by.name],
  );
  return rowCount === 1;
}

/** False when it is not frozen. */
export async function liftFreeze(
  client: Queryable,
  { scope, key }: Pick<StoredFreeze, 'scope' | 'key'>,
  reason: string | null,
  by: FreezePerson,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update call_freeze set lifted_at = clock_timestamp(), lifted_by = $3, lifted_by_name = $4, lifted_reason = $5
      where scope = $1 and key = $2 and lifted_at is null`,
    [scope, key, by.key, by.name, reason],
  );
  return rowCount === 1;
}

const callerRowSchema = z.object({
  key: z.string(),
  name: z.string(),
  kind: z.enum(['person', 'service']),
  last_seen_at: z.date(),
});

/** Who called within the last month, the latest first. */
export async function recentCallers(
  on: Queryable,
  limit: number,
): Promise<readonly z.infer<typeof callerRowSchema>[]> {
  const { rows } = await on.query(
    `select * from (
       select distinct on (caller_key) caller_key as key, caller->>'displayName' as name,
              caller->>'kind' as kind, last_seen_at
         from session where last_seen_at > now() - interval '30 days'
        order by caller_key, last_seen_at desc) latest
      order by last_seen_at desc limit $1`,
    [limit],
  );
  return z.array(callerRowSchema).parse(rows);
}

/** The name that a caller last came with; `undefined` for one that never called. */
export async function callerName(on: Queryable, callerKey: string): Promise<string | undefined> {
  const { rows } = await on.query<{ name: string }>(
    `select caller->>'displayName' as name from session where caller_key = $1
      order by last_seen_at desc limit 1`,
    [callerKey],
  );
  return rows[0]?.name;
}
