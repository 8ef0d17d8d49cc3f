import { parseDuration } from '../duration.ts';
import { PolicyError } from '../policy-error.ts';

/** Longest window that calls are counted over: each decision pays for reading it. */
const MAX_WINDOW_MS = 24 * 60 * 60 * 1000;

/** Numbers of earlier calls by window, as the window is written in the policy. */
export type Counts = Readonly<Record<string, number>>;

let known: Counts = {};

/**
 * Sets the counts of one decision. A decision is made synchronously and to its end, so one place
 * is enough, as with the budget.
 */
export function startCounts(counts: Counts): void {
  known = counts;
}

/**
 * What `count(window)` is.
 *
 * @throws PolicyError `count_unknown` where nobody has counted: the rule errs, which is careful.
 */
export function countOf(window: string): bigint {
  const count = Object.hasOwn(known, window) ? known[window] : undefined;
  if (count === undefined || !Number.isSafeInteger(count) || count < 0) {
    throw new PolicyError('count_unknown', 'The number of earlier calls is not known.');
  }
  return BigInt(count);
}

/** Why a window can't be used, or `undefined` where it can. */
export function windowFault(window: string): string | undefined {
  try {
    if (parseDuration(window) <= MAX_WINDOW_MS) return undefined;
    return 'A window may have at most a day.';
  } catch {
    return 'Write a window such as 90s, 10m or 1h.';
  }
}
