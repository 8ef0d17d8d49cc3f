import { pushSaysSchema } from '@holdpoint/contracts';
import { z } from 'zod';
import type { Queryable } from '../../platform/database.ts';

const rowSchema = z
  .object({
    id: z.string(),
    channel_id: z.string(),
    person_key: z.string(),
    endpoint_hash: z.string(),
    sealed: z.instanceof(Uint8Array),
    service: z.string(),
    label: z.string(),
    says: pushSaysSchema,
    created_at: z.date(),
    last_ok_at: z.date().nullable(),
    /** How long its push service rests yet, by the database's clock. */
    rest_ms: z.coerce.number(),
  })
  .transform((row) => ({
    id: row.id,
    channelId: row.channel_id,
    personKey: row.person_key,
    endpointHash: row.endpoint_hash,
    sealed: row.sealed,
    service: row.service,
    label: row.label,
    says: row.says,
    createdAt: row.created_at,
    lastOkAt: row.last_ok_at,
    restMs: row.rest_ms,
  }));
export type BrowserRow = z.infer<typeof rowSchema>;

const SELECT = `select b.id, b.channel_id, b.person_key, b.endpoint_hash, b.sealed, b.service, b.label, b.says,
    b.created_at, b.last_ok_at,
    greatest(0, coalesce(extract(epoch from s.rest_until - now()) * 1000, 0)) as rest_ms
  from push_subscription b left join push_service s on s.origin = b.service`;

export async function browsersOf(
  on: Queryable,
  channelId: string,
  personKeys: readonly string[],
): Promise<readonly BrowserRow[]> {
  const { rows } = await on.query(
    `${SELECT} where b.channel_id = $1 and b.person_key = any($2) order by b.created_at, b.id`,
    [channelId, personKeys],
  );
  return z.array(rowSchema).parse(rows);
}

export async function findBrowser(on: Queryable, id: string): Promise<BrowserRow | undefined> {
  const { rows } = await on.query(`${SELECT} where b.id::text = $1`, [id]);
  return rows.length === 0 ? undefined : rowSchema.parse(rows[0]);
}

export interface NewBrowser extends Omit<
  BrowserRow,
  'sealed' | 'createdAt' | 'lastOkAt' | 'restMs'
> {
  readonly sealed: Uint8Array;
}

/** One subscription of a person after the other, so that the most that they may have is counted. */
export async function lockBrowsers(client: Queryable, personKey: string): Promise<void> {
  await client.query(`select pg_advisory_xact_lock(hashtextextended('push:' || $1, 0))`, [
    personKey,
  ]);
}

/** How push services fared that nobody is reached through any more: anybody can name a new one. */
export async function forgetServices(client: Queryable): Promise<void> {
  await client.query(
    `delete from push_service s
      where not exists (select from push_subscription b where b.service = s.origin)`,
  );
}

/**
 * Makes room for a subscription: an address belongs to whoever subscribed it last, as it is one browser,
 * whoever sits before it. Answers the id of what was the same person's, so that what is on its way to
 * it arrives.
 */
export async function clearAddresses(
  client: Queryable,
  personKey: string,
  { endpointHash, replaces }: { readonly endpointHash: string; readonly replaces: string | null },
): Promise<string | undefined> {
  const { rows } = await client.query<{ id: string; person_key: string }>(
    `delete from push_subscription
      where endpoint_hash = $1 or (endpoint_hash = $2 and person_key = $3) returning id, person_key`,
    [endpointHash, replaces, personKey],
  );
  return rows.find((row) => row.person_key === personKey)?.id;
}

export async function insertBrowser(client: Queryable, browser: NewBrowser): Promise<void> {
  await client.query(
    `insert into push_subscription (id, channel_id, person_key, endpoint_hash, sealed, service, label, says)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      browser.id,
      browser.channelId,
      browser.personKey,
      browser.endpointHash,
      browser.sealed,
      browser.service,
      browser.label,
      browser.says,
    ],
  );
}

/** What it was called; `undefined` where it is gone, or somebody else's. */
export async function removeBrowser(
  client: Queryable,
  personKey: string,
  id: string,
): Promise<string | undefined> {
  const { rows } = await client.query<{ label: string }>(
    'delete from push_subscription where id = $1 and person_key = $2 returning label',
    [id, personKey],
  );
  return rows[0]?.label;
}

/** Its push service said that it is over. False where the browser renewed its address meanwhile, or is gone. */
export async function endBrowser(
  on: Queryable,
  { id, endpointHash }: Pick<BrowserRow, 'id' | 'endpointHash'>,
): Promise<boolean> {
  const { rowCount } = await on.query(
    'delete from push_subscription where id = $1 and endpoint_hash = $2',
    [id, endpointHash],
  );
  return rowCount === 1;
}

/** The channel goes, or gets another key: what was subscribed with the old one reaches nobody. */
export async function endBrowsersOf(client: Queryable, channelId: string): Promise<void> {
  await client.query('delete from push_subscription where channel_id = $1', [channelId]);
}

export async function noteReached(
  on: Queryable,
  { id, service }: Pick<BrowserRow, 'id' | 'service'>,
): Promise<void> {
  await on.query('update push_subscription set last_ok_at = now() where id = $1', [id]);
  await on.query('delete from push_service where origin = $1', [service]);
}

/** Failures in a row before a push service rests, and how long it rests at first and at most. */
const PATIENCE = 3;
const REST_S = 5;
const REST_MAX_S = 300;

/** As a channel rests; by itself, so that one person's browser delays nobody else's. */
export async function noteUnreached(on: Queryable, service: string): Promise<void> {
  await on.query(
    `insert into push_service as s (origin, failures) values ($1, 1)
     on conflict (origin) do update set failures = s.failures + 1,
       rest_until = case when s.failures + 1 >= ${PATIENCE}
         then now() + least(${REST_MAX_S}, ${REST_S} * 2 ^ least(s.failures + 1 - ${PATIENCE}, 10)) * interval '1 second' end`,
    [service],
  );
}

/** Seconds until nobody could decide about it any more. */
export async function secondsLeft(on: Queryable, approvalId: string): Promise<number | undefined> {
  const { rows } = await on.query<{ left: string }>(
    `select extract(epoch from least(expires_at, coalesce(timer_ends_at, expires_at)) - now()) as left
     from approval where id = $1`,
    [approvalId],
  );
  return rows[0] === undefined ? undefined : Number(rows[0].left);
}
