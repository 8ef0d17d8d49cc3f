import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import {
  AuditLogError,
  canonicalJson,
  type JsonObject,
  type JsonValue,
} from '@holdpoint/audit-log';
import { newId } from '../platform/new-id.ts';
import type { Envelope } from '../platform/envelope.ts';
import { randomBytes } from '../platform/random.ts';

export type Edge =
  'agent-to-gateway' | 'gateway-to-upstream' | 'upstream-to-gateway' | 'gateway-to-agent';

/**
 * A frame to store with an entry. Answers arrive here already masked. Requests are sealed, and answers that
 * tell their agent which other arguments ran.
 */
export interface FrameDraft {
  readonly edge: Edge;
  readonly bytes: Uint8Array;
  readonly sealed: boolean;
  /** A chosen id, where something else refers to the frame. */
  readonly id?: string;
}

export interface EntryDraft {
  readonly kind: string;
  readonly connection?: { readonly id: string; readonly slug: string } | undefined;
  readonly sessionId?: string | undefined;
  readonly callId?: string | undefined;
  readonly approvalId?: string | undefined;
  /** Key of the caller or the person. */
  readonly who?: string | undefined;
  readonly method?: string | undefined;
  readonly target?: string | undefined;
  readonly effect?: string | undefined;
  /** Ids of the observing rules that applied: a copy for search of what `data` has. */
  readonly observed?: readonly string[] | undefined;
  /** What happened; goes into the leaf. Never a credential, an argument or an unmasked answer. */
  readonly data?: Readonly<Record<string, JsonValue>>;
  readonly frames?: readonly FrameDraft[];
}

export interface StoredFrame {
  readonly id: string;
  readonly edge: Edge;
  readonly salt: Buffer;
  readonly digest: string;
  readonly sealed: boolean;
  readonly encoding: 'identity' | 'deflate-raw';
  readonly size: number;
  readonly bytes: Buffer;
}

export interface StoredEntry {
  readonly id: string;
  readonly at: Date;
  readonly draft: EntryDraft;
  readonly content: string;
  readonly frames: readonly StoredFrame[];
}

/** Below this many bytes setting up the compressor costs more than it saves; Postgres leaves such rows alone, too. */
const COMPRESS_FROM = 2048;

/** The digest that an entry holds of its frame: salted, so that a short payload can't be guessed from it. */
function frameDigest(salt: Uint8Array, bytes: Uint8Array): string {
  return createHash('sha256')
    .update('holdpoint-frame-v1\0')
    .update(salt)
    .update(bytes)
    .digest('hex');
}

/** What seals a frame to its row. */
export function frameContext(frameId: string): string {
  return `frame:${frameId}`;
}

export function prepareEntry(draft: EntryDraft, envelope: Envelope, at: Date): StoredEntry {
  // Without a time of its own: only then are ids of one millisecond in the order they were made.
  const id = newId();
  const frames = (draft.frames ?? []).map((frame) => prepareFrame(frame, envelope));
  const content = contentOf({
    id,
    at: at.toISOString(),
    kind: draft.kind,
    ...(draft.connection && {
      connection: { id: draft.connection.id, slug: draft.connection.slug },
    }),
    ...(draft.sessionId !== undefined && { session: draft.sessionId }),
    ...(draft.callId !== undefined && { call: draft.callId }),
    ...(draft.approvalId !== undefined && { approval: draft.approvalId }),
    ...(draft.who !== undefined && { who: draft.who }),
    ...(draft.method !== undefined && { method: draft.method }),
    ...(draft.target !== undefined && { target: draft.target }),
    ...(draft.effect !== undefined && { effect: draft.effect }),
    data: draft.data ?? {},
    frames: frames.map(({ id, edge, digest, size }) => ({ id, edge, digest, size })),
  });
  return { id, at, draft, content, frames };
}

/** Nearly every record has a canonical form as it is; only one that hasn't is copied to get one. */
function contentOf(record: JsonObject): string {
  try {
    return canonicalJson(record);
  } catch (error) {
    if (!(error instanceof AuditLogError)) throw error;
    return canonicalJson(defined(record));
  }
}

function prepareFrame(frame: FrameDraft, envelope: Envelope): StoredFrame {
  const id = frame.id ?? newId();
  const salt = randomBytes(16);
  const compress = frame.bytes.length >= COMPRESS_FROM;
  const packed = compress ? deflateRawSync(frame.bytes, { level: 1 }) : Buffer.from(frame.bytes);
  return {
    id,
    edge: frame.edge,
    salt,
    digest: frameDigest(salt, frame.bytes),
    sealed: frame.sealed,
    encoding: compress ? 'deflate-raw' : 'identity',
    size: frame.bytes.length,
    bytes: frame.sealed ? envelope.seal(packed, frameContext(id)) : packed,
  };
}

/** Drops members that are `undefined`: canonical JSON has no such value. Lone surrogates become U+FFFD. */
function defined(record: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  const kept: Record<string, JsonValue> = Object.create(null);
  for (const [key, value] of Object.entries(record)) {
    if (value !== undefined) kept[key] = wellFormed(value);
  }
  return kept;
}

function wellFormed(value: JsonValue): JsonValue {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null) return value;
  return isList(value) ? value.map(wellFormed) : defined(value);
}

/** `Array.isArray` does not narrow a read-only array. */
function isList(value: readonly JsonValue[] | JsonObject): value is readonly JsonValue[] {
  return Array.isArray(value);
}
