import { decodeUtf8 } from '../json/json-text.ts';
import type { JsonNode } from '../json/json-node.ts';
import { isCutSomewhere, type ParseOptions, parseJson } from '../json/parse-json.ts';
import { McpError, type McpErrorCode } from '../mcp.error.ts';
import { callTarget } from '../methods/call-facts.ts';
import { isRequestMethod } from '../methods/method-vocabulary.ts';
import { refuseAmbiguousKeys } from './ambiguous-keys.ts';
import { lenientMessage, type Message, strictMessage } from './message.ts';

/** One JSON-RPC message as it crossed an edge. */
export interface Frame {
  /** The bytes that came. Forward these whenever nothing was edited. */
  readonly bytes: Uint8Array;
  readonly text: string;
  /** Always an object. Offsets are into `text`. */
  readonly root: JsonNode;
  readonly message: Message;
}

/** Bounds of a frame. */
export interface FrameLimits {
  /** Default 16 MiB. */
  readonly maxBytes?: number;
  /** Nested objects and arrays; the default is that of `parseJson`. */
  readonly maxDepth?: number;
  /** Values in all; the default is that of `parseJson`. */
  readonly maxValues?: number;
}

/** What came of reading an upstream's frame. */
export type ServerFrame =
  | { readonly kind: 'frame'; readonly frame: Frame }
  | {
      readonly kind: 'unreadable';
      readonly text: string;
      readonly code: McpErrorCode;
      /** A sentence for the record; it repeats nothing of the frame. */
      readonly reason: string;
    };

const MAX_METHOD_LENGTH = 128;
/** A tool's or prompt's name, or a URI, in UTF-8. */
const MAX_TARGET_BYTES = 1536;

/** Frames, events and lines above this are refused unless a caller says otherwise. */
export const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;

/**
 * Reads a frame of a client. Attacker-controlled.
 *
 * INVARIANT: what passes has one reading only, so no upstream parser sees another call
 * than policy did. Unknown members of `params` that cannot be mistaken for known ones stay; they are
 * part of the digest and shown to reviewers.
 *
 * @throws McpError with the code of the first fault
 */
export function parseClientFrame(bytes: Uint8Array, limits: FrameLimits = {}): Frame {
  if (bytes.byteLength > (limits.maxBytes ?? DEFAULT_MAX_BYTES)) {
    throw new McpError('frame_too_large');
  }
  const text = decodeUtf8(bytes);
  const root = parseJson(text, { mode: 'strict', ...treeLimits(limits) });
  requireObject(root);
  refuseAmbiguousKeys(root);
  const message = strictMessage(text, root);
  // Some servers run a call that lacks its id; it would slip past as a notification.
  if (message.kind === 'notification' && isRequestMethod(message.method)) {
    throw new McpError('missing_id');
  }
  checkNames(message);
  return { bytes, text, root, message };
}

/** Messages of one batch; each takes a place of its caller's. */
const MAX_BATCH = 50;

/**
 * Reads a batch of a client: each message as strictly as `parseClientFrame` does, and all or none.
 *
 * @throws McpError with the code of the first fault, `batch_too_large`, or `not_an_object` where it is
 * empty or no batch
 */
export function parseClientBatch(
  bytes: Uint8Array,
  limits: FrameLimits = {},
): { readonly root: JsonNode; readonly frames: readonly Frame[] } {
  if (bytes.byteLength > (limits.maxBytes ?? DEFAULT_MAX_BYTES)) {
    throw new McpError('frame_too_large');
  }
  const text = decodeUtf8(bytes);
  const root = parseJson(text, { mode: 'strict', ...treeLimits(limits) });
  if (root.kind !== 'array' || root.items.length === 0) throw new McpError('not_an_object');
  if (root.items.length > MAX_BATCH) throw new McpError('batch_too_large');
  const encoder = new TextEncoder();
  const frames = root.items.map(({ start, end }) =>
    parseClientFrame(encoder.encode(text.slice(start, end)), limits),
  );
  return { root, frames };
}

const lenientDecoder = new TextDecoder('utf-8');

/**
 * Reads a frame of an upstream, leniently: duplicate keys, lone surrogates and a missing
 * `jsonrpc` pass. Bytes that are not UTF-8 read as U+FFFD in `text` and stay in `bytes`.
 */
export function parseServerFrame(
  input: string | Uint8Array,
  limits: FrameLimits = {},
): ServerFrame {
  const text = typeof input === 'string' ? input : lenientDecoder.decode(input);
  try {
    const size = typeof input === 'string' ? input.length : input.byteLength;
    if (size > (limits.maxBytes ?? DEFAULT_MAX_BYTES)) throw new McpError('frame_too_large');
    const root = parseJson(text, { mode: 'lenient', ...treeLimits(limits) });
    requireObject(root);
    const message = lenientMessage(text, root);
    return { kind: 'frame', frame: lazyFrame(input, text, root, message) };
  } catch (error) {
    if (!(error instanceof McpError)) throw error;
    return { kind: 'unreadable', text, code: error.code, reason: error.message };
  }
}

/** Most frames of a stream are never needed as bytes. */
function lazyFrame(
  input: string | Uint8Array,
  text: string,
  root: JsonNode,
  message: Message,
): Frame {
  let bytes = typeof input === 'string' ? undefined : input;
  return {
    text,
    root,
    message,
    get bytes() {
      return (bytes ??= new TextEncoder().encode(text));
    },
  };
}

function requireObject(root: JsonNode): void {
  if (root.kind === 'array') throw new McpError('batch_unsupported');
  if (root.kind !== 'object') throw new McpError('not_an_object');
}

/** Names are shown, matched and indexed, so they are bounded apart from the frame. */
function checkNames(message: Message): void {
  const { name, uri } = callTarget(message);
  const target = name ?? uri ?? '';
  // To the policy it would be another tool than the one that such an upstream runs.
  if (isCutSomewhere(target)) throw new McpError('unsafe_name');
  const method = 'method' in message ? message.method : '';
  const tooLong = target.length > MAX_TARGET_BYTES || method.length > MAX_METHOD_LENGTH;
  if (tooLong || new TextEncoder().encode(target).length > MAX_TARGET_BYTES)
    throw new McpError('name_too_long');
}

function treeLimits({ maxDepth, maxValues }: FrameLimits): Omit<ParseOptions, 'mode'> {
  return {
    ...(maxDepth !== undefined && { maxDepth }),
    ...(maxValues !== undefined && { maxValues }),
  };
}
