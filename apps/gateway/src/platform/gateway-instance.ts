import { hostname } from 'node:os';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Client } from 'pg';
import type { Environment } from '../env.ts';
import { Database } from './database.ts';
import type { Logger } from './logger.ts';
import { ENVIRONMENT, LOGGER } from './tokens.ts';

/** First key of the advisory locks that prove a gateway process is alive. */
export const INSTANCE_LOCK = 0x486f_6c64;
const RECONNECT_MS = 500;
const HEARTBEAT_MS = 3000;

/**
 * SQL condition: the process with the instance id in `column` is alive. Postgres gives a dead
 * process's session lock back at once, so a kill is noticed without waiting for a timeout.
 */
export function instanceIsAlive(column: string): string {
  return `exists (select 1 from pg_locks l where l.locktype = 'advisory' and l.classid = ${INSTANCE_LOCK}
    and l.objid = ${column} and l.objsubid = 2 and l.granted
    and l.database = (select oid from pg_database where datname = current_database()))`;
}

/**
 * SQL array: the ids of all processes that are alive, for a query over many rows. As wide as the ids of
 * any lock, since the planner may look at those of others before it leaves them out.
 */
export const LIVE_INSTANCES = `array(select l.objid::bigint from pg_locks l where l.locktype = 'advisory'
  and l.classid = ${INSTANCE_LOCK} and l.objsubid = 2 and l.granted
  and l.database = (select oid from pg_database where datname = current_database()))`;

/**
 * SQL condition: it said so itself a moment ago. A restarted Postgres drops every lock, and a process
 * that is alive needs a moment to take its own again: without this its running calls would look orphaned.
 */
export function instanceWasSeen(column: string): string {
  return `exists (select 1 from gateway_instance g where g.id = ${column} and g.seen_at > now() - interval '10 seconds')`;
}

/** This process among the replicas: a row, and a session-level lock held as long as the process lives. */
@Injectable()
export class GatewayInstance implements OnModuleInit, OnModuleDestroy {
  #id: number | undefined;
  #client: Client | undefined;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(
    @Inject(ENVIRONMENT) private readonly env: Environment,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly database: Database,
  ) {}

  get id(): number {
    if (this.#id === undefined) throw new Error('The gateway instance is not registered yet.');
    return this.#id;
  }

  async onModuleInit(): Promise<void> {
    const { rows } = await this.database.pool.query<{ id: number }>(
      'insert into gateway_instance (host) values ($1) returning id',
      [`${hostname()}:${this.env.HOLDPOINT_PORT}`],
    );
    this.#id = rows[0]?.id;
    this.#heartbeat = setInterval(() => void this.#beat(), HEARTBEAT_MS).unref();
    await this.#hold();
  }

  async onModuleDestroy(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearInterval(this.#heartbeat);
    await this.#client?.end().catch(() => undefined);
  }

  async #beat(): Promise<void> {
    await this.database.pool
      .query('update gateway_instance set seen_at = now() where id = $1', [this.id])
      .catch((error: unknown) => this.logger.warn({ error: String(error) }, 'no heartbeat'));
  }

  async #hold(): Promise<void> {
    const client = new Client({
      connectionString: this.env.DATABASE_URL,
      application_name: 'holdpoint-instance',
      keepAlive: true,
    });
    let lost = false;
    const onLost = () => {
      if (lost || this.#stopped) return;
      lost = true;
      client.end().catch(() => undefined);
      this.#timer = setTimeout(() => void this.#hold(), RECONNECT_MS);
    };
    client.on('error', onLost);
    client.on('end', onLost);
    try {
      await client.connect();
      await client.query('select pg_advisory_lock($1, $2)', [INSTANCE_LOCK, this.id]);
      this.#client = client;
    } catch (error) {
      this.logger.warn({ error: String(error) }, 'cannot hold the instance lock yet');
      onLost();
    }
  }
}
