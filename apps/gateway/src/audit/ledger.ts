import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Pool } from 'pg';
import type { Environment } from '../env.ts';
import type { Queryable } from '../platform/database.ts';
import { Envelope } from '../platform/envelope.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import type { Logger } from '../platform/logger.ts';
import { ENVIRONMENT, LOGGER } from '../platform/tokens.ts';
import { prepareEntry, type EntryDraft, type StoredEntry } from './entry.ts';
import { insertEntries } from './entry.sql.ts';

/** Bounds of one group commit: the longer it is, the longer its first record waits for its last. */
const MAX_BATCH_ENTRIES = 500;
const MAX_BATCH_BYTES = 32 * 1024 * 1024;
/** Above this the gateway refuses new records rather than grow without bound. */
const MAX_QUEUED_BYTES = 256 * 1024 * 1024;

interface Waiting {
  readonly entries: readonly StoredEntry[];
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Write-ahead records of the data path. Group commit: while one batch commits the next one gathers,
 * so that a record costs a share of a commit, not a commit.
 * INVARIANT: `append` resolves only after the commit. What is recorded is recorded before it is acted on.
 */
@Injectable()
export class Ledger implements OnModuleDestroy {
  readonly #pool: Pool;
  readonly #queue: Waiting[] = [];
  #queuedBytes = 0;
  #writing: Promise<void> | undefined;

  constructor(
    @Inject(ENVIRONMENT) env: Environment,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly envelope: Envelope,
  ) {
    this.#pool = new Pool({
      connectionString: env.DATABASE_URL,
      max: 1,
      connectionTimeoutMillis: env.HOLDPOINT_DATABASE_WAIT_MS,
      application_name: 'holdpoint-ledger',
    });
    this.#pool.on('error', (error) =>
      logger.warn({ error: error.message }, 'the ledger lost its database connection'),
    );
  }

  async onModuleDestroy(): Promise<void> {
    await this.#writing;
    await this.#pool.end();
  }

  /** Resolves once committed; rejects with `not_recorded`, after which the caller must not act. */
  append(...drafts: readonly EntryDraft[]): Promise<void> {
    const entries = drafts.map((draft) => prepareEntry(draft, this.envelope, new Date()));
    const bytes = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
    if (this.#queuedBytes + bytes > MAX_QUEUED_BYTES) {
      return Promise.reject(notRecorded(new Error('The queue of records is full.')));
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ entries, bytes, resolve, reject });
      this.#queuedBytes += bytes;
      this.#writing ??= this.#write();
    });
  }

  /** Records inside a transaction that changes state, so that both happen or neither. */
  async appendIn(client: Queryable, ...drafts: readonly EntryDraft[]): Promise<void> {
    await insertEntries(
      client,
      drafts.map((draft) => prepareEntry(draft, this.envelope, new Date())),
    );
  }

  async #write(): Promise<void> {
    // Lets every record of this turn of the event loop into the first batch.
    await Promise.resolve();
    try {
      while (this.#queue.length > 0) await this.#writeBatch(this.#take());
    } finally {
      // In the same turn as the last look at the queue: a record that arrives after it starts anew,
      // where one that found the writer still there would wait for the next, perhaps for ever.
      this.#writing = undefined;
    }
  }

  async #writeBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      await insertEntries(
        this.#pool,
        batch.flatMap((waiting) => waiting.entries),
      );
      for (const waiting of batch) waiting.resolve();
    } catch (error) {
      await this.#writeEach(batch, error);
    }
    this.#queuedBytes -= batch.reduce((sum, waiting) => sum + waiting.bytes, 0);
  }

  /** One bad record must not take its neighbours with it; a lost database fails them all. */
  async #writeEach(batch: readonly Waiting[], error: unknown): Promise<void> {
    this.logger.error({ error: String(error), records: batch.length }, 'a group commit failed');
    for (const waiting of batch) {
      if (batch.length === 1) {
        waiting.reject(notRecorded(error));
        continue;
      }
      await insertEntries(this.#pool, waiting.entries).then(waiting.resolve, (cause: unknown) =>
        waiting.reject(notRecorded(cause)),
      );
    }
  }

  #take(): readonly Waiting[] {
    let entries = 0;
    let bytes = 0;
    let count = 0;
    for (const waiting of this.#queue) {
      if (
        count > 0 &&
        (entries + waiting.entries.length > MAX_BATCH_ENTRIES ||
          bytes + waiting.bytes > MAX_BATCH_BYTES)
      )
        break;
      entries += waiting.entries.length;
      bytes += waiting.bytes;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }
}

function sizeOf(entry: StoredEntry): number {
  return entry.frames.reduce((sum, frame) => sum + frame.bytes.length, entry.content.length);
}

function notRecorded(cause: unknown): GatewayError {
  return new GatewayError(
    'not_recorded',
    'The call could not be recorded, so it was not carried out. Try again; if it goes on, the gateway’s database needs attention.',
    { cause },
  );
}
