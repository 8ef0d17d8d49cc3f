import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import { Pool, type PoolClient } from 'pg';
import type { Environment } from '../env.ts';
import type { Logger } from './logger.ts';
import { PrismaClient } from './prisma/generated/client.ts';
import { ENVIRONMENT, LOGGER } from './tokens.ts';

/** What named SQL runs on: the pool, or one transaction's client. */
export type Queryable = Pick<PoolClient, 'query'>;

/** One pool for Prisma and for the named SQL of the data path. */
@Injectable()
export class Database implements OnModuleDestroy {
  readonly pool: Pool;
  readonly prisma: PrismaClient;

  constructor(@Inject(ENVIRONMENT) env: Environment, @Inject(LOGGER) logger: Logger) {
    this.pool = new Pool({
      connectionString: env.DATABASE_URL,
      max: 20,
      connectionTimeoutMillis: 5000,
      application_name: 'holdpoint-gateway',
    });
    // An idle client whose server goes away emits here; unheard, it would end the process.
    this.pool.on('error', (error) =>
      logger.warn({ error: error.message }, 'an idle database connection was lost'),
    );
    this.pool.on('connect', (client) => client.on('error', () => undefined));
    this.prisma = new PrismaClient({ adapter: new PrismaPg(this.pool) });
  }

  /** Commits when `work` resolves; rolls back, and rethrows, when it does not. */
  async transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('begin');
      const result = await work(client);
      await client.query('commit');
      return result;
    } catch (error) {
      await client.query('rollback').catch((failure: Error) => (broken = failure));
      throw error;
    } finally {
      client.release(broken);
    }
  }

  async onModuleDestroy(): Promise<void> {
    await this.prisma.$disconnect();
    if (!this.pool.ended) await this.pool.end();
  }
}
