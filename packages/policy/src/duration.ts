import { PolicyError } from './policy-error.ts';

const UNITS: ReadonlyMap<string, number> = new Map([
  ...(['d', 'day', 'days'] as const).map((unit) => [unit, 86_400_000] as const),
  ...(['h', 'hour', 'hours'] as const).map((unit) => [unit, 3_600_000] as const),
  ...(['m', 'min', 'minute', 'minutes'] as const).map((unit) => [unit, 60_000] as const),
  ...(['s', 'second', 'seconds'] as const).map((unit) => [unit, 1_000] as const),
]);
const PART = /^(\d{1,6}) ?([a-z]+)(?: ?(?:and )?|$)/;
const LONGEST_MS = 366 * 86_400_000;

/**
 * Reads `90s`, `30 minutes`, `2 hours`, `1 day` or a sum of them, largest first (`1h30m`,
 * `1 hour 30 minutes`), as milliseconds.
 *
 * @throws PolicyError `invalid_duration`; also for zero and for more than 366 days.
 */
export function parseDuration(text: string): number {
  let rest = text;
  let ms = 0;
  let smallest = Infinity;
  while (rest !== '') {
    const [part, number, unit = ''] = PART.exec(rest) ?? refuse(text);
    const unitMs = UNITS.get(unit) ?? refuse(text);
    if (unitMs >= smallest) refuse(text);
    smallest = unitMs;
    ms += Number(number) * unitMs;
    rest = rest.slice(part.length);
  }
  return ms > 0 && ms <= LONGEST_MS && !/\s$|and $/.test(text) ? ms : refuse(text);
}

function refuse(text: string): never {
  throw new PolicyError(
    'invalid_duration',
    `"${text.slice(0, 40)}" is not a duration such as 30 minutes, 2h or 1 day.`,
  );
}

/** How a duration is said: `30 minutes`, `1 hour 30 minutes`. */
export function durationInWords(ms: number): string {
  const parts: string[] = [];
  let rest = Math.round(ms / 1_000) * 1_000;
  for (const name of ['day', 'hour', 'minute', 'second']) {
    const unitMs = UNITS.get(name) ?? 1;
    const count = Math.floor(rest / unitMs);
    rest -= count * unitMs;
    if (count > 0) parts.push(`${count} ${name}${count === 1 ? '' : 's'}`);
  }
  return parts.length === 0 ? 'no time' : parts.join(' ');
}
