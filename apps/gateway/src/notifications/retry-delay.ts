const FIRST_MS = 15_000;
const LONGEST_MS = 1_800_000;

/**
 * How long to wait after an attempt that failed: 15 s doubling, at most half an hour, and between half
 * and all of that by chance, so that what failed together does not come back together.
 *
 * @param attempt counts from 1
 * @param chance from 0 to 1
 */
export function retryDelayMs(attempt: number, chance: number): number {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
  return Math.round(whole / 2 + (whole / 2) * chance);
}
