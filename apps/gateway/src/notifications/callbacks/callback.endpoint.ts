import type { IncomingMessage, ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { sendApiError } from '../../platform/api-error.ts';
import { boundedBody } from '../../platform/bounded-body.ts';
import { Database } from '../../platform/database.ts';
import { toGatewayError } from '../../platform/error.filter.ts';
import { GatewayError } from '../../platform/gateway.error.ts';
import type { Logger } from '../../platform/logger.ts';
import { LOGGER } from '../../platform/tokens.ts';
import { findChannel } from '../channels/channel.sql.ts';
import { channelIdIn, InboundSecrets } from '../channels/inbound.ts';
import { callbackHeaders, verifiedBody } from './callback-signature.ts';
import { Callbacks, type SignedCallback } from './callbacks.service.ts';

const MAX_BODY_BYTES = 64 * 1024;
/** Of one gateway: a verdict may wait for the identity provider, and must not wait with all connections. */
const MAX_AT_ONCE = 16;
/** Of one channel: whoever sends a flood keeps no other channel's verdicts waiting. */
const MAX_OF_CHANNEL = 8;

/**
 * Where verdicts come back to: `POST /api/callbacks/<channel>`. Mounted before the session: no cookie means
 * anything here, and the signature is over the bytes as they came.
 */
@Injectable()
export class CallbackEndpoint {
  #atOnce = 0;
  readonly #ofChannel = new Map<string, number>();

  constructor(
    private readonly database: Database,
    private readonly inbound: InboundSecrets,
    private readonly callbacks: Callbacks,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  handle(request: IncomingMessage, response: ServerResponse): void {
    this.#answer(request, response).catch((thrown: unknown) => {
      // Whoever went away while sending is told nothing, and nothing was recorded.
      if (request.socket.destroyed) return;
      const error = toGatewayError(thrown);
      const line = { path: request.url, code: error.code };
      if (error.httpStatus >= 500)
        this.logger.error({ ...line, error: thrown }, 'a callback failed');
      else this.logger.info(line, 'a callback was refused');
      if (response.headersSent) response.destroy();
      // What is left of the body is not read, so the connection ends.
      else sendApiError(response, error, request.complete ? {} : { connection: 'close' });
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const signed = await this.#signed(request);
    const { channelId } = signed;
    const ofChannel = this.#ofChannel.get(channelId) ?? 0;
    if (this.#atOnce >= MAX_AT_ONCE || ofChannel >= MAX_OF_CHANNEL) {
      const message =
        'Nothing was recorded: too many verdicts came back at once. Send it again soon.';
      throw new GatewayError('overloaded', message);
    }
    this.#count(channelId, 1);
    try {
      const answer = await this.callbacks.take(signed);
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(JSON.stringify(answer));
    } finally {
      this.#count(channelId, -1);
    }
  }

  #count(channelId: string, by: 1 | -1): void {
    const ofChannel = (this.#ofChannel.get(channelId) ?? 0) + by;
    this.#atOnce += by;
    if (ofChannel === 0) this.#ofChannel.delete(channelId);
    else this.#ofChannel.set(channelId, ofChannel);
  }

  /** INVARIANT: nothing of a body is read before it is known whose it is, and that it is of now. */
  async #signed(request: IncomingMessage): Promise<SignedCallback> {
    const channelId = channelIdIn(request.url);
    if (request.method !== 'POST' || channelId === undefined) throw nothingHere();
    const headers = callbackHeaders(request.headers, Date.now());
    const body = await bodyOf(request);
    const channel = await findChannel(this.database.pool, channelId);
    // Jira has an endpoint of its own: it signs in another way.
    if (channel?.config.kind !== 'webhook' && channel?.config.kind !== 'rest') throw nothingHere();
    const inbound = this.inbound.of(channel);
    if (inbound === undefined) throw nothingHere();
    const text = verifiedBody(inbound.secret, headers, body);
    const { kind } = channel.config;
    return { channelId, kind, app: inbound.app, id: headers.id, text };
  }
}

/** The stream stays, so that the sender can be told why it is refused. */
async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const body = await boundedBody(request.iterator({ destroyOnReturn: false }), MAX_BODY_BYTES);
  if (body !== undefined) return body;
  const message = 'Nothing was recorded: the body is larger than 64 KiB.';
  throw new GatewayError('body_too_large', message);
}

function nothingHere(): GatewayError {
  return new GatewayError(
    'not_found',
    'Nothing was recorded: there is no channel here that takes verdicts. Its address is on its page, and it has to be switched on.',
  );
}
