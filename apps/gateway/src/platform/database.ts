import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import { Pool, type PoolClient } from 'pg';
import type { Environment } from '../env.ts';
import type { Logger } from './logger.ts';
import { PrismaClient } from './prisma/generated/client.ts';
import { ENVIRONMENT, LOGGER } from './tokens.ts';
import { Turns } from './turns.ts';

/** What named SQL runs on: the pool, or one transaction's client. */
export type Queryable = Pick<PoolClient, 'query'>;

/** Of the time that is waited for the database, what a question of the moment gets. */
const A_MOMENT = 3 / 5;

/** One pool for Prisma and for the named SQL of the data path, and one for what must know in a moment. */
@Injectable()
export class Database implements OnModuleDestroy {
  readonly pool: Pool;
  /**
   * For questions whose answer is only worth something now: one that a silent network swallows fails, and
   * is asked again on another connection.
   */
  readonly watch: Pool;
  readonly prisma: PrismaClient;
  readonly #turns: Turns;

  constructor(@Inject(ENVIRONMENT) env: Environment, @Inject(LOGGER) logger: Logger) {
    const momentMs = Math.round(A_MOMENT * env.HOLDPOINT_DATABASE_WAIT_MS);
    const common = {
      connectionString: env.DATABASE_URL,
      application_name: 'holdpoint-gateway',
      keepAlive: true,
    };
    this.pool = new Pool({
      ...common,
      max: 20,
      connectionTimeoutMillis: env.HOLDPOINT_DATABASE_WAIT_MS,
    });
    this.watch = new Pool({
      ...common,
      max: 3,
      connectionTimeoutMillis: momentMs,
      query_timeout: momentMs,
    });
    for (const pool of [this.pool, this.watch]) {
      // An idle client whose server goes away emits here; unheard, it would end the process.
      pool.on('error', (error) =>
        logger.warn({ error: error.message }, 'an idle database connection was lost'),
      );
      pool.on('connect', (client) => client.on('error', () => undefined));
    }
    this.#turns = new Turns(env.HOLDPOINT_DATABASE_WAIT_MS);
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

  /** The same, one at a time for each key in this process: for work that takes a lock of that key first. */
  transactionInTurn<T>(key: string, work: (client: PoolClient) => Promise<T>): Promise<T> {
    return this.#turns.take(key, () => this.transaction(work));
  }

  async onModuleDestroy(): Promise<void> {
    await this.prisma.$disconnect();
    for (const pool of [this.pool, this.watch]) if (!pool.ended) await pool.end();
  }
}
