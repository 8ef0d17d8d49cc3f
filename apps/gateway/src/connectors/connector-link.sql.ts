import { connectorServerSchema, type ConnectorServer } from '@holdpoint/contracts';
import { z } from 'zod';
import type { Queryable } from '../platform/database.ts';
import { LIVE_INSTANCES } from '../platform/gateway-instance.ts';

const admittedSchema = z
  .object({ public_key: z.string(), site: z.string(), revoked: z.boolean() })
  .transform(({ public_key: publicKey, ...rest }) => ({ publicKey, ...rest }));
export type Enrolled = z.infer<typeof admittedSchema>;

/** What an arriving connector is checked against. */
export async function findEnrolled(on: Queryable, id: string): Promise<Enrolled | undefined> {
  const { rows } = await on.query(
    `select c.public_key, s.name as site, c.revoked_at is not null as revoked
     from connector c join connector_site s on s.id = c.site_id where c.id = $1`,
    [id],
  );
  return rows[0] && admittedSchema.parse(rows[0]);
}

export interface NewLink {
  readonly id: string;
  readonly connectorId: string;
  readonly instanceId: number;
  readonly instanceUrl: string | null;
  readonly affinity: string;
  readonly version: string;
  readonly servers: readonly ConnectorServer[];
}

/** False where the connector was revoked meanwhile, or is gone. */
export async function insertLink(on: Queryable, link: NewLink): Promise<boolean> {
  const { rowCount } = await on.query(
    `with seen as (
       update connector set version = $5, servers = $6, last_seen_at = now(), last_error = null
       where id = $2 and revoked_at is null returning id)
     insert into connector_link (id, connector_id, instance_id, instance_url, affinity)
     select $1, id, $3, $4, $7 from seen`,
    [
      link.id,
      link.connectorId,
      link.instanceId,
      link.instanceUrl,
      link.version,
      JSON.stringify(link.servers),
      link.affinity,
    ],
  );
  return rowCount === 1;
}

export interface LinkBeat {
  readonly id: string;
  readonly load: number;
  readonly isDraining: boolean;
  readonly connectorId: string;
  readonly servers: readonly ConnectorServer[];
  readonly lastError: string | null;
}

/** A sign of life of one link, with how it is. False where it isn't written down any more, or is revoked. */
export async function beatLink(on: Queryable, beat: LinkBeat): Promise<boolean> {
  const { rowCount } = await on.query(
    `with link as (
       update connector_link set load = $2, is_draining = $3 where id = $1 returning connector_id)
     update connector set last_seen_at = now(), servers = $4, last_error = $5
     where id = (select connector_id from link) and revoked_at is null`,
    [beat.id, beat.load, beat.isDraining, JSON.stringify(beat.servers), beat.lastError],
  );
  return rowCount === 1;
}

/** Also why it ended, where that is worth telling. */
export async function endLink(
  on: Queryable,
  { id, connectorId, error }: { id: string; connectorId: string; error: string | null },
): Promise<void> {
  await on.query('delete from connector_link where id = $1', [id]);
  await on.query(
    'update connector set last_seen_at = now(), last_error = coalesce($2, last_error) where id = $1',
    [connectorId, error],
  );
}

/** Rows of this gateway whose links ended while the database was away, or whose insert was never answered. */
export async function forgetLostLinks(
  on: Queryable,
  instanceId: number,
  there: readonly string[],
): Promise<void> {
  await on.query(
    `delete from connector_link where instance_id = $1 and id <> all($2)
       and since < now() - interval '10 seconds'`,
    [instanceId, there],
  );
}

/** Links of gateways that are gone leave no trace. */
export async function forgetDeadLinks(on: Queryable): Promise<void> {
  await on.query(
    `delete from connector_link where since < now() - interval '1 minute'
       and instance_id <> all(${LIVE_INSTANCES})
       and not exists (select 1 from gateway_instance g where g.id = instance_id
                       and g.seen_at > now() - interval '1 minute')`,
  );
}

const linkSchema = z
  .object({
    id: z.string(),
    connector_id: z.string(),
    site: z.string(),
    instance_id: z.number(),
    instance_url: z.string().nullable(),
    affinity: z.string(),
    servers: z.array(connectorServerSchema),
    gateway: z.string(),
    since: z.date(),
    load: z.number(),
    is_draining: z.boolean(),
    revoked: z.boolean(),
  })
  .transform((row) => ({
    id: row.id,
    connectorId: row.connector_id,
    site: row.site,
    instanceId: row.instance_id,
    instanceUrl: row.instance_url,
    affinity: row.affinity,
    kinds: new Map(row.servers.map(({ name, kind }) => [name, kind])),
    gateway: row.gateway,
    since: row.since,
    load: row.load,
    isDraining: row.is_draining,
    isRevoked: row.revoked,
  }));
export type LinkRow = z.infer<typeof linkSchema>;

/** Links whose gateway lives. */
export async function listLinks(on: Queryable): Promise<readonly LinkRow[]> {
  const { rows } = await on.query(
    `select l.id, l.connector_id, s.name as site, l.instance_id, l.instance_url, l.affinity, c.servers,
       coalesce(g.host, '') as gateway, l.since, l.load, l.is_draining,
       c.revoked_at is not null as revoked
     from connector_link l
       join connector c on c.id = l.connector_id
       join connector_site s on s.id = c.site_id
       left join gateway_instance g on g.id = l.instance_id
     where l.instance_id = any(${LIVE_INSTANCES})
     order by l.since, l.id`,
  );
  return z.array(linkSchema).parse(rows);
}

/** Sites that had a connector within the last minute, on whatever gateway: it may be on its way back. */
export async function listLatelyLinked(on: Queryable): Promise<ReadonlySet<string>> {
  const { rows } = await on.query(
    `select distinct s.name from connector_site s join connector c on c.site_id = s.id
     where c.revoked_at is null and c.last_seen_at > now() - interval '1 minute'`,
  );
  return new Set(
    z
      .array(z.object({ name: z.string() }))
      .parse(rows)
      .map(({ name }) => name),
  );
}

export async function keepLog(on: Queryable, id: string, sealed: Uint8Array): Promise<void> {
  await on.query('update connector set log_sealed = $2 where id = $1', [id, sealed]);
}

const logSchema = z.object({ log_sealed: z.instanceof(Uint8Array).nullable() });

/** `undefined` where there is no such connector. */
export async function readLog(on: Queryable, id: string): Promise<Uint8Array | null | undefined> {
  const { rows } = await on.query('select log_sealed from connector where id = $1', [id]);
  return rows[0] && logSchema.parse(rows[0]).log_sealed;
}
