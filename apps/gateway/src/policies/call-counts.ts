import { createHash } from 'node:crypto';
import { parseDuration, type DecisionFacts } from '@holdpoint/policy';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Database, type Queryable } from '../platform/database.ts';
import type { Logger } from '../platform/logger.ts';
import { newId } from '../platform/new-id.ts';
import { LOGGER } from '../platform/tokens.ts';
import {
  completeTally,
  countBefore,
  insertArrivals,
  lockTallies,
  noteContinued,
  MAX_COUNT,
  purgeArrivals,
  type CountedCalls,
} from './call-counts.sql.ts';

const MAX_BATCH = 100;
/** A replica that died with a lock is noticed later than a call can wait. */
const LOCK_TIMEOUT_MS = 3000;
const PURGE_MS = 60_000;
const PURGE_BATCH = 20_000;

/** What is asked about one call. */
export interface CountQuestion extends CountedCalls {
  readonly callId: string;
  /** As rules write them; may be none, where only later calls are counted by it. */
  readonly windows: readonly string[];
  readonly policyVersion: number;
  /** It comes now, and later ones count it; else it came before, and keeps its place. */
  readonly arrives: boolean;
  /** The recorded answer that it goes on with, where nothing else bounds how often that is done. */
  readonly continues?: string | undefined;
}

interface Waiting {
  readonly question: CountQuestion;
  readonly key: string;
  readonly answer: (facts: DecisionFacts) => void;
}

const UNKNOWN: DecisionFacts = { counts: {} };

/**
 * How many calls came before one, on every replica together. A call takes its place among those of its
 * key under a lock that holds until that is committed: of two that race, one sees the other. One
 * transaction at a time in each process, for all that wait: a flood takes no more than one connection,
 * and costs a share of a commit.
 *
 * INVARIANT: what can't be counted has no count, and a rule that asks for it errs, which is careful.
 */
@Injectable()
export class CallCounts implements OnModuleInit, OnModuleDestroy {
  readonly #queue: Waiting[] = [];
  #counting: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.#timer = setInterval(() => void this.purge(), PURGE_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.#timer);
    await this.#counting;
  }

  /** Never rejects. */
  ask(question: CountQuestion): Promise<DecisionFacts> {
    return new Promise((answer) => {
      this.#queue.push({ question, key: keyOf(question), answer });
      this.#counting ??= this.#count();
    });
  }

  /** Drops what no window reaches any more. */
  async purge(): Promise<void> {
    try {
      while ((await purgeArrivals(this.database.pool, PURGE_BATCH)) === PURGE_BATCH);
    } catch (error) {
      this.logger.warn({ error: String(error) }, 'counted calls could not be purged');
    }
  }

  async #count(): Promise<void> {
    // Lets every call of this turn of the event loop into the first batch.
    await Promise.resolve();
    try {
      while (this.#queue.length > 0) await this.#countBatch(this.#queue.splice(0, MAX_BATCH));
    } finally {
      // In the same turn as the last look at the queue, as in the ledger.
      this.#counting = undefined;
    }
  }

  async #countBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      const counts = await this.database.transaction((client) => countIn(client, batch));
      for (const [index, { answer }] of batch.entries()) answer(counts[index] ?? UNKNOWN);
    } catch (error) {
      this.logger.warn({ error: String(error), calls: batch.length }, 'calls could not be counted');
      for (const { answer } of batch) answer(UNKNOWN);
    }
  }
}

async function countIn(
  client: Queryable,
  batch: readonly Waiting[],
): Promise<readonly DecisionFacts[]> {
  await client.query(`select set_config('lock_timeout', $1, true)`, [String(LOCK_TIMEOUT_MS)]);
  const calls = new Map(batch.map(({ key, question }) => [key, question]));
  const newest = Math.max(...batch.map(({ question }) => question.policyVersion));
  for (const key of await lockTallies(client, [...calls.keys()], newest)) {
    const counted = calls.get(key);
    if (counted) await completeTally(client, key, counted);
  }
  const named = await nameIn(client, batch);
  const arriving = named.filter(({ question }) => question.arrives);
  if (arriving.length > 0) await insertArrivals(client, arriving);
  const asked = named.flatMap(({ callId, question: { windows } }, index) =>
    windows.map((window) => ({ index, callId, window, windowMs: parseDuration(window) })),
  );
  const numbers = asked.length === 0 ? [] : await countBefore(client, asked);
  const answers = batch.map((): Record<string, number> => ({}));
  for (const [place, { index, window }] of asked.entries()) {
    const [answer, number] = [answers[index], numbers[place]];
    if (answer && number != null && number <= MAX_COUNT) answer[window] = number;
  }
  return answers.map((counts) => ({ counts }));
}

/**
 * Under which name each is counted. A round belongs to its call, and has its place; an answer that is
 * gone on with once more runs something once more, so that counts as a call of its own.
 */
async function nameIn(client: Queryable, batch: readonly Waiting[]) {
  const continued = batch.flatMap(({ question }) => question.continues ?? []);
  const first = new Set(continued.length === 0 ? [] : await noteContinued(client, continued));
  return batch.map(({ key, question }) => {
    const isOwnRound = question.continues === undefined || first.delete(question.continues);
    return { key, question, callId: isOwnRound ? question.callId : newId() };
  });
}

/** Names and addresses may be long, and are nobody's business here. */
function keyOf({ callerKey, connectionId, method, target }: CountedCalls): string {
  const text = JSON.stringify([callerKey, connectionId, method, target]);
  return createHash('sha256').update(text).digest('base64url');
}
