import { randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair } from 'jose';
import type { Pool } from 'pg';
import { z } from 'zod';

const keysSchema = z.object({
  jwks: z.object({
    keys: z.array(z.looseObject({ kty: z.literal('RSA'), kid: z.string() })),
  }),
  cookieKeys: z.array(z.string()),
});
export type ProviderKeys = z.infer<typeof keysSchema>;

/** The provider's signing and cookie keys: made once, then the same after every restart. */
export async function readOrCreateKeys(pool: Pool): Promise<ProviderKeys> {
  const stored = await readKeys(pool);
  if (stored !== undefined) return stored;
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = {
    ...(await exportJWK(privateKey)),
    use: 'sig',
    alg: 'RS256',
    kid: randomBytes(8).toString('hex'),
  };
  const made = { jwks: { keys: [jwk] }, cookieKeys: [randomBytes(32).toString('base64url')] };
  await pool.query(
    'INSERT INTO provider_keys (id, keys) VALUES (1, $1) ON CONFLICT (id) DO NOTHING',
    [made],
  );
  return keysSchema.parse(await readKeys(pool));
}

async function readKeys(pool: Pool): Promise<ProviderKeys | undefined> {
  const result = await pool.query('SELECT keys FROM provider_keys WHERE id = 1');
  const row = z.object({ keys: keysSchema }).optional().parse(result.rows[0]);
  return row?.keys;
}
