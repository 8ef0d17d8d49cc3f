import { routeMatchSchema, type RouteInput, type RouteUpdate } from '@holdpoint/contracts';
import { z } from 'zod';
import type { Queryable } from '../../platform/database.ts';

const rowSchema = z.object({
  id: z.string(),
  title: z.string(),
  enabled: z.boolean(),
  match: routeMatchSchema,
  channels: z.array(z.string()),
  version: z.number().int(),
  updated_at: z.date(),
});
export type RouteRow = z.infer<typeof rowSchema>;

export async function listRoutes(on: Queryable): Promise<readonly RouteRow[]> {
  const { rows } = await on.query(
    `select id, title, enabled, match, channels, version, updated_at
     from notification_route order by lower(title), id`,
  );
  return z.array(rowSchema).parse(rows);
}

export async function insertRoute(
  client: Queryable,
  id: string,
  { title, enabled, match, channels }: RouteInput,
): Promise<void> {
  await client.query(
    `insert into notification_route (id, title, enabled, match, channels) values ($1, $2, $3, $4, $5)`,
    [id, title, enabled, JSON.stringify(match), channels],
  );
}

/** False where it is another version by now, or gone. */
export async function updateRoute(
  client: Queryable,
  id: string,
  { title, enabled, match, channels, version }: RouteUpdate,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update notification_route set title = $2, enabled = $3, match = $4, channels = $5,
       version = version + 1, updated_at = now() where id = $1 and version = $6`,
    [id, title, enabled, JSON.stringify(match), channels, version],
  );
  return rowCount === 1;
}

/** What it was called; `undefined` where it is gone. */
export async function deleteRoute(client: Queryable, id: string): Promise<string | undefined> {
  const { rows } = await client.query<{ title: string }>(
    'delete from notification_route where id = $1 returning title',
    [id],
  );
  return rows[0]?.title;
}
