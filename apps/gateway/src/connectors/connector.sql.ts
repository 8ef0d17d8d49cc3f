import { connectorServerSchema, readConnectorAddress } from '@holdpoint/contracts';
import { z } from 'zod';
import type { Queryable } from '../platform/database.ts';

const siteSchema = z.object({ id: z.string(), name: z.string() });
export type SiteRow = z.infer<typeof siteSchema>;

const enrolmentSchema = z
  .object({
    id: z.string(),
    site_id: z.string(),
    created_by_name: z.string(),
    created_at: z.date(),
    expires_at: z.date(),
  })
  .transform((row) => ({
    id: row.id,
    siteId: row.site_id,
    createdByName: row.created_by_name,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }));
export type EnrolmentRow = z.infer<typeof enrolmentSchema>;

const connectorSchema = z
  .object({
    id: z.string(),
    site_id: z.string(),
    name: z.string(),
    version: z.string().nullable(),
    enrolled_by_name: z.string(),
    enrolled_at: z.date(),
    servers: z.array(connectorServerSchema),
    last_seen_at: z.date().nullable(),
    last_error: z.string().nullable(),
    revoked_at: z.date().nullable(),
    revoked_by_name: z.string().nullable(),
  })
  .transform((row) => ({
    id: row.id,
    siteId: row.site_id,
    name: row.name,
    version: row.version,
    enrolledByName: row.enrolled_by_name,
    enrolledAt: row.enrolled_at,
    servers: row.servers,
    lastSeenAt: row.last_seen_at,
    lastError: row.last_error,
    revokedAt: row.revoked_at,
    revokedByName: row.revoked_by_name,
  }));
export type ConnectorRow = z.infer<typeof connectorSchema>;

const usingSchema = z
  .object({ id: z.string(), slug: z.string(), title: z.string(), url: z.string() })
  .transform(({ url, ...rest }) => ({ ...rest, address: readConnectorAddress(url) }));

export async function listSites(on: Queryable): Promise<readonly SiteRow[]> {
  const { rows } = await on.query('select id, name from connector_site order by name');
  return z.array(siteSchema).parse(rows);
}

/** Those that may still be used. */
export async function listEnrolments(on: Queryable): Promise<readonly EnrolmentRow[]> {
  const { rows } = await on.query(
    `select id, site_id, created_by_name, created_at, expires_at from connector_enrolment
     where used_at is null and withdrawn_at is null and expires_at > now() order by created_at`,
  );
  return z.array(enrolmentSchema).parse(rows);
}

export async function listConnectors(on: Queryable): Promise<readonly ConnectorRow[]> {
  const { rows } = await on.query(
    `select id, site_id, name, version, enrolled_by_name, enrolled_at, servers, last_seen_at,
       last_error, revoked_at, revoked_by_name
     from connector order by enrolled_at, id`,
  );
  return z.array(connectorSchema).parse(rows);
}

/** Connections that lead through a connector. */
export async function listUses(on: Queryable): Promise<readonly z.infer<typeof usingSchema>[]> {
  const { rows } = await on.query(
    `select id, slug, title, url from connection where starts_with(url, 'connector://') order by slug`,
  );
  return z.array(usingSchema).parse(rows);
}

/** The site of this name, made where it isn't there. */
export async function ensureSite(on: Queryable, id: string, name: string): Promise<SiteRow> {
  await on.query(
    'insert into connector_site (id, name) values ($1, $2) on conflict (name) do nothing',
    [id, name],
  );
  const { rows } = await on.query('select id, name from connector_site where name = $1 for share', [
    name,
  ]);
  return siteSchema.parse(rows[0]);
}

/** False while connectors belong to it or a connection leads to it. */
export async function removeSite(on: Queryable, id: string): Promise<SiteRow | undefined> {
  const { rows } = await on.query(
    `delete from connector_site s where s.id = $1
       and not exists (select 1 from connector c where c.site_id = s.id)
       and not exists (select 1 from connection n where starts_with(n.url, 'connector://' || s.name || '/'))
     returning id, name`,
    [id],
  );
  return rows[0] && siteSchema.parse(rows[0]);
}

/** Keeps the site from being removed until the transaction ends. False where there is none. */
export async function holdSite(on: Queryable, name: string): Promise<boolean> {
  const { rowCount } = await on.query(
    'select 1 from connector_site where name = $1 for key share',
    [name],
  );
  return rowCount === 1;
}

const changedSchema = z.object({ id: z.string(), name: z.string(), site: z.string() });
export type ChangedConnector = z.infer<typeof changedSchema>;
const CHANGED =
  'returning c.id, c.name, (select s.name from connector_site s where s.id = c.site_id) as site';

export async function renameConnector(
  on: Queryable,
  id: string,
  name: string,
): Promise<ChangedConnector | undefined> {
  const { rows } = await on.query(
    `update connector c set name = $2 where c.id = $1 and c.name <> $2 ${CHANGED}`,
    [id, name],
  );
  return rows[0] && changedSchema.parse(rows[0]);
}

/** `undefined` where there is no such connector, or where it is revoked already. */
export async function revokeConnector(
  on: Queryable,
  id: string,
  byName: string,
): Promise<ChangedConnector | undefined> {
  const { rows } = await on.query(
    `update connector c set revoked_at = now(), revoked_by_name = $2
     where c.id = $1 and c.revoked_at is null ${CHANGED}`,
    [id, byName],
  );
  return rows[0] && changedSchema.parse(rows[0]);
}

/** Only one that is revoked, and that no gateway has a link of: else none would learn to cut it off. */
export async function removeConnector(
  on: Queryable,
  id: string,
): Promise<ChangedConnector | undefined> {
  const { rows } = await on.query(
    `delete from connector c where c.id = $1 and c.revoked_at is not null
       and not exists (select 1 from connector_link l where l.connector_id = c.id) ${CHANGED}`,
    [id],
  );
  return rows[0] && changedSchema.parse(rows[0]);
}
