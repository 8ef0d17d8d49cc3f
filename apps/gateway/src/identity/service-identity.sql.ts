import { z } from 'zod';
import type { Queryable } from '../platform/database.ts';

export interface ServiceIdentityRow {
  readonly issuer: string;
  readonly subject: string;
  readonly title: string;
  readonly ownerKey: string;
}

const settingsSchema = z
  .object({ title: z.string(), owner_key: z.string() })
  .transform(({ title, owner_key: ownerKey }) => ({ title, ownerKey }));
export type ServiceIdentitySettings = z.infer<typeof settingsSchema>;

const listedSchema = z
  .object({
    issuer: z.string(),
    subject: z.string(),
    title: z.string(),
    owner_key: z.string(),
    created_at: z.date(),
  })
  .transform(({ owner_key: ownerKey, created_at: createdAt, ...rest }) => {
    return { ...rest, ownerKey, createdAt };
  });

export async function listServiceIdentities(
  on: Queryable,
): Promise<readonly z.infer<typeof listedSchema>[]> {
  const { rows } = await on.query(
    `select issuer, subject, title, owner_key, created_at from service_identity
     order by lower(title), issuer, subject`,
  );
  return z.array(listedSchema).parse(rows);
}

/** False when it is registered already. */
export async function insertServiceIdentity(
  on: Queryable,
  { issuer, subject, title, ownerKey }: ServiceIdentityRow,
): Promise<boolean> {
  const { rowCount } = await on.query(
    `insert into service_identity (issuer, subject, title, owner_key) values ($1, $2, $3, $4)
     on conflict (issuer, subject) do nothing`,
    [issuer, subject, title, ownerKey],
  );
  return rowCount === 1;
}

/** Answers what was there before; `undefined` when it is not registered. */
export async function updateServiceIdentity(
  on: Queryable,
  { issuer, subject, title, ownerKey }: ServiceIdentityRow,
): Promise<ServiceIdentitySettings | undefined> {
  const { rows } = await on.query(
    `with before as (
       select title, owner_key from service_identity where issuer = $1 and subject = $2 for update)
     update service_identity s set title = $3, owner_key = $4 from before
     where s.issuer = $1 and s.subject = $2
     returning before.title, before.owner_key`,
    [issuer, subject, title, ownerKey],
  );
  return rows[0] && settingsSchema.parse(rows[0]);
}

/** Answers what was there; `undefined` when it is not registered. */
export async function deleteServiceIdentity(
  on: Queryable,
  { issuer, subject }: Pick<ServiceIdentityRow, 'issuer' | 'subject'>,
): Promise<ServiceIdentitySettings | undefined> {
  const { rows } = await on.query(
    `delete from service_identity where issuer = $1 and subject = $2 returning title, owner_key`,
    [issuer, subject],
  );
  return rows[0] && settingsSchema.parse(rows[0]);
}
