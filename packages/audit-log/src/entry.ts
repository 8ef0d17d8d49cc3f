import { AuditLogError } from './audit-log-error.ts';
import type { JsonObject, JsonValue } from './canonical-json.ts';
import { canonicalJson } from './canonical-json.ts';
import { concat, toHex, utf8 } from './bytes.ts';
import type { Sha256 } from './sha256.ts';
import { hashOf, webCryptoSha256 } from './sha256.ts';

/**
 * What one leaf of the log says. Entries are kept for ever, so they name things and hold salted
 * digests; payloads live in frames, which retention may delete.
 */
export interface EntryContent {
  /** UUIDv7. */
  readonly id: string;
  /** RFC 3339 in UTC with milliseconds: `2026-07-28T09:15:02.120Z`. */
  readonly at: string;
  /** What happened, in dotted words: `call.received`, `approval.settled`. */
  readonly kind: string;
  /** The frames this entry speaks of; see {@link FrameReference}. */
  readonly frames?: readonly FrameReference[];
  readonly [member: string]: JsonValue;
}

/** How an entry names a frame: its id and its {@link frameDigest}, besides whatever else helps. */
export interface FrameReference extends JsonObject {
  readonly id: string;
  /** 64 lower-case hexadecimal digits. */
  readonly digest: string;
}

/** Length of a frame's salt. Fixed, because the digest doesn't mark where the salt ends. */
export const frameSaltBytes = 16;

const uuidV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const utcMilliseconds = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/**
 * The exact text of an entry, to be stored and hashed as it is.
 *
 * @throws AuditLogError `entry_invalid`, or `json_not_canonicalizable`.
 */
export function sealEntry(entry: EntryContent): string {
  if (!isEntry(entry)) {
    throw new AuditLogError('entry_invalid', 'an entry needs a UUIDv7 id, a UTC time and a kind');
  }
  return canonicalJson(entry);
}

/**
 * Reads a stored entry back. `undefined` where the text is not exactly what {@link sealEntry}
 * writes: two parsers could read such a text differently (duplicate members, odd numbers).
 */
export function parseEntry(content: string): EntryContent | undefined {
  try {
    const value: unknown = JSON.parse(content);
    return isEntry(value) && canonicalJson(value) === content ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The RFC 6962 leaf hash of an entry's exact text: `SHA-256(0x00 || utf8)`. */
export async function leafHash(
  content: string,
  sha256: Sha256 = webCryptoSha256,
): Promise<Uint8Array> {
  return hashOf(sha256, Uint8Array.of(0), utf8(content));
}

/**
 * The digest under which entries name a frame:
 * `SHA-256("holdpoint-frame-v1" || 0x00 || salt || bytes)`, in hexadecimal. The salt keeps anyone
 * who holds only the log from guessing a deleted payload.
 *
 * @param salt {@link frameSaltBytes} random bytes, stored beside the payload and deleted with it.
 * @throws AuditLogError `salt_invalid` for any other length: bytes could move between salt and
 * payload without changing the digest.
 */
export async function frameDigest(
  salt: Uint8Array,
  bytes: Uint8Array,
  sha256: Sha256 = webCryptoSha256,
): Promise<string> {
  if (salt.length !== frameSaltBytes) {
    throw new AuditLogError('salt_invalid', `a frame's salt has ${frameSaltBytes} bytes`);
  }
  return toHex(await sha256(concat(frameDomain, salt, bytes)));
}

const frameDomain = utf8('holdpoint-frame-v1\0');

function isEntry(value: unknown): value is EntryContent {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entry: Partial<Record<string, unknown>> = { ...value };
  return (
    typeof entry['id'] === 'string' &&
    uuidV7.test(entry['id']) &&
    typeof entry['at'] === 'string' &&
    utcMilliseconds.test(entry['at']) &&
    typeof entry['kind'] === 'string' &&
    entry['kind'] !== '' &&
    (entry['frames'] === undefined || isFrameReferences(entry['frames']))
  );
}

function isFrameReferences(value: unknown): value is readonly FrameReference[] {
  return Array.isArray(value) && value.every(isFrameReference);
}

function isFrameReference(value: unknown): value is FrameReference {
  if (typeof value !== 'object' || value === null) return false;
  const reference: Partial<Record<string, unknown>> = { ...value };
  return (
    typeof reference['id'] === 'string' &&
    typeof reference['digest'] === 'string' &&
    /^[0-9a-f]{64}$/.test(reference['digest'])
  );
}
