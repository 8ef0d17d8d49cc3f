import { z } from 'zod';
import type { Queryable } from '../platform/database.ts';

export interface NewEnrolment {
  readonly id: string;
  readonly siteId: string;
  readonly hash: string;
  readonly minutes: number;
  readonly createdBy: string;
  readonly createdByName: string;
}

/** Answers when it expires. */
export async function insertEnrolment(on: Queryable, enrolment: NewEnrolment): Promise<Date> {
  const { id, siteId, hash, minutes, createdBy, createdByName } = enrolment;
  const { rows } = await on.query(
    `insert into connector_enrolment (id, site_id, hash, created_by, created_by_name, expires_at)
     values ($1, $2, $3, $4, $5, now() + make_interval(mins => $6)) returning expires_at`,
    [id, siteId, hash, createdBy, createdByName, minutes],
  );
  return z.object({ expires_at: z.date() }).parse(rows[0]).expires_at;
}

/** `undefined` where it is used, withdrawn or over. */
export async function withdrawEnrolment(
  on: Queryable,
  id: string,
): Promise<{ readonly site: string } | undefined> {
  const { rows } = await on.query(
    `update connector_enrolment e set withdrawn_at = now()
     where id = $1 and used_at is null and withdrawn_at is null and expires_at > now()
     returning (select name from connector_site s where s.id = e.site_id) as site`,
    [id],
  );
  return rows[0] && z.object({ site: z.string() }).parse(rows[0]);
}

const burnedSchema = z
  .object({
    site_id: z.string(),
    site: z.string(),
    created_by: z.string(),
    created_by_name: z.string(),
  })
  .transform((row) => ({
    siteId: row.site_id,
    site: row.site,
    createdBy: row.created_by,
    createdByName: row.created_by_name,
  }));
export type BurnedEnrolment = z.infer<typeof burnedSchema>;

/** INVARIANT: one token makes one connector, whoever comes with it at the same moment. */
export async function burnEnrolment(
  on: Queryable,
  hash: string,
): Promise<BurnedEnrolment | undefined> {
  const { rows } = await on.query(
    `update connector_enrolment e set used_at = now()
     where hash = $1 and used_at is null and withdrawn_at is null and expires_at > now()
     returning site_id, created_by, created_by_name,
       (select name from connector_site s where s.id = e.site_id) as site`,
    [hash],
  );
  return rows[0] && burnedSchema.parse(rows[0]);
}

export interface NewConnector {
  readonly id: string;
  readonly siteId: string;
  readonly name: string;
  readonly publicKey: string;
  readonly version: string;
  readonly enrolledBy: string;
  readonly enrolledByName: string;
}

/** False where the key is another connector's. */
export async function insertConnector(on: Queryable, connector: NewConnector): Promise<boolean> {
  const { id, siteId, name, publicKey, version, enrolledBy, enrolledByName } = connector;
  const { rowCount } = await on.query(
    `insert into connector (id, site_id, name, public_key, version, enrolled_by, enrolled_by_name)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict (public_key) do nothing`,
    [id, siteId, name, publicKey, version, enrolledBy, enrolledByName],
  );
  return rowCount === 1;
}
