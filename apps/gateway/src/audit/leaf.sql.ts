import type { Frontier } from '@holdpoint/audit-log';
import { z } from 'zod';
import type { Queryable } from '../platform/database.ts';

export interface StoredHead {
  readonly size: number;
  readonly root: Uint8Array;
  readonly frontier: Frontier;
  readonly note: string;
  readonly at: Date;
}

export interface Unsequenced {
  readonly id: string;
  readonly content: string;
}

/** Postgres sends bigints as text; positions stay far below what a number holds exactly. */
export const positionSchema = z.coerce.number().int().nonnegative();
const bytesSchema = z.instanceof(Uint8Array);
const headSchema = z.object({
  size: positionSchema,
  root: bytesSchema,
  frontier: z.object({ size: z.number().int(), hashes: z.array(z.string()) }),
  note: z.string(),
  at: z.date(),
});
const unsequencedSchema = z.object({ id: z.string(), content: z.string() });

export async function newestHead(on: Queryable): Promise<StoredHead | undefined> {
  const { rows } = await on.query(
    'select size, root, frontier, note, at from tree_head order by size desc limit 1',
  );
  return rows.length === 0 ? undefined : headSchema.parse(rows[0]);
}

/** Entries without a leaf, oldest first; `since` bounds how far back the search goes. */
export async function entriesWithoutLeaf(
  on: Queryable,
  since: Date | null,
  limit: number,
): Promise<readonly Unsequenced[]> {
  const { rows } = await on.query(
    `select e.id, e.content from entry e
     where e.id >= $1::uuid and not exists (select 1 from leaf l where l.entry_id = e.id)
     order by e.id limit $2`,
    [lowestIdAt(since), limit],
  );
  return z.array(unsequencedSchema).parse(rows);
}

export async function insertLeaves(
  on: Queryable,
  first: number,
  entries: readonly Unsequenced[],
  hashes: readonly Uint8Array[],
): Promise<void> {
  await on.query(
    `insert into leaf (position, entry_id, hash)
     select $1::bigint + ordinal - 1, entry_id, hash
     from unnest($2::uuid[], $3::bytea[]) with ordinality as added (entry_id, hash, ordinal)`,
    [first, entries.map((entry) => entry.id), hashes],
  );
}

/** The size is the key: whoever sequenced from an outdated head fails here. */
export async function insertHead(on: Queryable, head: Omit<StoredHead, 'at'>): Promise<void> {
  await on.query('insert into tree_head (size, root, frontier, note) values ($1, $2, $3, $4)', [
    head.size,
    head.root,
    JSON.stringify(head.frontier),
    head.note,
  ]);
}

/** The smallest UUIDv7 of a moment: ids begin with their milliseconds. */
export function lowestIdAt(at: Date | null): string {
  if (at === null) return '00000000-0000-0000-0000-000000000000';
  const hex = at.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
