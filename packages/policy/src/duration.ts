import { PolicyError } from './policy-error.ts';

/**
 * Reads `90s`, `30m`, `2h`, `1d` or a sum of them, largest first (`1h30m`), as milliseconds.
 *
 * @throws PolicyError `invalid_duration`; also for zero and for more than 366 days.
 */
export function parseDuration(text: string): number {
  const match = /^(?:(\d{1,3})d)?(?:(\d{1,4})h)?(?:(\d{1,5})m)?(?:(\d{1,6})s)?$/.exec(text);
  const [, days, hours, minutes, seconds] = match ?? [];
  const ms =
    Number(days ?? 0) * 86_400_000 +
    Number(hours ?? 0) * 3_600_000 +
    Number(minutes ?? 0) * 60_000 +
    Number(seconds ?? 0) * 1_000;
  if (ms <= 0 || ms > 366 * 86_400_000) {
    throw new PolicyError(
      'invalid_duration',
      `"${text.slice(0, 40)}" is not a duration such as 30m, 2h or 1d.`,
    );
  }
  return ms;
}
