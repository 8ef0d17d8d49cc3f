import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { PgBoss } from 'pg-boss';
import type { Environment } from '../env.ts';
import type { Queryable } from '../platform/database.ts';
import type { Logger } from '../platform/logger.ts';
import { ENVIRONMENT, LOGGER } from '../platform/tokens.ts';

const WEBHOOKS = 'webhook-delivery';
/** First try and seven more, over about an hour: 15 s doubling, jittered, at most 30 minutes apart. */
export const WEBHOOK_RETRIES = 7;
const RETRY_DELAY_S = 15;
const RETRY_DELAY_MAX_S = 1800;
/** A delivery has 10 s; whoever took a job for longer is gone. */
const EXPIRE_S = 60;
const POLL_S = 1;
const WORKERS = 8;
/** Of one connection at once: a dead receiver keeps two workers waiting, never all of them. */
const WORKERS_PER_CONNECTION = 2;

export interface WebhookJob {
  readonly deliveryId: string;
}

/** pg-boss: jobs that are committed with what they speak of, in the schema `pgboss`. */
@Injectable()
export class JobQueue implements OnModuleInit, OnModuleDestroy {
  readonly #boss: PgBoss;

  constructor(@Inject(ENVIRONMENT) env: Environment, @Inject(LOGGER) logger: Logger) {
    this.#boss = new PgBoss({
      connectionString: env.DATABASE_URL,
      application_name: 'holdpoint-jobs',
      max: 4,
      schedule: false,
    });
    this.#boss.on('error', (error) =>
      logger.warn({ error: String(error) }, 'the job queue failed'),
    );
  }

  async onModuleInit(): Promise<void> {
    await this.#boss.start();
    await this.#boss.createQueue(WEBHOOKS, {
      retryLimit: WEBHOOK_RETRIES,
      retryDelay: RETRY_DELAY_S,
      retryDelayMax: RETRY_DELAY_MAX_S,
      retryBackoff: true,
      expireInSeconds: EXPIRE_S,
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.#boss.stop({ graceful: true, timeout: 5000, close: true });
  }

  /** In the transaction of `client`: the job exists exactly when what it speaks of does. */
  async sendWebhook(client: Queryable, connectionId: string, job: WebhookJob): Promise<void> {
    await this.#boss.send(WEBHOOKS, job, {
      group: { id: connectionId },
      db: {
        executeSql: async (text, values) => ({ rows: (await client.query(text, values)).rows }),
      },
    });
  }

  async workWebhooks(
    handler: (job: WebhookJob & { readonly retryCount: number }) => Promise<void>,
  ): Promise<void> {
    const options = {
      includeMetadata: true,
      batchSize: 1,
      localConcurrency: WORKERS,
      localGroupConcurrency: WORKERS_PER_CONNECTION,
      pollingIntervalSeconds: POLL_S,
    } as const;
    await this.#boss.work<WebhookJob, undefined, typeof options>(
      WEBHOOKS,
      options,
      async ([job]) => {
        if (job !== undefined) await handler({ ...job.data, retryCount: job.retryCount });
      },
    );
  }
}
