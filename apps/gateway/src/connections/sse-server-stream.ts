import type { Readable } from 'node:stream';
import { SseDecoder, type SseEvent } from '@holdpoint/mcp';
import type { Outgoing } from './outgoing.ts';
import type { UpstreamAddress } from './upstream-exchange.ts';

/** How long a server may take to name the address that it takes messages at. */
const ENDPOINT_WITHIN_MS = 10_000;

/** The open stream of an HTTP+SSE server (revision 2024-11-05). */
export interface SseServerStream {
  readonly ok: true;
  /** Where messages are posted; of the same origin as the stream. */
  readonly endpoint: string;
  /** What comes after the endpoint; reading less than it says slows the server down. */
  readonly events: AsyncIterable<SseEvent>;
  close(): void;
}

export type SseServerRefusal =
  | { readonly ok: false; readonly why: 'status'; readonly status: number }
  | { readonly ok: false; readonly why: 'no_stream' | 'no_endpoint' | 'foreign_endpoint' };

/** An address that no server needs longer. */
const MAX_ENDPOINT_LENGTH = 4096;

export interface SseServerOptions {
  readonly maxEventBytes: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * Opens the stream and reads its first event. Nothing of MCP has been said then, so whatever goes
 * wrong here, no call has run.
 *
 * @throws what {@link Outgoing.request} throws; McpError where the first event is too large
 */
export async function openSseServer(
  outgoing: Outgoing,
  address: UpstreamAddress,
  options: SseServerOptions,
): Promise<SseServerStream | SseServerRefusal> {
  const { statusCode, headers, body } = await outgoing.request(address.url, {
    method: 'GET',
    allowPrivate: address.allowPrivate,
    headers: { ...options.headers, ...address.headers, accept: 'text/event-stream' },
    signal: options.signal,
    bodyTimeoutMs: 0,
    staysOpen: true,
  });
  const close = () => void body.on('error', () => undefined).destroy();
  const refuse = (refusal: SseServerRefusal) => {
    close();
    return refusal;
  };
  if (statusCode !== 200) return refuse({ ok: false, why: 'status', status: statusCode });
  if (!/^text\/event-stream\s*(;|$)/i.test(headers['content-type'] ?? ''))
    return refuse({ ok: false, why: 'no_stream' });
  const events = decode(body, options.maxEventBytes);
  const named = await firstEndpoint(events, close);
  if (named === undefined) return refuse({ ok: false, why: 'no_endpoint' });
  const endpoint = ownEndpoint(named, address.url);
  if (endpoint === undefined) return refuse({ ok: false, why: 'foreign_endpoint' });
  return { ok: true, endpoint, events, close };
}

async function* decode(body: Readable, maxEventBytes: number): AsyncGenerator<SseEvent> {
  const decoder = new SseDecoder({ maxEventBytes });
  for await (const chunk of body as AsyncIterable<Uint8Array>) yield* decoder.push(chunk);
}

async function firstEndpoint(
  events: AsyncGenerator<SseEvent>,
  close: () => void,
): Promise<string | undefined> {
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    close();
  }, ENDPOINT_WITHIN_MS);
  try {
    for (;;) {
      const { value, done } = await events.next();
      if (done === true) return undefined;
      if (value.kind === 'message' && value.data !== undefined)
        return value.event === 'endpoint' ? value.data : undefined;
    }
  } catch (error) {
    if (!isLate) throw error;
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * INVARIANT: messages, and the credential with them, go to the origin that an admin entered, whatever
 * the server says. ATTACKER-CONTROLLED: `named`.
 */
function ownEndpoint(named: string, streamUrl: string): string | undefined {
  const endpoint = URL.parse(named, streamUrl);
  // Of every other scheme the origin is "null", which equals that of any other address of it.
  if (endpoint === null || !/^https?:$/.test(endpoint.protocol)) return undefined;
  if (endpoint.origin !== new URL(streamUrl).origin) return undefined;
  if (endpoint.username !== '' || endpoint.password !== '') return undefined;
  endpoint.hash = '';
  // It is kept as long as its session; and what is escaped grows.
  return endpoint.href.length > MAX_ENDPOINT_LENGTH ? undefined : endpoint.href;
}
