import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Environment } from '../env.ts';
import { randomBytes } from './random.ts';
import { ENVIRONMENT } from './tokens.ts';

const VERSION = 1;
const IV = 12;
const TAG = 16;
const KEY = 32;
/** version | iv | wrapped key | tag | iv | tag | ciphertext */
const HEADER = 1 + IV + KEY + TAG + IV + TAG;

/**
 * Envelope encryption under the master key, which is never in the database. Every sealed value has a
 * data key of its own (AES-256-GCM), wrapped by a key derived from the master key. `context` binds a
 * sealed value to its place: moved to another row, it does not open.
 */
@Injectable()
export class Envelope {
  readonly #wrappingKey: Buffer;
  readonly #masterKey: Buffer;

  constructor(@Inject(ENVIRONMENT) env: Environment) {
    this.#masterKey = env.HOLDPOINT_MASTER_KEY;
    this.#wrappingKey = this.#derive('holdpoint-envelope-v1');
  }

  seal(plain: Uint8Array, context: string): Buffer {
    const dataKey = randomBytes(KEY);
    const wrapped = encrypt(this.#wrappingKey, dataKey, context);
    const body = encrypt(dataKey, plain, context);
    return Buffer.concat([
      Buffer.of(VERSION),
      wrapped.iv,
      wrapped.text,
      wrapped.tag,
      body.iv,
      body.tag,
      body.text,
    ]);
  }

  /** Throws when the value was changed, moved, or sealed under another master key. */
  open(sealed: Uint8Array, context: string): Buffer {
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
    if (bytes.length < HEADER || bytes[0] !== VERSION)
      throw new Error('Not a sealed value of a known version.');
    let at = 1;
    const take = (length: number) => bytes.subarray(at, (at += length));
    const wrapped = { iv: take(IV), text: take(KEY), tag: take(TAG) };
    const body = { iv: take(IV), tag: take(TAG), text: bytes.subarray(HEADER) };
    return decrypt(decrypt(this.#wrappingKey, wrapped, context), body, context);
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

  readonly #derived = new Map<string, Buffer>();

  #derive(purpose: string): Buffer {
    const known = this.#derived.get(purpose);
    if (known) return known;
    const key = Buffer.from(hkdfSync('sha256', this.#masterKey, '', purpose, KEY));
    this.#derived.set(purpose, key);
    return key;
  }
}

interface Sealed {
  readonly iv: Uint8Array;
  readonly text: Uint8Array;
  readonly tag: Uint8Array;
}

function encrypt(key: Uint8Array, plain: Uint8Array, context: string): Sealed {
  const iv = randomBytes(IV);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context));
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  return { iv, text, tag: cipher.getAuthTag() };
}

function decrypt(key: Uint8Array, sealed: Sealed, context: string): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.iv)
    .setAAD(Buffer.from(context))
    .setAuthTag(sealed.tag);
  return Buffer.concat([decipher.update(sealed.text), decipher.final()]);
}
