import { formatDuration } from '../../lib/format.ts';

/** A measured time; short ones matter here, so they aren't rounded to nothing. */
export function durationText(ms: number | null): string {
  if (ms === null) return '–';
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : formatDuration(ms);
}
