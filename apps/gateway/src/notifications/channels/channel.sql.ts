import { channelConfigSchema, type ChannelInput } from '@holdpoint/contracts';
import { z } from 'zod';
import type { Queryable } from '../../platform/database.ts';

const rowSchema = z.object({
  id: z.string(),
  title: z.string(),
  config: channelConfigSchema,
  secrets_sealed: z.instanceof(Uint8Array).nullable(),
  enabled: z.boolean(),
  rest_until: z.date().nullable(),
  /** How long it rests yet, by the database's clock. */
  rest_ms: z.coerce.number(),
  version: z.number().int(),
  updated_at: z.date(),
});
export type ChannelRow = z.infer<typeof rowSchema>;

const COLUMNS = `id, title, config, secrets_sealed, enabled,
  case when rest_until > now() then rest_until end as rest_until,
  greatest(0, coalesce(extract(epoch from rest_until - now()) * 1000, 0)) as rest_ms, version, updated_at`;

/** INVARIANT: one that can't be read, such as of a kind that a newer gateway knows, silences no other. */
export async function listChannels(
  on: Queryable,
  onUnreadable: (id: string) => void = () => undefined,
): Promise<readonly ChannelRow[]> {
  const { rows } = await on.query<{ id: string }>(
    `select ${COLUMNS} from notification_channel where removed_at is null order by lower(title), id`,
  );
  return rows.flatMap((row) => {
    const read = rowSchema.safeParse(row);
    if (!read.success) onUnreadable(row.id);
    return read.success ? [read.data] : [];
  });
}

export async function findChannel(on: Queryable, id: string): Promise<ChannelRow | undefined> {
  const { rows } = await on.query(
    `select ${COLUMNS} from notification_channel where id = $1 and removed_at is null`,
    [id],
  );
  return rows.length === 0 ? undefined : rowSchema.parse(rows[0]);
}

/** Ids of those that there are; none of them goes before the transaction ends. */
export async function lockChannels(client: Queryable): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    'select id from notification_channel where removed_at is null order by id for share',
  );
  return rows.map(({ id }) => id);
}

export interface ChannelSettings extends Pick<ChannelInput, 'title' | 'enabled' | 'config'> {
  readonly secretsSealed: Uint8Array | null;
}

/** False where the name is taken. */
export async function insertChannel(
  client: Queryable,
  id: string,
  { title, enabled, config, secretsSealed }: ChannelSettings,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `insert into notification_channel (id, kind, title, enabled, config, secrets_sealed)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (lower(title)) where removed_at is null do nothing`,
    [id, config.kind, title, enabled, JSON.stringify(config), secretsSealed],
  );
  return rowCount === 1;
}

/** With another address or secret it may be reached again: it is tried at once. */
export async function updateChannel(
  client: Queryable,
  id: string,
  version: number,
  { title, enabled, config, secretsSealed }: ChannelSettings,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update notification_channel set title = $3, enabled = $4, config = $5, secrets_sealed = $6,
       failures = 0, rest_until = null, version = version + 1, updated_at = now()
     where id = $1 and version = $2 and removed_at is null`,
    [id, version, title, enabled, JSON.stringify(config), secretsSealed],
  );
  return rowCount === 1;
}

export async function isTitleTaken(
  client: Queryable,
  title: string,
  but: string,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from notification_channel where lower(title) = lower($1) and id <> $2 and removed_at is null`,
    [title, but],
  );
  return rowCount !== 0;
}

/** Whether another channel is of the kind of which there is one. */
export async function hasPushChannel(client: Queryable): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from notification_channel where kind = 'push' and removed_at is null`,
  );
  return rowCount !== 0;
}

/**
 * Its secrets go; the row stays for the log of what was sent. What its settings say doesn't matter: one that
 * can't be read can be removed. `undefined` where there is none.
 */
export async function removeChannel(
  client: Queryable,
  id: string,
): Promise<{ readonly title: string; readonly kind: string } | undefined> {
  const { rows } = await client.query<{ title: string; kind: string }>(
    `update notification_channel set removed_at = now(), secrets_sealed = null, version = version + 1
     where id = $1 and removed_at is null returning title, kind`,
    [id],
  );
  return rows[0];
}

/** Names of the routes that send to it. */
export async function routesTo(client: Queryable, id: string): Promise<string[]> {
  const { rows } = await client.query<{ title: string }>(
    'select title from notification_route where $1 = any(channels) order by lower(title)',
    [id],
  );
  return rows.map(({ title }) => title);
}

/** Failures in a row before it rests, and how long it rests at first and at most. */
const PATIENCE = 3;
const REST_S = 5;
const REST_MAX_S = 300;

/** It could not be reached: after some times in a row it is left alone for longer and longer. */
export async function countFailure(on: Queryable, id: string): Promise<void> {
  await on.query(
    `update notification_channel set failures = failures + 1,
       rest_until = case when failures + 1 >= ${PATIENCE}
         then now() + least(${REST_MAX_S}, ${REST_S} * 2 ^ least(failures + 1 - ${PATIENCE}, 10)) * interval '1 second' end
     where id = $1`,
    [id],
  );
}

export async function forgetFailures(on: Queryable, id: string): Promise<void> {
  await on.query(
    'update notification_channel set failures = 0, rest_until = null where id = $1 and failures > 0',
    [id],
  );
}
