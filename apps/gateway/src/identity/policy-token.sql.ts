import { policyTokenScopeSchema } from '@holdpoint/contracts';
import { z } from 'zod';
import type { Queryable } from '../platform/database.ts';

const COLUMNS = `id, title, scope, created_by, created_by_name, created_at, expires_at, last_used_at,
  revoked_at, revoked_by_name`;

const rowSchema = z
  .object({
    id: z.string(),
    title: z.string(),
    scope: policyTokenScopeSchema,
    created_by: z.string(),
    created_by_name: z.string(),
    created_at: z.date(),
    expires_at: z.date(),
    last_used_at: z.date().nullable(),
    revoked_at: z.date().nullable(),
    revoked_by_name: z.string().nullable(),
  })
  .transform((row) => ({
    id: row.id,
    title: row.title,
    scope: row.scope,
    createdBy: row.created_by,
    createdByName: row.created_by_name,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
    revokedByName: row.revoked_by_name,
  }));
export type PolicyTokenRow = z.infer<typeof rowSchema>;

export interface NewPolicyToken {
  readonly id: string;
  readonly title: string;
  readonly scope: PolicyTokenRow['scope'];
  readonly hash: string;
  readonly days: number;
  readonly createdBy: string;
  readonly createdByName: string;
}

export async function insertPolicyToken(on: Queryable, token: NewPolicyToken): Promise<void> {
  const { id, title, scope, hash, days, createdBy, createdByName } = token;
  await on.query(
    `insert into policy_token (id, title, scope, hash, created_by, created_by_name, expires_at)
     values ($1, $2, $3, $4, $5, $6, now() + make_interval(days => $7))`,
    [id, title, scope, hash, createdBy, createdByName, days],
  );
}

/** Those that ended long ago are left out: the audit log has them. */
export async function listPolicyTokens(on: Queryable): Promise<readonly PolicyTokenRow[]> {
  const { rows } = await on.query(
    `select ${COLUMNS} from policy_token
     where least(revoked_at, expires_at) > now() - interval '90 days'
     order by created_at desc, id desc limit 500`,
  );
  return z.array(rowSchema).parse(rows);
}

/** The token of this hash if it may still be used, which is noted. Time is the database's. */
export async function usePolicyToken(
  on: Queryable,
  hash: string,
): Promise<PolicyTokenRow | undefined> {
  const { rows } = await on.query(
    `update policy_token set last_used_at = now()
     where hash = $1 and revoked_at is null and expires_at > now() returning ${COLUMNS}`,
    [hash],
  );
  return rows[0] && rowSchema.parse(rows[0]);
}

/** `undefined` where there is no such token, or where it is revoked already. */
export async function revokePolicyToken(
  on: Queryable,
  id: string,
  revokedByName: string,
): Promise<PolicyTokenRow | undefined> {
  const { rows } = await on.query(
    `update policy_token set revoked_at = now(), revoked_by_name = $2
     where id = $1 and revoked_at is null returning ${COLUMNS}`,
    [id, revokedByName],
  );
  return rows[0] && rowSchema.parse(rows[0]);
}
