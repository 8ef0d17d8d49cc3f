import type { IncomingMessage, ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { boundedBody } from '../../platform/bounded-body.ts';
import { Database } from '../../platform/database.ts';
import type { Logger } from '../../platform/logger.ts';
import { LOGGER } from '../../platform/tokens.ts';
import { findChannel } from '../channels/channel.sql.ts';
import { channelIdIn, InboundSecrets } from '../channels/inbound.ts';
import { JobQueue } from '../job-queue.ts';
import { looksSigned, readHint } from './jira-hint.ts';
import { takeHint } from './ticket-verdict.sql.ts';
import { findTicket } from './ticket.sql.ts';

/** Jira sends the whole issue along. */
const MAX_BODY_BYTES = 1024 * 1024;

/**
 * Where Jira says that something happened to a ticket: `POST /api/tickets/<channel>`. Mounted before the
 * session: no cookie means anything here, and the signature is over the bytes as they came.
 * INVARIANT: what it says decides nothing. It is a hint to look, with the channel's own token.
 */
@Injectable()
export class JiraEndpoint {
  constructor(
    private readonly database: Database,
    private readonly inbound: InboundSecrets,
    private readonly jobs: JobQueue,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  handle(request: IncomingMessage, response: ServerResponse): void {
    this.#take(request).then(
      (status) => end(response, status),
      (error: unknown) => {
        this.logger.warn({ error: String(error) }, 'a webhook of a ticket system failed');
        if (!response.headersSent) end(response, 500);
      },
    );
  }

  async #take(request: IncomingMessage): Promise<number> {
    const channelId = channelIdIn(request.url);
    if (request.method !== 'POST' || channelId === undefined) return 404;
    if (!looksSigned(request.headers)) return 401;
    const { pool } = this.database;
    const channel = await findChannel(pool, channelId);
    const inbound = channel?.config.kind === 'jira' ? this.inbound.of(channel) : undefined;
    if (inbound === undefined) return 404;
    const body = await boundedBody(request, MAX_BODY_BYTES);
    if (body === undefined) return 413;
    const read = readHint(inbound.secret, request.headers, body, Date.now());
    if (read.kind === 'forged' || read.kind === 'stale') return 401;
    if (read.kind === 'nothing') return 200;
    const { hint, signature } = read;
    if (!(await findTicket(pool, channelId, hint.ticketId))) return 200;
    // What is answered is kept: Jira sends it again only where it got no answer.
    await this.database.transaction(async (client) => {
      if (await takeHint(client, channelId, signature))
        await this.jobs.readTicket(client, { channelId, ...hint });
    });
    return 200;
  }
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'cache-control': 'no-store' }).end();
}
