import type { Frame, SseEvent } from '@holdpoint/mcp';
import type { MaskRule } from '@holdpoint/policy';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { ConnectionRegistry, type ConnectionRecord } from '../connections/connection-registry.ts';
import { Outgoing } from '../connections/outgoing.ts';
import { markUnsent } from '../connections/outgoing-failure.ts';
import { openSseServer, type SseServerRefusal } from '../connections/sse-server-stream.ts';
import { Standing } from '../connections/standing.ts';
import type { Environment } from '../env.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { ENVIRONMENT } from '../platform/tokens.ts';
import { eventWithoutReflections, secretsSentTo } from './reflections.ts';
import type { McpSession } from './session-store.ts';
import { SseUpstreamStream, type Flight, type UpstreamEvent } from './sse-upstream-stream.ts';
import { readingError } from './upstream-failure.ts';

/** A session's stream that nobody needs is closed: soon where its agent was seen leaving, else after a while. */
const IDLE_MS = 30 * 60_000;
const LEFT_MS = 2 * 60_000;
const SWEEP_MS = 15_000;
/** Streams of one caller to one upstream; the one idle longest makes room. */
const STREAMS_PER_CALLER = 100;

/** One posted message, and who posts it. */
export interface Posting {
  readonly connection: ConnectionRecord;
  readonly session: McpSession;
  readonly bytes: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

interface Opened {
  readonly stream: SseUpstreamStream;
  readonly session: McpSession;
}

/** Where a request's answer comes from; a status alone is what the POST got instead of acceptance. */
export type Sent =
  | { readonly kind: 'sent'; readonly flight: Flight }
  | { readonly kind: 'refused'; readonly status: number };

/**
 * Upstreams that speak HTTP+SSE (revision 2024-11-05): a stream of its own for each session, opened
 * with `initialize`. Never opened again for the same session: a call that was on it may have run.
 */
@Injectable()
export class SseUpstreams implements OnModuleDestroy {
  readonly #streams = new Map<string, Opened>();
  readonly #timeoutMs: number;
  readonly #maxBytes: number;
  readonly #sweeper = setInterval(() => this.#sweep(), SWEEP_MS).unref();

  constructor(
    @Inject(ENVIRONMENT) env: Environment,
    private readonly outgoing: Outgoing,
    private readonly connections: ConnectionRegistry,
    private readonly standing: Standing,
  ) {
    this.#timeoutMs = env.HOLDPOINT_UPSTREAM_TIMEOUT_MS;
    this.#maxBytes = env.HOLDPOINT_MAX_FRAME_BYTES;
  }

  /** The streams go with the sockets, which are closed last: until then answers may still come. */
  onModuleDestroy(): void {
    clearInterval(this.#sweeper);
  }

  /** Posts a request; its answer comes on the session's stream, perhaps before the POST is accepted. */
  async send(posting: Posting, { message }: Frame, masks: readonly MaskRule[]): Promise<Sent> {
    if (message.kind !== 'request') return { kind: 'refused', status: await this.post(posting) };
    const stream =
      message.method === 'initialize' ? await this.#opened(posting) : this.#streamOf(posting);
    if (stream.mayStillAnswer(message.id))
      throw unsent(
        'duplicate_request_id',
        'A call with this id ended without its answer, which may still come. It was not carried out. Use a new id.',
      );
    const flight = stream.enter(message, masks, this.#timeoutMs);
    const onAbort = () => flight.leave();
    posting.signal.addEventListener('abort', onAbort, { once: true });
    const posted = this.#post(stream, posting).then(
      (status) => ({ status }),
      (error: unknown) => ({ error }),
    );
    const first = await Promise.race([posted, flight.heard]);
    if (first === undefined) {
      // The answer is on its way; should the POST fail now, the call has reached the upstream all the same.
      void posted.then((end) => 'error' in end && flight.fail(asError(end.error)));
      return { kind: 'sent', flight };
    }
    if ('status' in first && isAccepted(first.status)) return { kind: 'sent', flight };
    flight.leave();
    if ('error' in first) throw first.error;
    return { kind: 'refused', status: first.status };
  }

  /** Posts what asks for no answer. */
  async post(posting: Posting): Promise<number> {
    return this.#post(this.#streamOf(posting), posting);
  }

  /** What the upstream says on its own account in this session. */
  listen(posting: Omit<Posting, 'bytes'>): AsyncIterable<UpstreamEvent> {
    return this.#streamOf(posting).listen(posting.signal);
  }

  end({ id }: McpSession): void {
    this.#streams.get(id)?.stream.close();
  }

  async #post(stream: SseUpstreamStream, posting: Posting): Promise<number> {
    const { connection, bytes, headers, signal } = posting;
    const { statusCode, body } = await this.outgoing.request(stream.endpoint, {
      method: 'POST',
      headers: { ...headers, accept: '*/*', 'content-type': 'application/json' },
      body: bytes,
      allowPrivate: connection.allowPrivate,
      headersTimeoutMs: this.#timeoutMs,
      signal,
    });
    body.on('error', () => undefined).destroy();
    if (statusCode === 401 || statusCode === 403) throw credentialRefused(statusCode);
    // It no longer knows the session: whatever is still open here leads nowhere.
    if (statusCode === 404) stream.close();
    return statusCode;
  }

  /** INVARIANT: only of this very session; a stream that is gone is not opened a second time. */
  #streamOf(posting: Pick<Posting, 'session'>): SseUpstreamStream {
    const known = this.#streams.get(posting.session.id);
    if (known) return known.stream;
    throw unsent(
      'unknown_session',
      'The upstream’s stream of this session is not open at this process of the gateway: it ended, or a balancer sent the message elsewhere. It was not carried out. Initialize again.',
    );
  }

  /** @throws GatewayError or what undici throws, marked as unsent: the stream comes before any message. */
  async #opened(posting: Posting): Promise<SseUpstreamStream> {
    const { connection, session } = posting;
    const known = this.#streams.get(session.id);
    if (known) return known.stream;
    this.#makeRoom(session);
    const credential = this.connections.headersFor(connection);
    const address = {
      url: connection.url,
      allowPrivate: connection.allowPrivate,
      headers: credential,
    };
    const { signal } = new AbortController();
    const options = { maxEventBytes: this.#maxBytes, headers: posting.headers, signal };
    const server = await openSseServer(this.outgoing, address, options).catch((error: unknown) => {
      throw markUnsent(asError(error));
    });
    if (!server.ok) throw refusalOf(server);
    const events = this.#readable(server.events, secretsSentTo(this.connections, connection));
    const stream = new SseUpstreamStream({ ...server, events });
    this.#streams.set(session.id, { stream, session });
    const forget = () => this.#streams.delete(session.id);
    whenAborted(stream.over, forget);
    // INVARIANT: nothing is posted to where a connection led before, and no new credential goes there.
    whenAborted(this.standing.of(connection, session.callerKey, stream.over), () => {
      forget();
      stream.retire();
    });
    return stream;
  }

  async *#readable(events: AsyncIterable<SseEvent>, secrets: () => readonly string[]) {
    try {
      for await (const event of events) yield eventWithoutReflections(event, secrets());
    } catch (error) {
      throw readingError(error, this.#maxBytes);
    }
  }

  #makeRoom({ callerKey, connectionId }: McpSession): void {
    const own = [...this.#streams.values()]
      .filter(({ session }) => session.callerKey === callerKey)
      .filter(({ session }) => session.connectionId === connectionId);
    if (own.length < STREAMS_PER_CALLER) return;
    const [idlest] = own.toSorted((a, b) => b.stream.idleMs - a.stream.idleMs);
    if (idlest === undefined || idlest.stream.idleMs === 0)
      throw unsent(
        'upstream_unreachable',
        `You have ${STREAMS_PER_CALLER} sessions with this upstream, all in use. End one first.`,
      );
    idlest.stream.close();
  }

  #sweep(): void {
    for (const { stream } of this.#streams.values())
      if (stream.idleMs > (stream.hasListened ? LEFT_MS : IDLE_MS)) stream.close();
  }
}

function whenAborted(signal: AbortSignal, work: () => void): void {
  if (signal.aborted) work();
  else signal.addEventListener('abort', work, { once: true });
}

function isAccepted(status: number): boolean {
  return status >= 200 && status < 300;
}

function refusalOf(refusal: SseServerRefusal): GatewayError {
  switch (refusal.why) {
    case 'status':
      return refusal.status === 401 || refusal.status === 403
        ? markUnsent(credentialRefused(refusal.status))
        : unsent(
            'upstream_bad_answer',
            `The upstream answers with HTTP ${refusal.status} instead of an event stream. Nothing has run.`,
          );
    case 'no_stream':
      return unsent(
        'upstream_bad_answer',
        'The upstream answers with no event stream. Nothing has run.',
      );
    case 'no_endpoint':
      return unsent(
        'upstream_bad_answer',
        'The upstream’s event stream does not say where messages go. Nothing has run.',
      );
    case 'foreign_endpoint':
      return unsent(
        'upstream_bad_answer',
        'The upstream wants its messages at another origin than its own, which is refused. Nothing has run. An admin has to look at the connection.',
      );
    default:
      return refusal satisfies never;
  }
}

function credentialRefused(status: number): GatewayError {
  return new GatewayError(
    'upstream_credential_refused',
    `The upstream refused the gateway’s credential (HTTP ${status}). An admin has to renew it on the connection.`,
  );
}

function unsent(...[code, message]: ConstructorParameters<typeof GatewayError>): GatewayError {
  return markUnsent(new GatewayError(code, message));
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
