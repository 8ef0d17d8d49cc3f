import { AuditLogError } from './audit-log-error.ts';
import type { Bytes } from './bytes.ts';
import { concat, equalBytes, fromBase64, fromBase64Url, toBase64, toHex, utf8 } from './bytes.ts';
import { hashOf, webCryptoSha256 } from './sha256.ts';

/** Who signed: a name, and a public key that can check it. */
export interface VerifierKey {
  readonly name: string;
  /** First four bytes of `SHA-256(name || 0x0A || 0x01 || public key)`. */
  readonly id: Uint8Array;
  /** The text form for configuration and exports: `name+hash+base64`. */
  readonly vkey: string;
  verify(message: Bytes, signature: Bytes): Promise<boolean>;
}

/** Something that signs notes; the private key stays inside. */
export interface NoteSigner {
  readonly name: string;
  readonly id: Uint8Array;
  readonly vkey: string;
  sign(message: Bytes): Promise<Uint8Array>;
}

/** A new key pair as text: `skey` is secret, `vkey` is for everyone. */
export interface SigningKey {
  readonly skey: string;
  readonly vkey: string;
}

/** C2SP signed-note's signature type for Ed25519. */
const ed25519Type = 0x01;
const privatePrefix = 'PRIVATE+KEY+';
/** The fixed head of an Ed25519 private key in PKCS #8 (RFC 8410 §7); the 32-byte seed follows. */
const pkcs8Head = Uint8Array.of(48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32);

/**
 * Makes an Ed25519 key pair for notes signed as `name`, in the text forms of Go's `sumdb/note`
 * (`PRIVATE+KEY+name+hash+base64` and `name+hash+base64`), which every C2SP tool reads.
 *
 * @throws AuditLogError `key_malformed` if the name is empty or holds white space or a plus sign.
 */
export async function generateSigningKey(name: string): Promise<SigningKey> {
  requireKeyName(name);
  const pair = await globalThis.crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
  if (!('privateKey' in pair)) {
    throw new AuditLogError('key_malformed', 'this platform made no Ed25519 key pair');
  }
  const pkcs8 = new Uint8Array(await globalThis.crypto.subtle.exportKey('pkcs8', pair.privateKey));
  const publicKey = new Uint8Array(await globalThis.crypto.subtle.exportKey('raw', pair.publicKey));
  const id = await keyId(name, publicKey);
  const seed = toBase64(concat(Uint8Array.of(ed25519Type), pkcs8.subarray(pkcs8Head.length)));
  return {
    skey: `${privatePrefix}${name}+${toHex(id)}+${seed}`,
    vkey: formatVerifierKey(name, id, publicKey),
  };
}

/**
 * Opens a private key string for signing.
 *
 * @throws AuditLogError `key_malformed`; the message never repeats the key.
 */
export async function openSigner(skey: string): Promise<NoteSigner> {
  if (!skey.startsWith(privatePrefix)) throw malformed('a private key begins with PRIVATE+KEY+');
  const { name, id, key: seed } = splitKey(skey.slice(privatePrefix.length));
  const pkcs8 = concat(pkcs8Head, seed);
  // WebCrypto derives the public key only by way of an extractable import and its JWK.
  const extractable = await importPrivate(pkcs8, true);
  const { x } = await globalThis.crypto.subtle.exportKey('jwk', extractable);
  const publicKey = x === undefined ? undefined : fromBase64Url(x);
  if (publicKey === undefined) throw malformed('the private key has no public half');
  if (!equalBytes(id, await keyId(name, publicKey))) throw malformed('the key hash does not fit');
  const privateKey = await importPrivate(pkcs8, false);
  return {
    name,
    id,
    vkey: formatVerifierKey(name, id, publicKey),
    sign: async (message) =>
      new Uint8Array(await globalThis.crypto.subtle.sign('Ed25519', privateKey, message)),
  };
}

/**
 * Reads a verifier key string.
 *
 * @throws AuditLogError `key_malformed`, also where the hash in it doesn't fit the key.
 */
export async function parseVerifierKey(vkey: string): Promise<VerifierKey> {
  const { name, id, key: publicKey } = splitKey(vkey);
  if (!equalBytes(id, await keyId(name, publicKey))) throw malformed('the key hash does not fit');
  const key = await importPublic(publicKey);
  return {
    name,
    id,
    vkey,
    verify: (message, signature) =>
      globalThis.crypto.subtle.verify('Ed25519', key, signature, message),
  };
}

/** Whether `name` can name a key: not empty, no white space, no control character, no plus sign. */
export function isKeyName(name: string): boolean {
  return name !== '' && name.isWellFormed() && !/[\s+\p{Cc}]/u.test(name);
}

function splitKey(text: string): { name: string; id: Bytes; key: Bytes } {
  // Base64 may hold plus signs too, so only the first two separate.
  const [, name = '', hash = '', encoded = ''] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text) ?? [];
  requireKeyName(name);
  const typed = fromBase64(encoded);
  if (typed?.length !== 33 || typed[0] !== ed25519Type) throw malformed('not an Ed25519 key');
  const id = Uint8Array.from({ length: 4 }, (_, index) =>
    Number.parseInt(hash.slice(index * 2, index * 2 + 2), 16),
  );
  return { name, id, key: typed.slice(1) };
}

async function keyId(name: string, publicKey: Uint8Array): Promise<Uint8Array> {
  const digest = await hashOf(
    webCryptoSha256,
    utf8(`${name}\n`),
    Uint8Array.of(ed25519Type),
    publicKey,
  );
  return digest.slice(0, 4);
}

function formatVerifierKey(name: string, id: Uint8Array, publicKey: Uint8Array): string {
  const typed = concat(Uint8Array.of(ed25519Type), publicKey);
  return `${name}+${toHex(id)}+${toBase64(typed)}`;
}

async function importPrivate(pkcs8: Bytes, extractable: boolean) {
  try {
    return await globalThis.crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', extractable, [
      'sign',
    ]);
  } catch (cause) {
    throw new AuditLogError('key_malformed', 'not an Ed25519 private key', { cause });
  }
}

async function importPublic(publicKey: Bytes) {
  try {
    return await globalThis.crypto.subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify']);
  } catch (cause) {
    throw new AuditLogError('key_malformed', 'not an Ed25519 public key', { cause });
  }
}

function requireKeyName(name: string): void {
  if (!isKeyName(name)) throw malformed('a key name has no white space and no plus sign');
}

function malformed(message: string): AuditLogError {
  return new AuditLogError('key_malformed', message);
}
