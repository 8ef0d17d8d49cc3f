import { randomBytes, timingSafeEqual } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { detectEra, type Frame } from '@holdpoint/mcp';
import { Inject, Injectable } from '@nestjs/common';
import type { Environment } from '../env.ts';
import { FreezeStore } from '../freezes/freeze-store.ts';
import { Standing } from '../connections/standing.ts';
import { Envelope } from '../platform/envelope.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import type { Logger } from '../platform/logger.ts';
import { ENVIRONMENT, LOGGER } from '../platform/tokens.ts';
import { whenAborted } from '../platform/when-aborted.ts';
import { methodOf, type HttpVisit } from './call.ts';
import { CallPipeline } from './call.pipeline.ts';
import { ListenStream } from './listen-stream.ts';
import { receiveFrame } from './receive.ts';
import { errorText } from './refusal.ts';
import { SessionStore } from './session-store.ts';
import { PostedMessage, SseClientStream, UnaskedMessages } from './sse-client-stream.ts';

/** How soon the upstream's own messages are asked for again after their stream ended. */
const LISTEN_AGAIN_MS = 1000;

/**
 * Clients of the HTTP+SSE transport (revision 2024-11-05): `GET …/sse` opens the stream, whose first
 * event names the address that messages are posted to. Each message takes the way of every call.
 */
@Injectable()
export class SseClients {
  readonly #streams = new Map<string, SseClientStream>();
  readonly #closing = new AbortController();

  constructor(
    @Inject(ENVIRONMENT) private readonly env: Environment,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly envelope: Envelope,
    private readonly sessions: SessionStore,
    private readonly pipeline: CallPipeline,
    private readonly listenStream: ListenStream,
    private readonly standing: Standing,
    private readonly freezes: FreezeStore,
  ) {}

  /** Every stream ends once the calls on it have their answers. */
  close(): void {
    this.#closing.abort();
  }

  async open(visit: HttpVisit): Promise<void> {
    if (!(visit.exchange.header('accept') ?? '').match(/text\/event-stream|\*\/\*/))
      throw new GatewayError('not_acceptable', 'Accept text/event-stream to open a stream.');
    const handle = await this.#knownHandle(visit);
    const stream = new SseClientStream(visit, handle);
    const ticket = this.#ticketFor(visit);
    this.#streams.set(ticket, stream);
    try {
      stream.open(`/mcp/${visit.connection.slug}/messages?session=${ticket}`);
      if (handle !== undefined) this.#beginUnasked(stream);
      await whenAborted(this.#endOf(stream));
      await stream.settled();
      await stream.end();
    } finally {
      this.#streams.delete(ticket);
    }
  }

  async post(visit: HttpVisit): Promise<void> {
    const stream = this.#streamOf(visit);
    const frame = await receiveFrame(visit, this.env.HOLDPOINT_MAX_FRAME_BYTES);
    if (frame.message.kind === 'request') visit.exchange.requestId = frame.message.id;
    const posted = new PostedMessage(stream, visit.exchange);
    stream.protocolVersion = visit.exchange.header('mcp-protocol-version');
    if (detectEra((name) => posted.header(name), frame.message) === 'modern')
      return refuseModern(posted, frame);
    await stream.track(this.pipeline.take({ ...visit, exchange: posted }, frame));
    if (methodOf({ frame }) === 'notifications/initialized') this.#beginUnasked(stream);
  }

  /** A client that reconnects by itself is in its session again; a handle that isn't its own is none. */
  async #knownHandle({ exchange, caller, connection }: HttpVisit): Promise<string | undefined> {
    const handle = exchange.header('last-event-id');
    if (handle === undefined || handle === '') return undefined;
    const session = await this.sessions.byHandle(handle, caller.key, connection.id);
    return session && handle;
  }

  /** INVARIANT: a stream takes messages from the caller that opened it, on its connection, and from no one else. */
  #streamOf(visit: HttpVisit): SseClientStream {
    const query = (visit.exchange.request.url ?? '').split('?')[1] ?? '';
    const ticket = new URLSearchParams(query).get('session') ?? '';
    const isOwn = this.#isTicketOf(visit, ticket);
    const stream = isOwn ? this.#streams.get(ticket) : undefined;
    if (stream) return stream;
    throw new GatewayError(
      'unknown_session',
      isOwn
        ? 'This session’s event stream is not open at this process of the gateway: it was closed, or a balancer sent the message elsewhere. Nothing was carried out. Open the stream again.'
        : 'There is no such session for you on this connection. Open the event stream first.',
    );
  }

  /** Unguessable, and signed for caller and connection: another replica can tell it from a made-up one. */
  #ticketFor(visit: HttpVisit): string {
    const secret = randomBytes(24).toString('base64url');
    return `${secret}.${this.#signature(visit, secret)}`;
  }

  #isTicketOf(visit: HttpVisit, ticket: string): boolean {
    const [secret = '', signature = ''] = ticket.split('.');
    const expected = Buffer.from(this.#signature(visit, secret));
    const given = Buffer.from(signature);
    return expected.length === given.length && timingSafeEqual(expected, given);
  }

  #signature({ caller, connection }: HttpVisit, secret: string): string {
    const bound = JSON.stringify([secret, connection.id, caller.key]);
    return this.envelope.mac('holdpoint-sse-session', bound).slice(0, 22);
  }

  /** Nobody waits for it: a database that is away must end neither the stream nor the process. */
  #beginUnasked(stream: SseClientStream): void {
    this.#relayUnasked(stream).catch((error: unknown) =>
      this.logger.warn({ error: String(error) }, 'an upstream’s own stream could not be opened'),
    );
  }

  /** What the upstream says of itself belongs to no call: it has a stream of its own there, but not here. */
  async #relayUnasked(stream: SseClientStream): Promise<void> {
    const { caller, connection } = stream.visit;
    if (
      stream.handle === undefined ||
      this.freezes.over(caller.key, connection) ||
      !stream.startListening()
    )
      return;
    const session = await this.sessions.byHandle(stream.handle, caller.key, connection.id);
    if (!session) return;
    const until = this.#endOf(stream);
    const letGo = this.sessions.keep(session);
    try {
      await this.#listen(stream, until);
      await whenAborted(until);
    } finally {
      letGo();
    }
  }

  /** A stream ends with its client, with the process, and with the connection as it was when it opened. */
  #endOf({ left, visit }: SseClientStream): AbortSignal {
    return AbortSignal.any([
      left,
      this.#closing.signal,
      this.standing.of(visit.connection, visit.caller.key, left),
    ]);
  }

  async #listen(stream: SseClientStream, until: AbortSignal): Promise<void> {
    let unasked = new UnaskedMessages(stream);
    while (!until.aborted && !unasked.isRefused) {
      unasked = new UnaskedMessages(stream, unasked.lastEventId);
      try {
        await this.listenStream.open({ ...stream.visit, exchange: unasked });
      } catch (error) {
        this.logger.warn({ error: String(error) }, 'an upstream’s own stream broke off');
        if (error instanceof GatewayError && error.code === 'unknown_session') return;
      }
      await delay(LISTEN_AGAIN_MS, undefined, { signal: until }).catch(() => undefined);
    }
  }
}

/** The transport is older than the stateless era: what a client probes with gets the answer to fall back on. */
async function refuseModern(posted: PostedMessage, { message }: Frame): Promise<void> {
  if (message.kind !== 'request') return void (await posted.end(undefined, 202));
  posted.accept();
  const error = new GatewayError(
    'unknown_method',
    'The HTTP+SSE transport carries revisions up to 2025-11-25. For a newer one use the connection’s own address.',
  );
  await posted.finish(200, errorText(message.id, error));
}
