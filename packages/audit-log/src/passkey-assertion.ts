import type { Bytes } from './bytes.ts';
import { concat, equalBytes, fromBase64Url, utf8 } from './bytes.ts';
import { hashOf, webCryptoSha256 } from './sha256.ts';

/** A passkey's public key as a JSON Web Key: ES256, EdDSA (Ed25519) or RS256, by its type. */
export type PasskeyPublicKey =
  | { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string }
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string }
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string };

/** What a browser hands over (WebAuthn `AuthenticatorAssertionResponse`), base64url. */
export interface PasskeyAssertion {
  readonly authenticatorData: string;
  readonly clientDataJSON: string;
  readonly signature: string;
}

/** Where a passkey is at home. */
export interface RelyingParty {
  /** The host name that it was made for. */
  readonly rpId: string;
  /** The only origin whose pages may have asked for it. */
  readonly origin: string;
}

export type AssertionFault =
  | 'unreadable'
  | 'wrong_challenge'
  | 'wrong_origin'
  | 'wrong_relying_party'
  | 'person_not_verified'
  | 'wrong_signature';

const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
/** RP id hash, flags, counter. */
const HEAD_BYTES = 37;
const LEAST_RSA_BYTES = 256;

/**
 * Checks an assertion offline (WebAuthn Level 3 §7.2, steps 12 to 22, without the counter): it
 * answers this challenge, on a page of this origin, after the authenticator knew its person, and this
 * key signed it. `undefined` where all of it holds.
 *
 * @param assertion attacker-controlled
 */
export async function assertionFault(
  assertion: PasskeyAssertion,
  key: PasskeyPublicKey,
  { rpId, origin }: RelyingParty,
  challenge: string,
): Promise<AssertionFault | undefined> {
  const authenticatorData = fromBase64Url(assertion.authenticatorData);
  const clientData = fromBase64Url(assertion.clientDataJSON);
  const signature = fromBase64Url(assertion.signature);
  if (authenticatorData === undefined || clientData === undefined || signature === undefined)
    return 'unreadable';
  const client = readClientData(clientData);
  if (client?.['type'] !== 'webauthn.get' || authenticatorData.length < HEAD_BYTES)
    return 'unreadable';
  if (client['challenge'] !== challenge) return 'wrong_challenge';
  // A page that another site frames could have been clicked without being seen.
  if (client['origin'] !== origin || client['crossOrigin'] === true) return 'wrong_origin';
  const rpIdHash = await hashOf(webCryptoSha256, utf8(rpId));
  if (!equalBytes(authenticatorData.subarray(0, 32), rpIdHash)) return 'wrong_relying_party';
  const flags = authenticatorData[32] ?? 0;
  if ((flags & USER_PRESENT) === 0 || (flags & USER_VERIFIED) === 0) return 'person_not_verified';
  const signed = concat(authenticatorData, await hashOf(webCryptoSha256, clientData));
  return (await isSignedBy(key, signed, signature)) ? undefined : 'wrong_signature';
}

function readClientData(bytes: Bytes): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

async function isSignedBy(
  key: PasskeyPublicKey,
  message: Bytes,
  signature: Bytes,
): Promise<boolean> {
  const { subtle } = globalThis.crypto;
  try {
    switch (key.kty) {
      case 'EC': {
        const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
        const { kty, crv, x, y } = key;
        const imported = await subtle.importKey('jwk', { kty, crv, x, y }, ecdsa, false, VERIFY);
        const raw = rawEcdsaSignature(signature);
        return raw !== undefined && (await subtle.verify(ecdsa, imported, raw, message));
      }
      case 'OKP': {
        const { kty, crv, x } = key;
        const imported = await subtle.importKey('jwk', { kty, crv, x }, 'Ed25519', false, VERIFY);
        return await subtle.verify('Ed25519', imported, signature, message);
      }
      case 'RSA': {
        const { kty, n, e } = key;
        if ((fromBase64Url(n)?.length ?? 0) < LEAST_RSA_BYTES) return false;
        const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
        const imported = await subtle.importKey('jwk', { kty, n, e }, rsa, false, VERIFY);
        return await subtle.verify(rsa, imported, signature, message);
      }
      default:
        return key satisfies never;
    }
  } catch {
    return false; // a key that is none
  }
}

const VERIFY: ['verify'] = ['verify'];

/** WebAuthn has ECDSA signatures in DER (RFC 3279 §2.2.3), WebCrypto takes r and s side by side. */
function rawEcdsaSignature(der: Bytes): Bytes | undefined {
  if (der[0] !== 0x30 || der[1] !== der.length - 2) return undefined;
  const r = derInteger(der, 2);
  const s = r && derInteger(der, r.end);
  return r && s && s.end === der.length ? concat(r.value, s.value) : undefined;
}

function derInteger(der: Bytes, at: number): { value: Bytes; end: number } | undefined {
  const length = der[at + 1] ?? 0;
  const end = at + 2 + length;
  if (der[at] !== 0x02 || length < 1 || length > 33 || end > der.length) return undefined;
  const digits = der.subarray(at + 2, end);
  if (length === 33 && digits[0] !== 0) return undefined;
  const value = new Uint8Array(32);
  const significant = digits.subarray(Math.max(0, length - 32));
  value.set(significant, 32 - significant.length);
  return { value, end };
}
