import { z } from 'zod';
import type { SavedView, SavedViewInput } from '@holdpoint/contracts';
import type { Queryable } from '../../platform/database.ts';

const rowsSchema = z.array(
  z
    .object({ id: z.string(), name: z.string(), query: z.string(), is_default: z.boolean() })
    .transform(({ is_default: isDefault, ...row }): SavedView => ({ ...row, isDefault })),
);

export async function viewsOf(on: Queryable, personKey: string): Promise<SavedView[]> {
  const { rows } = await on.query(
    `select id, name, query, is_default from saved_view where person_key = $1 order by created_at, id`,
    [personKey],
  );
  return rowsSchema.parse(rows);
}

/** So that two windows of one person can't both make the last view, or two defaults. */
export async function lockViews(client: Queryable, personKey: string): Promise<void> {
  await client.query('select pg_advisory_xact_lock(hashtextextended($1, 4618))', [personKey]);
}

export async function clearDefault(client: Queryable, personKey: string): Promise<void> {
  await client.query(
    `update saved_view set is_default = false where person_key = $1 and is_default`,
    [personKey],
  );
}

/** `false` where this person has a view of this name. */
export async function insertView(
  client: Queryable,
  personKey: string,
  view: SavedViewInput & { readonly id: string },
): Promise<boolean> {
  const { rowCount } = await client.query(
    `insert into saved_view (id, person_key, name, query, is_default) values ($1, $2, $3, $4, $5)
     on conflict (person_key, name) do nothing`,
    [view.id, personKey, view.name, view.query, view.isDefault],
  );
  return rowCount === 1;
}

/** `false` where this person has no such view. */
export async function updateView(
  client: Queryable,
  personKey: string,
  view: SavedViewInput & { readonly id: string },
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update saved_view set name = $3, query = $4, is_default = $5 where id = $1 and person_key = $2`,
    [view.id, personKey, view.name, view.query, view.isDefault],
  );
  return rowCount === 1;
}

export async function deleteView(on: Queryable, personKey: string, id: string): Promise<void> {
  await on.query(`delete from saved_view where id = $1 and person_key = $2`, [id, personKey]);
}
