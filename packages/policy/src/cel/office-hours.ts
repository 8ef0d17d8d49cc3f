import { PolicyError } from '../policy-error.ts';
import { zonedTime } from './zoned-time.ts';

/** A run of time that begins on some days of the week. Minutes count from midnight. */
interface Span {
  /** By day of the week, Sunday first. */
  readonly days: readonly boolean[];
  readonly from: number;
  /** Beyond a day's minutes where the span goes on after midnight. */
  readonly to: number;
}

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const DAY_MINUTES = 24 * 60;
const MAX_LENGTH = 500;
const MAX_REMEMBERED = 1_000;

/** Filled when policies compile: hours are literals of policies, never input of an agent. */
const compiled = new Map<string, readonly Span[]>();

/**
 * Whether clocks of a time zone show one of the hours: `mon-fri 08:00-18:00`, several separated by
 * commas, over midnight where the end isn't after the beginning, whole days without a time, every
 * day without days. A beginning is included, an end isn't.
 *
 * What counts is the clock on the wall: where clocks are put back, the repeated hour is within
 * both times; where they are put forward, the hour that is left out is missing from the span.
 *
 * @throws PolicyError `invalid_hours`, `invalid_time_zone`
 */
export function isWithin(moment: Date, hours: string, zone: string): boolean {
  const local = zonedTime(moment, zone);
  const day = local.getUTCDay();
  const minute = local.getUTCHours() * 60 + local.getUTCMinutes();
  return compileHours(hours).some(
    ({ days, from, to }) =>
      (days[day] === true && minute >= from && minute < to) ||
      (days[(day + 6) % 7] === true && minute + DAY_MINUTES < to),
  );
}

/** Why hours can't be used, or `undefined` where they can. */
export function hoursFault(hours: string): string | undefined {
  try {
    compileHours(hours);
    return undefined;
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return error.message;
  }
}

function compileHours(hours: string): readonly Span[] {
  const known = compiled.get(hours);
  if (known !== undefined) return known;
  if (hours.length > MAX_LENGTH) throw invalid('Hours may have at most 500 characters.');
  const spans = hours.split(',').map((part) => parseSpan(part.trim()));
  if (compiled.size >= MAX_REMEMBERED) compiled.clear();
  compiled.set(hours, spans);
  return spans;
}

function parseSpan(text: string): Span {
  const match =
    /^(?:(?<first>[a-z]{3})(?:-(?<last>[a-z]{3}))?)?(?<gap>\s*)(?:(?<from>\d\d:\d\d)-(?<to>\d\d:\d\d))?$/i.exec(
      text,
    );
  const { first, last, gap, from, to } = match?.groups ?? {};
  const isWhole = from === undefined || to === undefined;
  if (match === null || (first === undefined && isWhole) || (first && !isWhole && gap === '')) {
    throw invalid(`${JSON.stringify(text)} is not a span such as mon-fri 08:00-18:00.`);
  }
  return { days: daysOf(first, last), ...(isWhole ? WHOLE_DAY : minutesOf(from, to)) };
}

const WHOLE_DAY = { from: 0, to: DAY_MINUTES };

/** `fri-mon` goes around the end of the week. */
function daysOf(first: string | undefined, last: string | undefined): readonly boolean[] {
  if (first === undefined) return DAYS.map(() => true);
  const begin = dayOf(first);
  const length = ((dayOf(last ?? first) - begin + 7) % 7) + 1;
  return DAYS.map((_, day) => (day - begin + 7) % 7 < length);
}

function dayOf(name: string): number {
  const day = DAYS.indexOf(name.toLowerCase());
  if (day < 0) throw invalid(`${JSON.stringify(name)} is not a day: use ${DAYS.join(', ')}.`);
  return day;
}

function minutesOf(from: string, to: string): Pick<Span, 'from' | 'to'> {
  const begin = minuteOf(from);
  const end = minuteOf(to);
  if (begin === DAY_MINUTES) throw invalid('A span begins at 23:59 at the latest.');
  if (begin === end) throw invalid(`${from}-${to} is no time at all; a whole day is 00:00-24:00.`);
  return { from: begin, to: end > begin ? end : end + DAY_MINUTES };
}

function minuteOf(clock: string): number {
  const [hours = NaN, minutes = NaN] = clock.split(':').map(Number);
  const minute = hours * 60 + minutes;
  if (minutes > 59 || minute > DAY_MINUTES) throw invalid(`${clock} is not a time of day.`);
  return minute;
}

function invalid(message: string): PolicyError {
  return new PolicyError('invalid_hours', message);
}
