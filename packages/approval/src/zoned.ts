const MAX_ZONES = 64;
const formatters = new Map<string, Intl.DateTimeFormat>();

/** Whether clocks can be read in this time zone, such as `Europe/Berlin`. */
export function isTimeZone(name: string): boolean {
  try {
    formatterOf(name);
    return true;
  } catch {
    return false;
  }
}

/** What clocks of a zone show, as milliseconds of a date whose UTC fields are the local ones. */
export function localMs(instant: Date, zone: string): number {
  const parts = formatterOf(zone).formatToParts(instant);
  const part = (type: Intl.DateTimeFormatPartTypes) =>
    Number(parts.find((one) => one.type === type)?.value);
  const local = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
  );
  return local + part('second') * 1_000 + instant.getUTCMilliseconds();
}

/**
 * The first instant at which clocks of a zone show this local time or a later one: where it occurs
 * twice the first, where it is left out the moment at which clocks jump over it.
 */
export function instantOf(local: number, zone: string): Date {
  const offsetAt = (ms: number) => localMs(new Date(ms), zone) - ms;
  // No zone changes its clocks twice within two days, and no offset is larger than a day.
  const offsets = [offsetAt(local - DAY_MS), offsetAt(local + DAY_MS)];
  const candidates = offsets
    .map((offset) => local - offset)
    .filter((ms) => ms + offsetAt(ms) === local);
  if (candidates.length > 0) return new Date(Math.min(...candidates));
  // Left out: the two offsets meet where the clocks jump.
  let [before, after] = [local - DAY_MS, local + DAY_MS];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (middle + offsetAt(middle) < local) before = middle;
    else after = middle;
  }
  return new Date(after);
}

export const DAY_MS = 86_400_000;

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  const formatter = new Intl.DateTimeFormat('en-US', {
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
  if (formatters.size >= MAX_ZONES) formatters.clear();
  formatters.set(timeZone, formatter);
  return formatter;
}
