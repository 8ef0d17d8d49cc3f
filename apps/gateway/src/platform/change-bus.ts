import { EventEmitter } from 'node:events';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { hintSchema, type Hint } from '@holdpoint/contracts';
import { Client } from 'pg';
import type { Environment } from '../env.ts';
import { Database, type Queryable } from './database.ts';
import type { Logger } from './logger.ts';
import { ENVIRONMENT, LOGGER } from './tokens.ts';

const CHANNEL = 'holdpoint_changed';
const RECONNECT_MS = 500;

/**
 * "Something changed" between replicas, over LISTEN/NOTIFY. Only ever a hint that wakes a poll
 * early: whoever listens must find out by itself too, since a lost connection loses hints.
 */
@Injectable()
export class ChangeBus implements OnModuleInit, OnModuleDestroy {
  readonly #emitter = new EventEmitter().setMaxListeners(0);
  #client: Client | undefined;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(ENVIRONMENT) private readonly env: Environment,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly database: Database,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.#listen();
  }

  async onModuleDestroy(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#client?.end().catch(() => undefined);
  }

  /** `id: null` means "anything of this topic": sent after a reconnect, when hints may be lost. */
  subscribe(listener: (hint: Hint) => void): () => void {
    this.#emitter.on('hint', listener);
    return () => this.#emitter.off('hint', listener);
  }

  /** In a transaction it is sent at commit. Keep it off the data path: NOTIFY takes a global lock. */
  async announce(
    topic: Hint['topic'],
    id: string | null,
    on: Queryable = this.database.pool,
  ): Promise<void> {
    await on.query('select pg_notify($1, $2)', [CHANNEL, JSON.stringify({ topic, id })]);
  }

  async #listen(): Promise<void> {
    const client = new Client({
      connectionString: this.env.DATABASE_URL,
      application_name: 'holdpoint-listen',
      keepAlive: true,
    });
    // Errors and ends both mean "reconnect"; only one of them may do it.
    let lost = false;
    const onLost = () => {
      if (lost) return;
      lost = true;
      client.end().catch(() => undefined);
      this.#retry();
    };
    client.on('error', onLost);
    client.on('end', onLost);
    client.on('notification', (message) => this.#receive(message.payload ?? ''));
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      this.#client = client;
      for (const topic of hintSchema.shape.topic.options)
        this.#emitter.emit('hint', { topic, id: null });
    } catch (error) {
      this.logger.warn({ error: String(error) }, 'cannot listen for changes yet');
      onLost();
    }
  }

  #retry(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.#listen(), RECONNECT_MS);
  }

  #receive(payload: string): void {
    try {
      const hint = hintSchema.safeParse(JSON.parse(payload));
      if (hint.success) this.#emitter.emit('hint', hint.data);
    } catch (error) {
      this.logger.warn({ error: String(error) }, 'an unreadable hint was ignored');
    }
  }
}
