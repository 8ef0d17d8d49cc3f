import { isWithinHours, minutesOf, type DayHours } from './hours.ts';
import { DAY_MS, instantOf, localMs } from './zoned.ts';

const MINUTE_MS = 60_000;
/** Quiet hours that leave any time at all are over within a week and a day. */
const DAYS_AHEAD = 9;

/** When one person wants to be told. */
export interface TellingPreference {
  readonly timeZone: string;
  /** Nothing is told within them. */
  readonly quiet: Omit<DayHours, 'timeZone'> | null;
  /** What comes in between is told together. */
  readonly digest:
    | { readonly kind: 'none' }
    | { readonly kind: 'every'; readonly minutes: number }
    | { readonly kind: 'daily'; readonly at: string };
}

/**
 * When something that happens now is told: `null` for at once. A digest comes at its time, by the clocks
 * of the zone, and what falls within quiet hours when they end.
 */
export function tellingTime(preference: TellingPreference, now: Date): Date | null {
  const due = nextDigest(preference, now) ?? now;
  const told = isQuiet(preference, due) ? endOfQuiet(preference, due) : due;
  return told > now ? told : null;
}

/** Whether a person would have something before them that sounds now. */
export function isQuiet({ quiet, timeZone }: TellingPreference, at: Date): boolean {
  return quiet !== null && isWithinHours({ ...quiet, timeZone }, at);
}

/** Whether quiet hours leave any time to tell anything. */
export function leavesTime({ days, from, to }: Omit<DayHours, 'timeZone'>): boolean {
  return from !== to || new Set(days).size < 7;
}

function nextDigest({ digest, timeZone }: TellingPreference, now: Date): Date | null {
  const local = localMs(now, timeZone);
  const midnight = Math.floor(local / DAY_MS) * DAY_MS;
  switch (digest.kind) {
    case 'none':
      return null;
    case 'every': {
      const step = digest.minutes * MINUTE_MS;
      const first = midnight + (Math.floor((local - midnight) / step) + 1) * step;
      return firstAfter(now, timeZone, first, step);
    }
    case 'daily':
      return firstAfter(now, timeZone, midnight + minutesOf(digest.at) * MINUTE_MS, DAY_MS);
    default:
      return digest satisfies never;
  }
}

function endOfQuiet(preference: TellingPreference, from: Date): Date {
  const { quiet, timeZone } = preference;
  const midnight = Math.floor(localMs(from, timeZone) / DAY_MS) * DAY_MS;
  const end = minutesOf(quiet?.to ?? '00:00') * MINUTE_MS;
  for (let day = 0; day < DAYS_AHEAD; day += 1) {
    const at = instantOf(midnight + day * DAY_MS + end, timeZone);
    if (at > from && !isQuiet(preference, at)) return at;
  }
  // Hours that leave no time are refused when they are saved. Silence for ever would be worse than a sound.
  return from;
}

/** Clocks that are set back show a time twice: what is past doesn't count. */
function firstAfter(now: Date, timeZone: string, local: number, step: number): Date {
  let at = instantOf(local, timeZone);
  for (let next = local + step; at <= now; next += step) at = instantOf(next, timeZone);
  return at;
}
