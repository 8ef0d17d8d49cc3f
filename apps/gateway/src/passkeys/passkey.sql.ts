import type { PasskeyPublicKey } from '@holdpoint/audit-log';
import { personKeySchema } from '@holdpoint/contracts';
import { z } from 'zod';
import type { Queryable } from '../platform/database.ts';

const publicKeySchema = z.discriminatedUnion('kty', [
  z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: z.string(), y: z.string() }),
  z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string() }),
  z.object({ kty: z.literal('RSA'), n: z.string(), e: z.string() }),
]);

const COLUMNS = `id, name, person_key, person_name, credential_id, cose_key, public_key, transports, sign_count,
  created_at, usable_from, usable_from > now() as waits, last_used_at, blocked_at`;

const rowSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    person_key: personKeySchema,
    person_name: z.string(),
    credential_id: z.string(),
    cose_key: z.instanceof(Buffer),
    public_key: publicKeySchema,
    transports: z.array(z.string()),
    sign_count: z.coerce.number(),
    created_at: z.date(),
    usable_from: z.date(),
    waits: z.boolean(),
    last_used_at: z.date().nullable(),
    blocked_at: z.date().nullable(),
  })
  .transform((row) => ({
    id: row.id,
    name: row.name,
    personKey: row.person_key,
    personName: row.person_name,
    credentialId: row.credential_id,
    coseKey: row.cose_key,
    publicKey: row.public_key,
    transports: row.transports,
    signCount: row.sign_count,
    createdAt: row.created_at,
    usableFrom: row.usable_from,
    /** Too new to sign, on the database's clock. */
    waits: row.waits,
    lastUsedAt: row.last_used_at,
    isBlocked: row.blocked_at !== null,
  }));
export type PasskeyRow = z.infer<typeof rowSchema>;

export interface NewPasskey {
  readonly id: string;
  readonly personKey: string;
  readonly personName: string;
  readonly name: string;
  readonly credentialId: string;
  readonly coseKey: Uint8Array;
  readonly publicKey: PasskeyPublicKey;
  readonly transports: readonly string[];
  readonly signCount: number;
  readonly delayMs: number;
}

/** `false` where somebody has, or had, a passkey of this credential id. */
export async function insertPasskey(client: Queryable, passkey: NewPasskey): Promise<boolean> {
  const { rowCount } = await client.query(
    `insert into passkey (id, person_key, person_name, name, credential_id, cose_key, public_key, transports,
       sign_count, usable_from)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, now() + $10 * interval '1 millisecond')
     on conflict (credential_id) do nothing`,
    [
      passkey.id,
      passkey.personKey,
      passkey.personName,
      passkey.name,
      passkey.credentialId,
      Buffer.from(passkey.coseKey),
      JSON.stringify(passkey.publicKey),
      [...passkey.transports],
      passkey.signCount,
      passkey.delayMs,
    ],
  );
  return rowCount === 1;
}

export async function passkeysOf(on: Queryable, personKey: string): Promise<readonly PasskeyRow[]> {
  const { rows } = await on.query(
    `select ${COLUMNS} from passkey where person_key = $1 and removed_at is null
     order by created_at desc, id desc`,
    [personKey],
  );
  return z.array(rowSchema).parse(rows);
}

/** What others than `personKey` added lately, newest first. */
export async function passkeysAddedLately(
  on: Queryable,
  personKey: string,
  days: number,
): Promise<readonly PasskeyRow[]> {
  const { rows } = await on.query(
    `select ${COLUMNS} from passkey
     where created_at > now() - make_interval(days => $2) and person_key <> $1 and removed_at is null
     order by created_at desc, id desc limit 100`,
    [personKey, days],
  );
  return z.array(rowSchema).parse(rows);
}

/** One's own passkey, locked: of two verdicts that it signs, the second sees what the first counted. */
export async function lockPasskey(
  client: Queryable,
  personKey: string,
  credentialId: string,
): Promise<PasskeyRow | undefined> {
  const { rows } = await client.query(
    `select ${COLUMNS} from passkey
     where person_key = $1 and credential_id = $2 and removed_at is null for update`,
    [personKey, credentialId],
  );
  return rows[0] && rowSchema.parse(rows[0]);
}

/**
 * Notes a use. `false` where the counter did not go up (WebAuthn §6.1.1): an authenticator that counts
 * is behind its copy. Those of most phones and browsers stay at nought, and say nothing of copies.
 */
export async function countUse(client: Queryable, id: string, signCount: number): Promise<boolean> {
  const { rowCount } = await client.query(
    `update passkey set sign_count = $2, last_used_at = now()
      where id = $1 and removed_at is null and blocked_at is null
        and (sign_count < $2 or (sign_count = 0 and $2 = 0))`,
    [id, signCount],
  );
  return rowCount === 1;
}

/** `undefined` where it is not there, or blocked already. */
export async function blockPasskey(client: Queryable, id: string): Promise<PasskeyRow | undefined> {
  const { rows } = await client.query(
    `update passkey set blocked_at = now()
      where id = $1 and removed_at is null and blocked_at is null returning ${COLUMNS}`,
    [id],
  );
  return rows[0] && rowSchema.parse(rows[0]);
}

/** One's own only; `undefined` where there is none. */
export async function removePasskey(
  client: Queryable,
  id: string,
  personKey: string,
): Promise<PasskeyRow | undefined> {
  const { rows } = await client.query(
    `update passkey set removed_at = now()
      where id = $1 and person_key = $2 and removed_at is null returning ${COLUMNS}`,
    [id, personKey],
  );
  return rows[0] && rowSchema.parse(rows[0]);
}
