import { z } from 'zod';
import { MAX_HEAD_BYTES } from './frame.ts';
import { TunnelError } from './tunnel.error.ts';

/** What this build speaks, the newest last. */
export const PROTOCOL_VERSIONS: readonly number[] = [1];

/** The subprotocol of the WebSocket. Versions within it are agreed on by HELLO and WELCOME. */
export const SUBPROTOCOL = 'holdpoint-connector.v1';

/** Most streams open at once that either end may ask for. */
export const MAX_STREAMS = 1024;

const name = z.string().min(1).max(64);
const sentence = z.string().max(1000);
/** Shown and kept elsewhere: no character that nobody sees. */
const version = z
  .string()
  .min(1)
  .max(64)
  .regex(/^\P{C}*$/u);

/** How a server's name is written, in a connector's file and in an address of the gateway. */
export const serverName = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    'must have only a-z, 0-9 and "-" within, 63 characters at most',
  );

/** The gateway's first word: sign this. */
export const challengeSchema = z.object({
  nonce: z.string().regex(/^[A-Za-z0-9_-]{22,128}$/),
  /** What the gateway speaks, so that a connector can say what is wrong by itself. */
  versions: z.array(z.int().min(1).max(65_535)).min(1).max(16),
  gatewayVersion: version,
});

const offeredServerSchema = z.object({
  name: serverName,
  kind: z.enum(['stdio', 'http']),
});

/** The connector's answer to a challenge: who it is, proved, and what it offers. */
export const helloSchema = z.object({
  versions: z.array(z.int().min(1).max(65_535)).min(1).max(16),
  connectorId: z.string().min(1).max(64),
  /** Ed25519 over {@link challengeBytes}, base64url. */
  signature: z.string().regex(/^[A-Za-z0-9_-]{86}$/),
  connectorVersion: version,
  /** Another one at each start of the process. */
  instance: name,
  maxStreams: z.int().min(1).max(MAX_STREAMS),
  servers: z.array(offeredServerSchema).max(256),
});

export const welcomeSchema = z.object({
  version: z.int().min(1).max(65_535),
  gatewayVersion: version,
  site: name,
});

export const refusedSchema = z.object({
  code: z.enum(['version', 'unknown', 'revoked', 'signature', 'busy', 'invalid']),
  /** A sentence for the connector's operator. */
  message: sentence,
});

/** Lower-case names; values that can't break a line, one byte a character. */
const headers = z.record(
  z.string().regex(/^[!#$%&'*+.^_`|~0-9a-z-]{1,256}$/),
  z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/),
);

/** One HTTP-shaped exchange, without a path: which of its servers is all that the gateway may name. */
export const openHeadSchema = z.object({
  server: serverName,
  method: z.enum(['GET', 'POST', 'DELETE']),
  headers,
});

export const answerHeadSchema = z.object({
  status: z.int().min(200).max(599),
  headers,
});

export const RESET_CODES = [
  /** The asking side no longer waits. */
  'cancelled',
  /** The connector has no server of that name. */
  'unknown_server',
  /** The connector refuses the exchange as it is. */
  'refused',
  /** Too much at once: for the connector, or for one of its servers. */
  'busy',
  /** The connector drains. */
  'draining',
  /** The server can't be reached or started. */
  'unavailable',
  /** The server was lost, or answered what is no answer, while the exchange ran. */
  'server_failed',
  'timeout',
  /** The tunnel itself ended. */
  'tunnel_closed',
  'internal',
] as const;

export const resetSchema = z.object({
  code: z.enum(RESET_CODES),
  /** Whether any of the exchange may have reached the server. */
  sent: z.boolean(),
  message: sentence,
});

export const goAwaySchema = z.object({ message: sentence });

const serverStateSchema = z.object({
  name: serverName,
  state: z.enum(['idle', 'starting', 'ready', 'backing-off', 'failed']),
  /** Processes that run for it; 0 for an HTTP server. */
  processes: z.int().min(0).max(10_000),
  sessions: z.int().min(0).max(100_000),
  restarts: z.int().min(0),
  lastError: sentence.optional(),
});

export const statusSchema = z.object({
  /** How busy the connector is, 0 idle to 1 full: what routing adds to the streams it knows of. */
  load: z.number().min(0).max(1),
  openStreams: z.int().min(0),
  memoryBytes: z.int().min(0),
  servers: z.array(serverStateSchema).max(256),
  lastError: sentence.optional(),
});

export const logSchema = z.object({
  /** Lines that were left out before these, because there were too many. */
  dropped: z.int().min(0),
  lines: z
    .array(
      z.object({
        at: z.iso.datetime(),
        level: z.enum(['info', 'warn', 'error']),
        /** Whose line it is; none for the connector's own. */
        server: serverName.optional(),
        text: z.string().max(2000),
      }),
    )
    .max(256),
});

export type Challenge = z.infer<typeof challengeSchema>;
export type OfferedServer = z.infer<typeof offeredServerSchema>;
export type Hello = z.infer<typeof helloSchema>;
export type Welcome = z.infer<typeof welcomeSchema>;
export type Refused = z.infer<typeof refusedSchema>;
export type OpenHead = z.infer<typeof openHeadSchema>;
export type AnswerHead = z.infer<typeof answerHeadSchema>;
export type StreamReset = z.infer<typeof resetSchema>;
export type ResetCode = StreamReset['code'];
export type GoAway = z.infer<typeof goAwaySchema>;
export type ServerState = z.infer<typeof serverStateSchema>;
export type ConnectorStatus = z.infer<typeof statusSchema>;
export type LogBatch = z.infer<typeof logSchema>;

const decoder = new TextDecoder('utf-8', { fatal: true });
const encoder = new TextEncoder();

/**
 * The JSON payload of a frame of the peer; an attacker may have written it.
 *
 * @throws TunnelError `protocol`; the message names the frame, and nothing of what stood in it.
 */
export function decodeJson<T>(schema: z.ZodType<T>, payload: Uint8Array, frame: string): T {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(payload));
  } catch (cause) {
    throw new TunnelError('protocol', `The payload of ${frame} is not JSON.`, { cause });
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const at = placeOf(parsed.error.issues[0]?.path ?? []);
    throw new TunnelError(
      'protocol',
      `The payload of ${frame} is not what the protocol says${at === '' ? '' : ` (at "${at}")`}.`,
    );
  }
  return parsed.data;
}

/** Names of headers are the peer's own words: what stands below `headers` is left out. */
function placeOf(path: readonly PropertyKey[]): string {
  const own = path.indexOf('headers');
  return (own === -1 ? path : path.slice(0, own + 1)).map(String).join('.');
}

/** @throws TunnelError `head_too_large` */
export function encodeJson(value: object): Uint8Array {
  const payload = encoder.encode(JSON.stringify(value));
  if (payload.byteLength > MAX_HEAD_BYTES) {
    throw new TunnelError(
      'head_too_large',
      `What has to go in one frame is longer than ${MAX_HEAD_BYTES} bytes.`,
    );
  }
  return payload;
}
