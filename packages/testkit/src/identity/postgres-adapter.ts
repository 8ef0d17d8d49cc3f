import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { Pool } from 'pg';
import { z } from 'zod';
import { CHANGES_SCHEMA } from './changeable-directory.ts';

const SCHEMA = `
CREATE TABLE IF NOT EXISTS oidc_payloads (
  model text NOT NULL,
  id text NOT NULL,
  payload jsonb NOT NULL,
  grant_id text,
  uid text,
  expires_at timestamptz,
  consumed_at timestamptz,
  PRIMARY KEY (model, id)
);
CREATE INDEX IF NOT EXISTS oidc_payloads_grant ON oidc_payloads (grant_id);
CREATE INDEX IF NOT EXISTS oidc_payloads_uid ON oidc_payloads (model, uid);
CREATE TABLE IF NOT EXISTS provider_keys (id integer PRIMARY KEY CHECK (id = 1), keys jsonb NOT NULL);
DELETE FROM oidc_payloads WHERE expires_at < now();
`;

/** Creates the provider's tables and forgets what has expired. */
export async function prepareIdentityStore(pool: Pool): Promise<void> {
  await pool.query(SCHEMA + CHANGES_SCHEMA);
}

const rowSchema = z.object({
  payload: z.record(z.string(), z.unknown()),
  consumed: z.number().nullable(),
});

/** Keeps grants, sessions, tokens and registered clients in Postgres, so that they outlive a restart. */
export function createPostgresAdapter(pool: Pool, model: string): Adapter {
  async function findWhere(condition: string, value: string): Promise<AdapterPayload | undefined> {
    const result = await pool.query(
      `SELECT payload, extract(epoch FROM consumed_at)::float8 AS consumed FROM oidc_payloads
       WHERE model = $1 AND ${condition} = $2 AND (expires_at IS NULL OR expires_at > now())`,
      [model, value],
    );
    if (result.rowCount === 0) return undefined;
    const { payload, consumed } = rowSchema.parse(result.rows[0]);
    return consumed === null ? payload : { ...payload, consumed };
  }

  return {
    async upsert(id, payload, expiresIn) {
      await pool.query(
        `INSERT INTO oidc_payloads (model, id, payload, grant_id, uid, expires_at)
         VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))
         ON CONFLICT (model, id) DO UPDATE SET payload = excluded.payload,
           grant_id = excluded.grant_id, uid = excluded.uid, expires_at = excluded.expires_at`,
        [model, id, payload, payload.grantId ?? null, payload.uid ?? null, expiresIn ?? null],
      );
    },
    find: (id) => findWhere('id', id),
    findByUid: (uid) => findWhere('uid', uid),
    // The device flow is off, so no payload ever carries a user code.
    findByUserCode: () => Promise.resolve(undefined),
    async consume(id) {
      await pool.query(
        'UPDATE oidc_payloads SET consumed_at = now() WHERE model = $1 AND id = $2',
        [model, id],
      );
    },
    async destroy(id) {
      await pool.query('DELETE FROM oidc_payloads WHERE model = $1 AND id = $2', [model, id]);
    },
    async revokeByGrantId(grantId) {
      await pool.query('DELETE FROM oidc_payloads WHERE grant_id = $1', [grantId]);
    },
  };
}
