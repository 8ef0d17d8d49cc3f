import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  appendLeaves,
  emptyFrontier,
  rootOf,
  signCheckpoint,
  type Sha256,
} from '@holdpoint/audit-log';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Client } from 'pg';
import type { Environment } from '../env.ts';
import type { Logger } from '../platform/logger.ts';
import { ENVIRONMENT, LOGGER } from '../platform/tokens.ts';
import { CheckpointKeeper } from './checkpoint-keeper.ts';
import { entriesWithoutLeaf, insertHead, insertLeaves, newestHead } from './leaf.sql.ts';
import { LogKey } from './log-key.ts';

/** Advisory lock of the one replica that sequences. */
const LOCK = [0x486f_6c64, -1] as const;
const TICK_MS = 250;
const TAKE_OVER_MS = 1000;
const BATCH = 5000;
/**
 * How far back a tick looks, by how often it does: looking costs an index probe for every entry of
 * that time, and nearly all of them commit within moments. The first one that is due takes the tick.
 */
const LOOKS = [
  { everyMs: 10 * 60_000, horizonMs: Infinity },
  { everyMs: 5000, horizonMs: 60_000 },
  { everyMs: 0, horizonMs: 3000 },
] as const;

/** Synchronous, and so much faster for many small values than WebCrypto. */
export const nodeSha256: Sha256 = (bytes) => createHash('sha256').update(bytes).digest();

/**
 * Gives entries their positions in the Merkle tree, within a second, one replica at a time.
 * INVARIANT: leaves and the head that covers them are one transaction on the connection that holds
 * the lock. Should two replicas believe that they hold it, the head's key lets only one commit.
 */
@Injectable()
export class Sequencer implements OnModuleInit, OnModuleDestroy {
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(
    @Inject(ENVIRONMENT) private readonly env: Environment,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly key: LogKey,
    private readonly keeper: CheckpointKeeper,
  ) {}

  onModuleInit(): void {
    this.#running = this.#run();
  }

  async onModuleDestroy(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#lead();
      } catch (error) {
        this.logger.warn({ error: String(error) }, 'sequencing was interrupted');
      }
      await this.#pause(TAKE_OVER_MS);
    }
  }

  /** Sequences for as long as this connection, and with it the lock, lives. */
  async #lead(): Promise<void> {
    const client = new Client({
      connectionString: this.env.DATABASE_URL,
      application_name: 'holdpoint-sequencer',
      keepAlive: true,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query('select pg_try_advisory_lock($1, $2) as leads', [
        ...LOCK,
      ]);
      if (rows[0]?.leads !== true) return;
      // What the last leader could not keep outside any more.
      const head = await newestHead(client);
      if (head !== undefined) this.keeper.keep(head);
      await this.#work(client);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  async #work(client: Client): Promise<void> {
    const lookedAt = LOOKS.map(() => -Infinity);
    while (!this.#stop.signal.aborted) {
      const now = performance.now();
      const due = LOOKS.findIndex(({ everyMs }, at) => now - (lookedAt[at] ?? 0) >= everyMs);
      const horizonMs = LOOKS[due]?.horizonMs ?? Infinity;
      const since = horizonMs === Infinity ? null : new Date(Date.now() - horizonMs);
      const count = await this.sequence(client, since);
      if (count === BATCH) continue;
      // Who looked far has also looked near.
      lookedAt.fill(now, due);
      await this.#pause(TICK_MS);
    }
  }

  /** One batch: its entries get the next positions. Returns how many there were. */
  async sequence(client: Client, since: Date | null): Promise<number> {
    const signer = await this.key.signer();
    await client.query('begin');
    try {
      const before = await newestHead(client);
      const entries = await entriesWithoutLeaf(client, since, BATCH);
      if (entries.length === 0) {
        await client.query('commit');
        return 0;
      }
      const hashes = entries.map(({ content }) => leafHashOf(content));
      const frontier = await appendLeaves(before?.frontier ?? emptyFrontier(), hashes, nodeSha256);
      const root = await rootOf(frontier, nodeSha256);
      const { size } = frontier;
      const note = await signCheckpoint({ origin: signer.name, size, root }, signer);
      await insertLeaves(client, before?.size ?? 0, entries, hashes);
      await insertHead(client, { size, root, frontier, note });
      await client.query('commit');
      this.keeper.keep({ size, note });
      return entries.length;
    } catch (error) {
      await client.query('rollback').catch(() => undefined);
      throw error;
    }
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }
}

/** RFC 6962: the prefix keeps a leaf from being taken for an inner node. */
function leafHashOf(content: string): Uint8Array {
  return createHash('sha256').update(Uint8Array.of(0)).update(content, 'utf8').digest();
}
