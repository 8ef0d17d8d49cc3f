import type { IncomingMessage, ServerResponse } from 'node:http';
import { slugSchema } from '@holdpoint/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import type { Environment } from '../env.ts';
import { BearerTokens } from '../identity/bearer-tokens.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import type { Logger } from '../platform/logger.ts';
import { ENVIRONMENT, LOGGER } from '../platform/tokens.ts';
import type { Visit } from './call.ts';
import { CallPipeline } from './call.pipeline.ts';
import { Exchange } from './exchange.ts';
import { ListenStream } from './listen-stream.ts';
import { errorText, toGatewayError } from './refusal.ts';

/**
 * `/mcp/{connection}`: a plain Node handler, mounted before the body parsers. Cookies mean nothing
 * here, and everything it says is JSON, an event stream, or empty.
 */
@Injectable()
export class McpEndpoint {
  constructor(
    @Inject(ENVIRONMENT) private readonly env: Environment,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly tokens: BearerTokens,
    private readonly connections: ConnectionRegistry,
    private readonly pipeline: CallPipeline,
    private readonly listenStream: ListenStream,
  ) {}

  handle(request: IncomingMessage, response: ServerResponse): void {
    response.setHeader('x-content-type-options', 'nosniff');
    const exchange = new Exchange(request, response);
    this.#route(exchange).catch((error: unknown) => void this.#refuse(exchange, error));
  }

  async #route(exchange: Exchange): Promise<void> {
    this.#checkOrigin(exchange);
    const visit = await this.#authenticate(exchange);
    switch (exchange.request.method) {
      case 'POST':
        return this.pipeline.run(visit);
      case 'GET':
        return this.listenStream.open(visit);
      case 'DELETE':
        return this.listenStream.end(visit);
      default:
        exchange.setHeader('allow', 'POST, GET, DELETE');
        throw new GatewayError('method_not_allowed', 'This endpoint takes POST, GET and DELETE.');
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
  async #authenticate(exchange: Exchange): Promise<Visit> {
    const slug = slugOf(exchange.request);
    const caller = await this.tokens.authenticate(
      exchange.header('authorization'),
      `${this.env.HOLDPOINT_PUBLIC_URL}/mcp/${slug}`,
    );
    const connection = slugSchema.safeParse(slug).success
      ? this.connections.bySlug(slug)
      : undefined;
    if (!connection?.callerGroups.some((group) => caller.groups.includes(group))) {
      throw new GatewayError(
        'unknown_connection',
        'There is no such connection, or none of your groups may use it.',
      );
    }
    return { exchange, connection, caller };
  }

  async #refuse(exchange: Exchange, error: unknown): Promise<void> {
    const refusal = toGatewayError(error);
    if (refusal.code === 'internal')
      this.logger.error({ error: refusal.cause }, 'the MCP endpoint failed');
    if (refusal.code === 'unauthenticated' || refusal.code === 'insufficient_scope') {
      exchange.setHeader(
        'www-authenticate',
        this.tokens.wwwAuthenticate(slugOf(exchange.request), refusal),
      );
    }
    // Unread input would keep the connection busy; the answer still gets out.
    exchange.setHeader('connection', exchange.request.complete ? 'keep-alive' : 'close');
    if (exchange.isStreaming) exchange.cut();
    else await exchange.finish(refusal.httpStatus, errorText(null, refusal));
  }
}

/** `/demo` below the mount point; anything else names no connection. */
function slugOf(request: IncomingMessage): string {
  const path = (request.url ?? '').split('?')[0] ?? '';
  return path.replace(/^\//, '').replace(/\/$/, '');
}
