/**
 * The value below which a share of all values lies, by the nearest-rank method: always one that was
 * measured, never one in between.
 *
 * @param share 0.5 for the median, 0.99 for p99.
 * @throws RangeError without values, where no answer would be honest.
 */
export function percentile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  const rank = Math.min(Math.max(Math.ceil(share * sorted.length), 1), sorted.length);
  const value = sorted[rank - 1];
  if (value === undefined) throw new RangeError('There is no percentile of nothing.');
  return value;
}

/** The middle value; between two middle ones their mean. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  if (upper === undefined || lower === undefined)
    throw new RangeError('There is no median of nothing.');
  return (lower + upper) / 2;
}

/**
 * Median of the ratios of what was measured side by side. A machine that slows down for a while slows
 * both sides of one round, so a ratio of medians would say more about the machine than this does.
 */
export function medianRatio(
  rounds: readonly { readonly of: number; readonly to: number }[],
): number {
  return median(rounds.map(({ of, to }) => of / to));
}

/** The list turned by so many places, so that in every round another one goes first. */
export function rotated<T>(items: readonly T[], by: number): readonly T[] {
  const at = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}

/** Rounded to so many digits after the point: more would claim a precision that no run has. */
export function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
