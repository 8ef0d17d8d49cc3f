import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { OutgoingAnswer } from '../connections/http-outgoing.ts';
import { wasSent } from '../connections/outgoing-failure.ts';
import type { Environment } from '../env.ts';
import { boundedBody } from '../platform/bounded-body.ts';
import type { Logger } from '../platform/logger.ts';
import { ENVIRONMENT, LOGGER } from '../platform/tokens.ts';
import { exchange } from './connector-exchange.ts';
import { ConnectorLinks } from './connector-links.ts';
import { LinkDirectory } from './link-directory.ts';
import { RelayPasses, type RelayFacts } from './relay-pass.ts';
import { PASS_HEADER, RELAY_PATH, STATUS_HEADER, UNSENT_HEADER } from './relay-words.ts';

/**
 * Passes exchanges of other gateways of the installation on to connectors that are linked here. It
 * looks at nothing but the pass, so it stands before everything that knows hosts, cookies or sessions.
 */
@Injectable()
export class RelayEndpoint {
  constructor(
    @Inject(ENVIRONMENT) private readonly env: Environment,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly links: ConnectorLinks,
    private readonly directory: LinkDirectory,
    private readonly passes: RelayPasses,
  ) {}

  isFor({ url = '' }: IncomingMessage): boolean {
    return url === RELAY_PATH;
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    this.#relay(request, response).catch((error: unknown) => {
      this.logger.warn({ error: String(error) }, 'an exchange of another gateway broke');
      response.destroy();
    });
  }

  async #relay(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const facts = this.#factsOf(request);
    if (facts === undefined || facts.bodyBytes > this.env.HOLDPOINT_MAX_FRAME_BYTES)
      return refuse(response, 403);
    const body = await boundedBody(request, facts.bodyBytes);
    if (body === undefined || !this.passes.isBodyOf(facts, body)) return refuse(response, 403);
    const unsent = { [UNSENT_HEADER]: this.passes.unsentWord(facts.nonce) };
    const link = this.directory.isCurrent ? this.links.byId(facts.link) : undefined;
    if (link === undefined) return refuse(response, 503, unsent);
    const left = new AbortController();
    response.once('close', () => left.abort());
    const payload = facts.head.method === 'POST' ? { body } : {};
    const answered = exchange(link.tunnel, {
      head: facts.head,
      options: { ...payload, signal: left.signal },
    });
    const answer = await answered.catch((error: unknown) => {
      this.logger.info({ error: String(error) }, 'an exchange of another gateway failed');
      refuse(response, 502, wasSent(error) ? {} : unsent);
    });
    if (answer !== undefined) await passBack(answer, response);
  }

  #factsOf({ method, headers }: IncomingMessage): RelayFacts | undefined {
    const pass = headers[PASS_HEADER];
    return method === 'POST' && typeof pass === 'string' ? this.passes.redeem(pass) : undefined;
  }
}

async function passBack(answer: OutgoingAnswer, response: ServerResponse): Promise<void> {
  response.writeHead(200, {
    ...answer.headers,
    [STATUS_HEADER]: String(answer.statusCode),
    'cache-control': 'no-store',
  });
  response.flushHeaders();
  await pipeline(answer.body, response);
}

function refuse(
  response: ServerResponse,
  status: number,
  word: Readonly<Record<string, string>> = {},
): void {
  // What wasn't read would keep the connection busy.
  response.writeHead(status, { ...word, connection: 'close' }).end();
}
