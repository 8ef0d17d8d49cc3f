import { setTimeout as delay } from 'node:timers/promises';
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { ConnectionTest } from '@holdpoint/contracts';
import { McpError, SseDecoder, parseServerFrame, type Frame } from '@holdpoint/mcp';
import { boundedBody } from '../platform/bounded-body.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import type { OutgoingAnswer } from './http-outgoing.ts';
import type { Outgoing } from './outgoing.ts';
import { classifyFailure } from './outgoing-failure.ts';

const GOODBYE_TIMEOUT_MS = 2000;
export const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** Where an upstream is, and what the gateway shows it. */
export interface UpstreamAddress {
  readonly url: string;
  readonly allowPrivate: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

export type ExchangeFailure = Extract<ConnectionTest, { ok: false }>;

export type Exchange =
  | {
      readonly ok: true;
      readonly headers: IncomingHttpHeaders;
      /** `null` where a notification was accepted without an answer. */
      readonly frame: Frame | null;
    }
  | ExchangeFailure;

export interface JsonRpcMessage {
  readonly method: string;
  /** `null` for a notification. */
  readonly id: number | null;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** A run of the gateway's own messages to one upstream, whichever transport it speaks. */
export interface Talk {
  say(message: JsonRpcMessage, options: SayOptions): Promise<Exchange>;
  /** Leaves nothing behind. Its failure changes nothing. */
  leave(headers: Readonly<Record<string, string>>): Promise<void>;
}

export interface SayOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** @throws what {@link Outgoing.request} throws */
export function postMessage(
  outgoing: Outgoing,
  address: UpstreamAddress,
  { id, ...rest }: JsonRpcMessage,
  options: SayOptions,
): Promise<OutgoingAnswer> {
  return outgoing.request(address.url, {
    method: 'POST',
    allowPrivate: address.allowPrivate,
    headers: {
      ...options.headers,
      ...address.headers,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', ...(id === null ? {} : { id }), ...rest }),
    signal: options.signal,
  });
}

/** Over Streamable HTTP: each message and its answer are one exchange. */
export class PostTalk implements Talk {
  readonly #outgoing: Outgoing;
  readonly #address: UpstreamAddress;

  constructor(outgoing: Outgoing, address: UpstreamAddress) {
    this.#outgoing = outgoing;
    this.#address = address;
  }

  say(message: JsonRpcMessage, options: SayOptions): Promise<Exchange> {
    return exchange(this.#outgoing, this.#address, message, options);
  }

  async leave(headers: Readonly<Record<string, string>>): Promise<void> {
    if (headers['mcp-session-id'] === undefined) return;
    const goodbye = this.#outgoing
      .request(this.#address.url, {
        method: 'DELETE',
        allowPrivate: this.#address.allowPrivate,
        headers: { ...headers, ...this.#address.headers },
        signal: AbortSignal.timeout(GOODBYE_TIMEOUT_MS),
      })
      .then(
        ({ body }) => void body.on('error', () => undefined).destroy(),
        () => undefined,
      );
    await Promise.race([goodbye, delay(GOODBYE_TIMEOUT_MS, undefined, { ref: false })]);
  }
}

async function exchange(
  outgoing: Outgoing,
  address: UpstreamAddress,
  message: JsonRpcMessage,
  options: SayOptions,
): Promise<Exchange> {
  const { id } = message;
  try {
    const answer = await postMessage(outgoing, address, message, options);
    const refusal = refusalOf(answer.statusCode);
    if (refusal !== undefined) {
      answer.body.on('error', () => undefined).destroy();
      return refusal;
    }
    if (id === null) {
      answer.body.on('error', () => undefined).destroy();
      return { ok: true, headers: answer.headers, frame: null };
    }
    const frame = await readReply(answer.body, answer.headers['content-type'] ?? '', id);
    return frame === undefined
      ? failure('not_mcp', 'The address answers, but not with MCP.')
      : { ok: true, headers: answer.headers, frame };
  } catch (error) {
    return failureOf(error);
  }
}

export function refusalOf(status: number): ExchangeFailure | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status === 401 || status === 403) {
    return failure('unauthorized', `The upstream refused the credential (HTTP ${status}).`);
  }
  if (status >= 300 && status < 400) {
    return failure(
      'redirect',
      `The upstream redirects (HTTP ${status}). Redirects are not followed; enter the final address.`,
    );
  }
  return failure('http_status', `The upstream answers with HTTP ${status}.`);
}

/** The reply with our id; an upstream may send notifications before it. Attacker-controlled. */
async function readReply(body: Readable, type: string, id: number): Promise<Frame | undefined> {
  const isStream = type.startsWith('text/event-stream');
  if (!isStream && !type.startsWith('application/json')) {
    body.on('error', () => undefined).destroy();
    return undefined;
  }
  if (!isStream) {
    const whole = await boundedBody(body as AsyncIterable<Uint8Array>, MAX_ANSWER_BYTES);
    if (whole === undefined) throw new McpError('frame_too_large');
    return replyIn(whole, id);
  }
  const decoder = new SseDecoder({ maxEventBytes: MAX_ANSWER_BYTES });
  let size = 0;
  // Leaving the loop early destroys the body, which ends the stream.
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw new McpError('frame_too_large');
    for (const event of decoder.push(chunk)) {
      const found = event.kind === 'message' ? replyIn(event.data ?? '', id) : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

export function replyIn(input: string | Uint8Array, id: number): Frame | undefined {
  const parsed = parseServerFrame(input);
  if (parsed.kind !== 'frame') return undefined;
  const { message } = parsed.frame;
  const isReply = message.kind === 'result' || message.kind === 'error';
  return isReply && message.id?.value === id ? parsed.frame : undefined;
}

export function failure(kind: ExchangeFailure['failure'], message: string): ExchangeFailure {
  return { ok: false, failure: kind, message };
}

export function failureOf(error: unknown): ExchangeFailure {
  if (error instanceof McpError) {
    return failure('not_mcp', 'The address answers, but not with MCP that can be read.');
  }
  // Said by the connectors' side, which knows more than that something broke.
  if (error instanceof GatewayError && error.code === 'upstream_unreachable')
    return failure('connect', error.message);
  const kind = classifyFailure(error);
  switch (kind) {
    case 'address_refused':
      return failure(kind, error instanceof Error ? error.message : 'The address is refused.');
    case 'dns':
      return failure(kind, 'The name does not resolve. Check the spelling, and the gateway’s DNS.');
    case 'connect':
      return failure(kind, 'Nothing accepts connections there. Check host, port and firewall.');
    case 'tls':
      return failure(
        kind,
        'The TLS handshake failed. Check the certificate, its name, and that the port speaks TLS.',
      );
    case 'timeout':
      return failure(kind, 'The upstream did not answer in time.');
    case 'other':
      return failure('connect', 'The connection broke before there was an answer.');
    default:
      return kind satisfies never;
  }
}
