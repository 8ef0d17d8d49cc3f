import type { ChannelKind } from '@holdpoint/contracts';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { PgBoss, type Queue, type WorkOptions } from 'pg-boss';
import type { Environment } from '../env.ts';
import type { Queryable } from '../platform/database.ts';
import type { Logger } from '../platform/logger.ts';
import { ENVIRONMENT, LOGGER } from '../platform/tokens.ts';
import { destinationOf, type Destination } from './destination.sql.ts';

const SPREAD = 'notification-spread';
/** To people, and whatever an earlier gateway queued. */
const SEND = 'notification-send';
const WEBHOOK = 'notification-send-webhook';
const TICKETS = 'notification-send-ticket';
const PUSH = 'notification-send-push';
const PRESS = 'slack-press';
const TICKET = 'ticket-read';
/** A job does not fail by what it sends, only by the database: it is soon back, or the keeper asks again. */
const RETRIES = { retryLimit: 10, retryDelay: 2, retryDelayMax: 60, retryBackoff: true } as const;
/** One attempt has less than a minute; whoever took a job for longer is gone. */
const EXPIRE_S = 300;
/** A person waits for it: soon again, and soon taken from a process that died with it. */
const PRESS_OPTIONS = { ...RETRIES, retryLimit: 20, retryDelay: 1, expireInSeconds: 60 } as const;
/**
 * A commit with a job wakes the workers. They look by themselves as well: for what is due later, and for
 * where notices are lost (a pooler in transaction mode).
 */
const WOKEN = { notify: true } as const;
const POLLING = { pollingIntervalSeconds: 1, notifyPollingIntervalSeconds: 3 } as const;
const SPREADERS = 2;
/**
 * Each with workers of its own: what people are told waits for no webhook, ticket system or push service
 * that answers nothing, however many of them there are.
 */
const SENDERS = { [SEND]: 10, [WEBHOOK]: 6, [TICKETS]: 6, [PUSH]: 8 } as const;
const PRESSES = 4;
/**
 * Of one channel at once, or of one person's browsers: a dead receiver keeps two workers waiting, never all
 * of them.
 */
const SENDERS_PER_CHANNEL = 2;

const QUEUE_OF: Readonly<Record<ChannelKind, keyof typeof SENDERS>> = {
  ...{ email: SEND, slack: SEND, teams: SEND, webhook: WEBHOOK },
  ...{ jira: TICKETS, rest: TICKETS, push: PUSH },
};

/** Events of one thread are to be told. */
export interface SpreadJob {
  readonly thread: string;
}

/** What waits here goes out one after the other: one thread, on one channel, to one person or all. */
export interface Lane {
  /** Id of a channel, or of a connection with a webhook. */
  readonly place: string;
  readonly thread: string;
  readonly recipient: string;
}

/** A button that somebody pressed in Slack. */
export interface PressJob {
  readonly id: string;
  /** Absent in jobs of earlier gateways. */
  readonly channelId?: string;
}

/** A ticket that something happened to. */
export interface TicketJob {
  readonly channelId: string;
  readonly ticketId: string;
  /** A comment that was made; else it was moved. */
  readonly commentId: string | null;
}

/** pg-boss: jobs that are committed with what they speak of, in the schema `pgboss`. */
@Injectable()
export class JobQueue implements OnModuleInit, OnModuleDestroy {
  readonly #boss: PgBoss;

  constructor(
    @Inject(ENVIRONMENT) env: Environment,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.#boss = new PgBoss({
      connectionString: env.DATABASE_URL,
      application_name: 'holdpoint-jobs',
      max: 4,
      schedule: false,
      useListenNotify: true,
    });
    this.#boss.on('error', (error) =>
      logger.warn({ error: String(error) }, 'the job queue failed'),
    );
    this.#boss.on('warning', ({ message }) => logger.warn({ warning: message }, 'the job queue'));
  }

  async onModuleInit(): Promise<void> {
    await this.#boss.start();
    const options = { ...RETRIES, expireInSeconds: EXPIRE_S };
    await this.#open(SPREAD, options);
    for (const queue of Object.keys(SENDERS)) await this.#open(queue, options);
    await this.#open(PRESS, PRESS_OPTIONS);
    await this.#open(TICKET, PRESS_OPTIONS);
  }

  async #open(queue: string, options: Omit<Queue, 'name'>): Promise<void> {
    await this.#boss.createQueue(queue, { ...options, ...WOKEN });
    // One that an earlier gateway made doesn't wake anybody yet.
    await this.#boss.updateQueue(queue, WOKEN);
  }

  async onModuleDestroy(): Promise<void> {
    await this.#boss.stop({ graceful: true, timeout: 5000, close: true });
  }

  /** In the transaction of `client`: the job exists exactly when what it speaks of does. */
  async spread(client: Queryable, job: SpreadJob): Promise<void> {
    await this.#boss.send(SPREAD, job, { db: inTransaction(client) });
  }

  /** The same, for the next message of a lane. */
  async send(client: Queryable, lane: Lane, inMs = 0): Promise<void> {
    const destination = await destinationOf(client, lane);
    await this.#boss.send(queueOf(destination), lane, {
      group: { id: destination.person ?? lane.place },
      startAfter: Math.ceil(inMs / 1000),
      db: inTransaction(client),
    });
  }

  async press(client: Queryable, job: PressJob): Promise<void> {
    await this.#boss.send(PRESS, job, {
      ...(job.channelId !== undefined && { group: { id: job.channelId } }),
      db: inTransaction(client),
    });
  }

  workPresses(handler: (job: PressJob) => Promise<void>): Promise<void> {
    return this.#work(PRESS, PRESSES, SENDERS_PER_CHANNEL, handler);
  }

  async readTicket(client: Queryable, job: TicketJob): Promise<void> {
    await this.#boss.send(TICKET, job, {
      group: { id: job.channelId },
      db: inTransaction(client),
    });
  }

  workTickets(handler: (job: TicketJob) => Promise<void>): Promise<void> {
    return this.#work(TICKET, PRESSES, SENDERS_PER_CHANNEL, handler);
  }

  workSpreads(handler: (job: SpreadJob) => Promise<void>): Promise<void> {
    return this.#work(SPREAD, SPREADERS, 1, handler);
  }

  async workSends(handler: (lane: Lane) => Promise<void>): Promise<void> {
    for (const [queue, workers] of Object.entries(SENDERS))
      await this.#work(queue, workers, SENDERS_PER_CHANNEL, handler);
  }

  /** In rows of as many as may work for one group: pg-boss tells the id of the first of a row only. */
  async #work<Job>(
    queue: string,
    workers: number,
    ofGroup: number,
    handler: (job: Job) => Promise<void>,
  ): Promise<void> {
    const row = { localConcurrency: ofGroup, localGroupConcurrency: ofGroup };
    for (let at = 0; at < workers; at += ofGroup) await this.#workRow(queue, row, handler);
  }

  async #workRow<Job>(
    queue: string,
    row: Pick<WorkOptions, 'localConcurrency' | 'localGroupConcurrency'>,
    handler: (job: Job) => Promise<void>,
  ): Promise<void> {
    let first = '';
    const options = { ...row, batchSize: 1, ...POLLING };
    first = await this.#boss.work<Job>(queue, options, async ([job]) => {
      if (job === undefined) return;
      // Where there was one there may be more, and each worker looks by itself only after seconds.
      this.#boss.notifyWorker(first);
      await handler(job.data).catch((error: unknown) => {
        this.logger.warn({ error: String(error), queue, job: job.id }, 'a job failed');
        throw error;
      });
    });
  }
}

/** Of a kind that only a newer gateway knows: as what people are told. */
function queueOf({ kind }: Destination): string {
  if (kind === null) return WEBHOOK;
  return Object.entries(QUEUE_OF).find(([known]) => known === kind)?.[1] ?? SEND;
}

function inTransaction(client: Queryable) {
  return {
    executeSql: async (text: string, values?: unknown[]) => ({
      rows: (await client.query(text, values)).rows,
    }),
  };
}
