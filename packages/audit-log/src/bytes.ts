import { AuditLogError } from './audit-log-error.ts';

/** Bytes that own a plain `ArrayBuffer`, as WebCrypto demands. */
export type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();
const hexDigits = '0123456789abcdef';

/**
 * UTF-8 of a well-formed string.
 *
 * `TextEncoder` turns every lone surrogate into U+FFFD, so two different strings would get one
 * hash; such a string is refused instead.
 */
export function utf8(text: string): Bytes {
  if (!text.isWellFormed()) {
    throw new AuditLogError('hash_invalid', 'text with a lone surrogate has no UTF-8 form');
  }
  return encoder.encode(text);
}

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Compares public values; not constant-time, and nothing secret is ever compared here. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += hexDigits.charAt(byte >> 4) + hexDigits.charAt(byte & 15);
  return text;
}

/** Reads a SHA-256 written by {@link toHex}; anything else is `hash_invalid`. */
export function hashFromHex(text: string): Bytes {
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new AuditLogError('hash_invalid', 'a hash is 64 lower-case hexadecimal digits');
  }
  const bytes = new Uint8Array(32);
  for (let index = 0; index < 32; index += 1) {
    bytes[index] = Number.parseInt(text.slice(index * 2, index * 2 + 2), 16);
  }
  return bytes;
}

/** Standard base64 with padding (RFC 4648 §4). */
export function toBase64(bytes: Uint8Array): string {
  // Chunked, because spreading megabytes into one call overflows the stack.
  let binary = '';
  for (let start = 0; start < bytes.length; start += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  }
  return btoa(binary);
}

/**
 * Strict inverse of {@link toBase64}: `undefined` for white space, missing padding or stray bits,
 * which `atob` forgives. Only one spelling of a value is ever accepted.
 */
export function fromBase64(text: string): Bytes | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    return undefined; // misplaced padding
  }
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index);
  const tail = bytes.subarray(bytes.length - (bytes.length % 3 || 3));
  return bytes.length === 0 || text.endsWith(toBase64(tail)) ? bytes : undefined;
}

/** base64url without padding (RFC 4648 §5), as WebAuthn and JSON Web Keys write bytes. */
export function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** Strict inverse of {@link toBase64Url}. */
export function fromBase64Url(text: string): Bytes | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return undefined;
  const standard = text.replaceAll('-', '+').replaceAll('_', '/');
  return fromBase64(standard.padEnd(Math.ceil(standard.length / 4) * 4, '='));
}
