import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { Database } from '../../platform/database.ts';
import type { Logger } from '../../platform/logger.ts';
import { LOGGER } from '../../platform/tokens.ts';
import { forgottenThreads } from '../events/event.sql.ts';
import { forgetCallbacks } from '../callbacks/callback.sql.ts';
import { JobQueue } from '../job-queue.ts';
import { forgetPresses } from '../slack/slack-press.sql.ts';
import { forgetChanges } from '../tickets/ticket-verdict.sql.ts';
import { forgetTickets } from '../tickets/ticket.sql.ts';
import { adoptOlder, forgetOld, forgottenLanes } from './message.sql.ts';

const EVERY_MS = 60_000;
const KEPT_DAYS = 30;
const BATCH = 500;

/** Finds what lost its job with a process, and forgets what is old. Every replica may; a job too many does nothing. */
@Injectable()
export class MessageKeeper implements OnApplicationBootstrap, OnModuleDestroy {
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly jobs: JobQueue,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.#wake();
    this.#timer = setInterval(() => this.#wake(), EVERY_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  #wake(): void {
    this.#running ??= this.keep()
      .catch((error: unknown) =>
        this.logger.warn({ error: String(error) }, 'the log of messages could not be kept'),
      )
      .finally(() => (this.#running = undefined));
  }

  async keep(): Promise<void> {
    const { pool } = this.database;
    while ((await adoptOlder(pool, BATCH)) === BATCH);
    for (const thread of await forgottenThreads(pool, BATCH))
      await this.jobs.spread(pool, { thread });
    for (const lane of await forgottenLanes(pool, BATCH)) await this.jobs.send(pool, lane);
    await forgetOld(pool, KEPT_DAYS, BATCH * 10);
    await forgetPresses(pool);
    await forgetCallbacks(pool);
    await forgetTickets(pool);
    await forgetChanges(pool);
  }
}
