import { PolicyError } from '../policy-error.ts';
import { didYouMean } from '../suggest.ts';

/** A zone may come from an agent's arguments, so what is remembered must not pile up. */
const MAX_ZONES = 64;
const MAX_ZONE_LENGTH = 64;

interface Zone {
  readonly formatter: Intl.DateTimeFormat;
  /** The last answer: many rules of a decision ask for the same moment. */
  last: { readonly ms: number; readonly local: Date } | undefined;
}

const zones = new Map<string, Zone>();

/**
 * What clocks of a time zone show at a moment, as a date whose UTC fields are the local ones.
 *
 * @param name - such as `Europe/Berlin`
 * @throws PolicyError `invalid_time_zone`
 */
export function zonedTime(moment: Date, name: string): Date {
  const zone = zoneOf(name);
  const ms = moment.getTime();
  if (zone.last?.ms !== ms) zone.last = { ms, local: localTime(zone.formatter, moment) };
  return zone.last.local;
}

/** Why a time zone can't be used, or `undefined` where it can. */
export function zoneFault(name: string): string | undefined {
  try {
    zoneOf(name);
    return undefined;
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return `${error.message}${didYouMean(name, Intl.supportedValuesOf('timeZone'))}`;
  }
}

function zoneOf(name: string): Zone {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const zone: Zone = { formatter: formatterFor(name), last: undefined };
  if (zones.size >= MAX_ZONES) zones.clear();
  zones.set(name, zone);
  return zone;
}

function formatterFor(timeZone: string): Intl.DateTimeFormat {
  const shown = timeZone.slice(0, MAX_ZONE_LENGTH);
  try {
    if (shown !== timeZone) throw new RangeError('The name is too long.');
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (cause) {
    const message = `There is no time zone ${JSON.stringify(shown)}.`;
    throw new PolicyError('invalid_time_zone', message, { cause });
  }
}

function localTime(formatter: Intl.DateTimeFormat, moment: Date): Date {
  const parts = formatter.formatToParts(moment);
  const part = (type: Intl.DateTimeFormatPartTypes) =>
    Number(parts.find((one) => one.type === type)?.value);
  const local = new Date(0);
  // Not Date.UTC, which takes the year 50 for 1950.
  local.setUTCFullYear(part('year'), part('month') - 1, part('day'));
  local.setUTCHours(part('hour'), part('minute'), part('second'), moment.getUTCMilliseconds());
  return local;
}

/** CEL's accessors of a timestamp, of its UTC fields. */
export const ACCESSORS: ReadonlyMap<string, (local: Date) => bigint> = new Map([
  ['getFullYear', (local) => BigInt(local.getUTCFullYear())],
  ['getMonth', (local) => BigInt(local.getUTCMonth())],
  ['getDate', (local) => BigInt(local.getUTCDate())],
  ['getDayOfMonth', (local) => BigInt(local.getUTCDate() - 1)],
  ['getDayOfWeek', (local) => BigInt(local.getUTCDay())],
  ['getDayOfYear', (local) => BigInt(dayOfYear(local))],
  ['getHours', (local) => BigInt(local.getUTCHours())],
  ['getMinutes', (local) => BigInt(local.getUTCMinutes())],
  ['getSeconds', (local) => BigInt(local.getUTCSeconds())],
  ['getMilliseconds', (local) => BigInt(local.getUTCMilliseconds())],
]);

function dayOfYear(local: Date): number {
  const first = new Date(local);
  first.setUTCMonth(0, 1);
  return Math.round((local.getTime() - first.getTime()) / 86_400_000);
}
