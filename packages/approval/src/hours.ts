import { localMs } from './zoned.ts';

/** As `Date#getUTCDay` counts them. */
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const DAY_MS = 86_400_000;

/** Hours of some days by the clocks of a zone. `from` after `to` runs over midnight; the day is that of `from`. */
export interface DayHours {
  readonly timeZone: string;
  readonly days: readonly (typeof DAYS)[number][];
  /** Such as `22:00`; the same as `to` is all day. */
  readonly from: string;
  readonly to: string;
}

/** Whether clocks of the zone show a time within the hours. */
export function isWithinHours({ timeZone, days, from, to }: DayHours, at: Date): boolean {
  const local = new Date(localMs(at, timeZone));
  const minute = local.getUTCHours() * 60 + local.getUTCMinutes();
  const [start, end] = [minutesOf(from), minutesOf(to)];
  const isDay = (date: Date) => days.includes(DAYS[date.getUTCDay()] ?? 'sun');
  const yesterday = new Date(local.getTime() - DAY_MS);
  return start < end
    ? isDay(local) && minute >= start && minute < end
    : // Over midnight, or all day where both are the same: the later part belongs to the day before.
      (isDay(local) && minute >= start) || (isDay(yesterday) && minute < end);
}

export function minutesOf(time: string): number {
  const [hours = '0', minutes = '0'] = time.split(':');
  return Number(hours) * 60 + Number(minutes);
}
