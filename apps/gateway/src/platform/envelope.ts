import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Environment } from '../env.ts';
import { randomBytes } from './random.ts';
import { ENVIRONMENT } from './tokens.ts';

const VERSION = 2;
const SALT = 32;
const IV = 12;
const TAG = 16;
const KEY = 32;
/** version | salt | tag | ciphertext */
const HEADER = 1 + SALT + TAG;
/** Each data key seals one value, so that no nonce can come twice under it. */
const NO_IV = Buffer.alloc(IV);
const CIPHER = 'aes-256-gcm';

/** Values sealed by earlier versions: version | iv | wrapped key | tag | iv | tag | ciphertext */
const WRAPPED_VERSION = 1;
const WRAPPED_HEADER = 1 + IV + KEY + TAG + IV + TAG;

/**
 * Envelope encryption under the master key, which is never in the database. Every sealed value has a
 * data key of its own (AES-256-GCM), derived from the master key and 256 random bits that are stored
 * with it. `context` binds a sealed value to its place: moved to another row, it does not open.
 */
@Injectable()
export class Envelope {
  readonly #masterKey: Buffer;
  readonly #derived = new Map<string, KeyObject>();

  constructor(@Inject(ENVIRONMENT) env: Environment) {
    this.#masterKey = env.HOLDPOINT_MASTER_KEY;
  }

  seal(plain: Uint8Array, context: string): Buffer {
    const salt = randomBytes(SALT);
    const cipher = createCipheriv(CIPHER, this.#dataKey(salt), NO_IV).setAAD(Buffer.from(context));
    const text = cipher.update(plain);
    const rest = cipher.final();
    return Buffer.concat([Buffer.of(VERSION), salt, cipher.getAuthTag(), text, rest]);
  }

  /** Throws when the value was changed, moved, or sealed under another master key. */
  open(sealed: Uint8Array, context: string): Buffer {
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
    if (bytes[0] === WRAPPED_VERSION) return this.#openWrapped(bytes, context);
    if (bytes.length < HEADER || bytes[0] !== VERSION) throw unknownVersion();
    const salt = bytes.subarray(1, 1 + SALT);
    const tag = bytes.subarray(1 + SALT, HEADER);
    const text = bytes.subarray(HEADER);
    return decrypt(this.#dataKey(salt), { iv: NO_IV, text, tag }, context);
  }

  sealText(plain: string, context: string): Buffer {
    return this.seal(Buffer.from(plain, 'utf8'), context);
  }

  openText(sealed: Uint8Array, context: string): string {
    return this.open(sealed, context).toString('utf8');
  }

  /** Keyed digest; `purpose` separates uses, so that one's output is worth nothing to another. */
  mac(purpose: string, data: string | Uint8Array): string {
    return createHmac('sha256', this.#derive(purpose)).update(data).digest('base64url');
  }

  #dataKey(salt: Uint8Array): KeyObject {
    const key = createHmac('sha256', this.#derive('holdpoint-envelope-v2')).update(salt).digest();
    return createSecretKey(key);
  }

  #openWrapped(bytes: Buffer, context: string): Buffer {
    if (bytes.length < WRAPPED_HEADER) throw unknownVersion();
    let at = 1;
    const take = (length: number) => bytes.subarray(at, (at += length));
    const wrapped = { iv: take(IV), text: take(KEY), tag: take(TAG) };
    const body = { iv: take(IV), tag: take(TAG), text: bytes.subarray(WRAPPED_HEADER) };
    const dataKey = decrypt(this.#derive('holdpoint-envelope-v1'), wrapped, context);
    return decrypt(createSecretKey(dataKey), body, context);
  }

  /** As key objects: the ciphers take several times as long to look at a key of plain bytes. */
  #derive(purpose: string): KeyObject {
    const known = this.#derived.get(purpose);
    if (known) return known;
    const key = createSecretKey(Buffer.from(hkdfSync('sha256', this.#masterKey, '', purpose, KEY)));
    this.#derived.set(purpose, key);
    return key;
  }
}

interface Sealed {
  readonly iv: Uint8Array;
  readonly text: Uint8Array;
  readonly tag: Uint8Array;
}

function decrypt(key: KeyObject, sealed: Sealed, context: string): Buffer {
  const decipher = createDecipheriv(CIPHER, key, sealed.iv)
    .setAAD(Buffer.from(context))
    .setAuthTag(sealed.tag);
  return Buffer.concat([decipher.update(sealed.text), decipher.final()]);
}

function unknownVersion(): Error {
  return new Error('Not a sealed value of a known version.');
}
