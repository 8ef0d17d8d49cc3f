import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import type { JsonObject } from '../canonical-json.ts';
import type { PasskeyAssertion, RelyingParty } from '../passkey-assertion.ts';
import { passkeyChallenge, reasonDigest, type PasskeyStatement } from '../passkey-statement.ts';

export const SITE: RelyingParty = { rpId: 'gate.example.com', origin: 'https://gate.example.com' };
export const PERSON = 'https://id.example.com|rita';
export const APPROVAL = '01985b2c-7a00-7000-8000-0000000000aa';

export interface TestPasskey {
  readonly credentialId: string;
  readonly publicKey: JsonObject;
  readonly privateKey: KeyObject;
}

export function makePasskey(algorithm: 'ES256' | 'EdDSA' | 'RS256' = 'ES256'): TestPasskey {
  const { publicKey, privateKey } =
    algorithm === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : algorithm === 'EdDSA'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = publicKey.export({ format: 'jwk' });
  const members = Object.entries(jwk).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  );
  return {
    credentialId: createHash('sha256').update(JSON.stringify(jwk)).digest('base64url'),
    publicKey: Object.fromEntries(members),
    privateKey,
  };
}

export interface Ceremony extends Partial<RelyingParty> {
  readonly type?: string;
  readonly challenge?: string;
  readonly crossOrigin?: boolean;
  readonly flags?: number;
}

export async function assertionOf(
  { privateKey }: TestPasskey,
  statement: PasskeyStatement,
  ceremony: Ceremony = {},
): Promise<PasskeyAssertion> {
  const { rpId, origin, type, crossOrigin, flags, challenge } = {
    ...{ ...SITE, type: 'webauthn.get', crossOrigin: false, flags: 0x05 },
    challenge: await passkeyChallenge(statement),
    ...ceremony,
  };
  const client = Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin }));
  const authenticatorData = Buffer.concat([
    createHash('sha256').update(rpId).digest(),
    Buffer.from([flags, 0, 0, 0, 7]),
  ]);
  const signed = Buffer.concat([authenticatorData, createHash('sha256').update(client).digest()]);
  const digest = privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  return {
    authenticatorData: authenticatorData.toString('base64url'),
    clientDataJSON: client.toString('base64url'),
    signature: sign(digest, signed, privateKey).toString('base64url'),
  };
}

export async function statementOf(
  changes: Partial<PasskeyStatement> = {},
): Promise<PasskeyStatement> {
  return {
    type: 'holdpoint-verdict-v1',
    approval: APPROVAL,
    step: 0,
    verdict: 'approve',
    reason: await reasonDigest('looks right'),
    params: 'a'.repeat(64),
    shown: 'b'.repeat(64),
    terms: null,
    person: PERSON,
    nonce: 'bm9uY2U',
    ...changes,
  };
}
