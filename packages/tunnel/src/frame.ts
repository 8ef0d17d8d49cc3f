import { TunnelError } from './tunnel.error.ts';

/** Frame types. The high bit of the type is `END_FLAG`. Numbers are never given a new meaning. */
export const FrameType = {
  challenge: 0x01,
  hello: 0x02,
  welcome: 0x03,
  refused: 0x04,
  open: 0x10,
  head: 0x11,
  data: 0x12,
  end: 0x13,
  reset: 0x14,
  window: 0x15,
  ping: 0x20,
  pong: 0x21,
  goAway: 0x22,
  status: 0x23,
  log: 0x24,
} as const;

export type FrameType = (typeof FrameType)[keyof typeof FrameType];

/** On OPEN, HEAD and DATA: the sender's half of the stream ends with this frame. */
const END_FLAG = 0x80;

/** `[type u8][stream u32 big-endian]` */
export const FRAME_HEADER_BYTES = 5;

/** Longest payload of one DATA frame. */
export const MAX_DATA_BYTES = 64 * 1024;

/** Longest JSON payload: heads, hello, status, log. */
export const MAX_HEAD_BYTES = 64 * 1024;

/** Longest message: what a socket must accept, and what it may refuse to read beyond. */
export const MAX_MESSAGE_BYTES = FRAME_HEADER_BYTES + Math.max(MAX_DATA_BYTES, MAX_HEAD_BYTES);

const KNOWN: ReadonlySet<number> = new Set(Object.values(FrameType));
const MAY_END: ReadonlySet<number> = new Set([FrameType.open, FrameType.head, FrameType.data]);

export interface RawFrame {
  readonly type: FrameType;
  readonly end: boolean;
  /** 0 for what belongs to no stream. */
  readonly stream: number;
  /** A view on the message, not a copy. */
  readonly payload: Uint8Array;
}

/**
 * Reads one message of the peer; an attacker may have written it.
 *
 * @throws TunnelError `protocol`
 */
export function decodeFrame(message: Uint8Array): RawFrame {
  if (message.byteLength < FRAME_HEADER_BYTES) {
    throw new TunnelError('protocol', 'A message is too short to be a frame.');
  }
  if (message.byteLength > MAX_MESSAGE_BYTES) {
    throw new TunnelError('protocol', 'A message is longer than a frame may be.');
  }
  const flagged = byteAt(message, 0);
  const type = flagged & ~END_FLAG;
  const end = (flagged & END_FLAG) !== 0;
  if (!isFrameType(type) || (end && !MAY_END.has(type))) {
    throw new TunnelError('protocol', 'A frame is of an unknown type.');
  }
  return { type, end, stream: u32At(message, 1), payload: message.subarray(FRAME_HEADER_BYTES) };
}

function u32At(bytes: Uint8Array, at: number): number {
  const high = (byteAt(bytes, at) << 24) | (byteAt(bytes, at + 1) << 16);
  return (high | (byteAt(bytes, at + 2) << 8) | byteAt(bytes, at + 3)) >>> 0;
}

/** Read where the length has been checked. */
function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

function isFrameType(type: number): type is FrameType {
  return KNOWN.has(type);
}

/** One message of type, stream and payload: the one copy that a payload goes through. */
export function encodeFrame(
  type: FrameType,
  stream: number,
  payload: Uint8Array,
  end = false,
): Uint8Array {
  const message = new Uint8Array(FRAME_HEADER_BYTES + payload.byteLength);
  message[0] = end ? type | END_FLAG : type;
  message[1] = stream >>> 24;
  message[2] = stream >>> 16;
  message[3] = stream >>> 8;
  message[4] = stream;
  message.set(payload, FRAME_HEADER_BYTES);
  return message;
}

/** The payload of a WINDOW frame. */
export function encodeCredit(credit: number): Uint8Array {
  return Uint8Array.of(credit >>> 24, credit >>> 16, credit >>> 8, credit);
}

/** @throws TunnelError `protocol` */
export function decodeCredit(payload: Uint8Array): number {
  if (payload.byteLength !== 4) {
    throw new TunnelError('protocol', 'A credit is not four bytes long.');
  }
  return u32At(payload, 0);
}
