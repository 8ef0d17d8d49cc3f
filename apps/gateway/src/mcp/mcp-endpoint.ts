import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import type { Environment } from '../env.ts';
import { BearerTokens } from '../identity/bearer-tokens.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import type { Logger } from '../platform/logger.ts';
import { ENVIRONMENT, LOGGER } from '../platform/tokens.ts';
import { Admission } from './admission.ts';
import type { HttpVisit } from './call.ts';
import { CallPipeline } from './call.pipeline.ts';
import { Exchange } from './exchange.ts';
import { HoldLadder } from './hold-ladder.ts';
import { ListenStream } from './listen-stream.ts';
import { errorText, toGatewayError } from './refusal.ts';
import { SseClients } from './sse-clients.ts';

/** How long a shutdown waits for exchanges that are about to end. */
const LAST_WORDS_MS = 5000;

/**
 * `/mcp/{connection}`, and below it `/sse` and `/messages` for older clients: a plain Node handler,
 * mounted before the body parsers. Cookies mean nothing here, and everything it says is JSON, an
 * event stream, or empty.
 */
@Injectable()
export class McpEndpoint implements OnModuleDestroy {
  readonly #running = new Set<Promise<void>>();
  #isClosing = false;

  constructor(
    @Inject(ENVIRONMENT) private readonly env: Environment,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly tokens: BearerTokens,
    private readonly connections: ConnectionRegistry,
    private readonly admission: Admission,
    private readonly pipeline: CallPipeline,
    private readonly listenStream: ListenStream,
    private readonly ladder: HoldLadder,
    private readonly sseClients: SseClients,
  ) {}

  handle(request: IncomingMessage, response: ServerResponse): void {
    response.setHeader('x-content-type-options', 'nosniff');
    const exchange = new Exchange(request, response);
    const running = this.#route(exchange)
      .catch((error: unknown) => this.#refuse(exchange, error))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Held calls get their pending answer and short ones finish, while the database is still there. */
  async onModuleDestroy(): Promise<void> {
    this.#isClosing = true;
    this.ladder.close();
    this.listenStream.close();
    this.sseClients.close();
    const timer = new AbortController();
    await Promise.race([
      Promise.allSettled(this.#running),
      delay(LAST_WORDS_MS, undefined, { signal: timer.signal }).catch(() => undefined),
    ]);
    timer.abort();
  }

  async #route(exchange: Exchange): Promise<void> {
    if (this.#isClosing)
      throw new GatewayError('shutting_down', 'The gateway is about to restart. Try again soon.');
    checkHeaders(exchange.request);
    this.#checkOrigin(exchange);
    const visit = await this.#authenticate(exchange);
    try {
      await this.#serve(visit);
    } finally {
      visit.stay.leave();
    }
  }

  #serve(visit: HttpVisit): Promise<void> {
    const { exchange } = visit;
    switch (`${exchange.request.method} ${routeOf(exchange.request).leaf}`) {
      case 'POST ':
        return this.pipeline.run(visit);
      case 'GET ':
        return this.listenStream.open(visit);
      case 'DELETE ':
        return this.listenStream.end(visit);
      case 'GET sse':
        return this.sseClients.open(visit);
      case 'POST messages':
        return this.sseClients.post(visit);
      default:
        throw wrongMethod(exchange);
    }
  }

  /** A page of another origin must not reach it through a browser (DNS rebinding). */
  #checkOrigin(exchange: Exchange): void {
    const origin = exchange.header('origin');
    if (origin !== undefined && origin !== this.env.HOLDPOINT_PUBLIC_URL) {
      throw new GatewayError(
        'origin_refused',
        'Requests from web pages of other origins are refused.',
      );
    }
  }

  /** INVARIANT: a connection that the caller may not use doesn't exist for it. */
  async #authenticate(exchange: Exchange): Promise<HttpVisit> {
    const { slug } = routeOf(exchange.request);
    const caller = await this.tokens.authenticate(
      exchange.header('authorization'),
      `${this.env.HOLDPOINT_PUBLIC_URL}/mcp/${slug}`,
    );
    const connection = this.connections.bySlug(slug);
    if (!connection?.callerGroups.some((group) => caller.groups.includes(group))) {
      throw new GatewayError(
        'unknown_connection',
        'There is no such connection, or none of your groups may use it.',
      );
    }
    return { exchange, connection, caller, stay: this.admission.enter(caller.key, exchange) };
  }

  async #refuse(exchange: Exchange, error: unknown): Promise<void> {
    if (exchange.hasLeft) return;
    const refusal = toGatewayError(error);
    if (refusal.code === 'internal')
      this.logger.error({ error: refusal.cause }, 'the MCP endpoint failed');
    if (refusal.code === 'unauthenticated' || refusal.code === 'insufficient_scope') {
      exchange.setHeader(
        'www-authenticate',
        this.tokens.wwwAuthenticate(routeOf(exchange.request).slug, refusal),
      );
    }
    // Unread input would keep the connection busy; the answer still gets out.
    exchange.setHeader('connection', exchange.request.complete ? 'keep-alive' : 'close');
    // A stream that answers no request has no message that could end it.
    if (exchange.isStreaming && exchange.requestId === null) exchange.cut();
    else
      await exchange.finish(statusFor(exchange, refusal), errorText(exchange.requestId, refusal));
  }
}

/** A code whose status is 200 speaks in the answer to a `POST`; elsewhere a 200 would promise a stream. */
function statusFor({ request }: Exchange, { httpStatus }: GatewayError): number {
  return httpStatus === 200 && request.method !== 'POST' ? 502 : httpStatus;
}

/** Node reads the first of two; a proxy in front may have read, and checked, the other. */
const SAID_ONCE: ReadonlySet<string> = new Set(['authorization', 'host', 'content-type']);

function checkHeaders({ rawHeaders }: IncomingMessage): void {
  const said = new Set<string>();
  // Names and values in turn.
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? '';
    if (!SAID_ONCE.has(name)) continue;
    if (said.has(name))
      throw new GatewayError('invalid_request', `The header ${name} is there more than once.`);
    said.add(name);
  }
}

interface Route {
  readonly slug: string;
  /** Empty for the connection's own address. */
  readonly leaf: '' | 'sse' | 'messages';
}

const METHODS: Readonly<Record<Route['leaf'], string>> = {
  '': 'POST, GET, DELETE',
  sse: 'GET',
  messages: 'POST',
};

/** `/demo`, `/demo/sse` and `/demo/messages` below the mount point; anything else names no connection. */
function routeOf(request: IncomingMessage): Route {
  const path = (request.url ?? '').split('?')[0] ?? '';
  const trimmed = path.replace(/^\//, '').replace(/\/$/, '');
  const [slug, leaf, ...more] = trimmed.split('/');
  return slug !== undefined && (leaf === 'sse' || leaf === 'messages') && more.length === 0
    ? { slug, leaf }
    : { slug: trimmed, leaf: '' };
}

/** A client that tries the newer transport first falls back to this one on a 405. */
function wrongMethod(exchange: Exchange): GatewayError {
  const allowed = METHODS[routeOf(exchange.request).leaf];
  exchange.setHeader('allow', allowed);
  return new GatewayError('method_not_allowed', `This endpoint takes ${allowed}.`);
}
