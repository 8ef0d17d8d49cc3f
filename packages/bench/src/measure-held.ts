import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { BenchError } from './bench.error.ts';
import { collectedSchema, monotonicMs } from './jobs.ts';
import { canReadMemory, memoryOf } from './process-memory.ts';
import type { Stage } from './stage.ts';
import { percentile, rounded } from './statistics.ts';

/** As many as one caller may have, unless an admin says otherwise. */
export const HELD_OF_ONE = 20;
const VERDICTS_PER_SECOND = 50;
/** What a process needs besides one socket a call: its database connections, its upstream's, files. */
const OTHER_FILES = 600;

export interface Held {
  readonly count: number;
  /** Largest resident set of the gateway from before the first call to after the last answer. */
  readonly rssBytes: number;
  readonly verdictToAnswerP50Ms: number;
  readonly verdictToAnswerP99Ms: number;
  readonly verdictsPerSecond: number;
  readonly rssBeforeBytes: number;
  /** How long it took until all of them were held. */
  readonly openedInSeconds: number;
}

/** Holds so many calls at once, then a reviewer approves one after the other at a steady pace. */
export async function measureHeld(
  stage: Stage,
  count: number,
  onStep: (text: string) => void,
): Promise<Held> {
  await assertFiles(count);
  const memory = memoryOf(stage.stack.started.pids.gateway);
  const rssBeforeBytes = canReadMemory ? await memory.now() : NaN;
  if (canReadMemory) await memory.resetPeak();
  const executedBefore = await stage.upstreamCalls();

  const targets = [...(await stage.openCallers())];
  const opening = performance.now();
  await stage.load({ kind: 'hold', targets, count }, z.object({ held: z.literal(count) }));
  const openedInSeconds = (performance.now() - opening) / 1000;
  onStep(`${count} calls are held (${openedInSeconds.toFixed(1)} s)`);
  await stage.settled();

  const ids = await stage.reviewer.waiting();
  if (ids.size !== count) {
    throw new BenchError('wrong_answer', `${ids.size} calls wait, not ${count}.`);
  }
  const answers = stage.load({ kind: 'collect' }, collectedSchema);
  // Heard below; where a verdict fails first, that is what has to be told.
  answers.catch(() => undefined);
  const started = monotonicMs();
  const due = await approveAll(stage, ids);
  const verdictsPerSecond = count / ((monotonicMs() - started) / 1000);
  const waits = (await answers).map(({ order, atMs }) => atMs - (due.get(order) ?? NaN));
  const executed = (await stage.upstreamCalls()) - executedBefore;
  if (executed !== count) {
    throw new BenchError('wrong_answer', `${count} calls were approved, ${executed} ran.`);
  }
  return {
    count,
    rssBytes: canReadMemory ? await memory.peak() : NaN,
    verdictToAnswerP50Ms: rounded(percentile(waits, 0.5), 1),
    verdictToAnswerP99Ms: rounded(percentile(waits, 0.99), 1),
    verdictsPerSecond: rounded(verdictsPerSecond, 1),
    rssBeforeBytes,
    openedInSeconds: rounded(openedInSeconds, 1),
  };
}

/** What so many verdicts under way show is that the pace is too much; more of them would show the same. */
const MOST_UNDER_WAY = 100;

/**
 * At a steady pace, whatever the last one took, while no more are under way than show anything.
 * A verdict counts from when it was due, so the wait includes its own way, and what kept it from leaving.
 */
async function approveAll(
  { reviewer }: Stage,
  ids: ReadonlyMap<number, string>,
): Promise<ReadonlyMap<number, number>> {
  const dueAt = new Map<number, number>();
  const underWay = new Set<Promise<void>>();
  const started = monotonicMs();
  for (const [order, id] of ids) {
    const due = started + (dueAt.size * 1000) / VERDICTS_PER_SECOND;
    const wait = due - monotonicMs();
    if (wait > 0) await sleep(wait);
    if (underWay.size >= MOST_UNDER_WAY) await Promise.race(underWay);
    dueAt.set(order, due);
    const verdict: Promise<void> = reviewer.approve(id).then(() => void underWay.delete(verdict));
    underWay.add(verdict);
  }
  await Promise.all(underWay);
  return dueAt;
}

/** Node lifts the soft limit to the hard one by itself, so the hard one decides. */
async function assertFiles(count: number): Promise<void> {
  if (!canReadMemory) return;
  const limits = await readFile('/proc/self/limits', 'utf8');
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1] ?? 'unlimited';
  const needed = count + OTHER_FILES;
  if (hard !== 'unlimited' && Number(hard) < needed) {
    throw new BenchError(
      'too_few_files',
      `${count} held calls need ${needed} open files, and a process may have ${hard}: raise the limit (ulimit -Hn), or hold fewer with --held.`,
    );
  }
}
