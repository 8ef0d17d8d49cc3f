import { DAY_MS, instantOf, localMs } from './zoned.ts';

/** Somebody takes over for a while, whoever's turn it is. */
export interface RotaOverride {
  /** Person key, `issuer|subject`. */
  readonly person: string;
  readonly from: Date;
  /** Not included. */
  readonly to: Date;
}

/** People who take turns in being on call. */
export interface Rota {
  readonly timeZone: string;
  /** Person keys in the order of their turns; whoever is first takes the shift of `startsOn`. */
  readonly people: readonly string[];
  readonly shift: 'daily' | 'weekly';
  /** On which day the first shift begins; weekly ones change on its day of the week: `2026-11-30`. */
  readonly startsOn: string;
  /** When clocks of the zone show this, shifts change: `09:00`. */
  readonly handOver: string;
  /** Where two overlap, the one that began later counts. */
  readonly overrides: readonly RotaOverride[];
}

/** Whose turn it is, and until when. */
export interface OnCallShift {
  readonly person: string;
  readonly from: Date;
  readonly to: Date;
  readonly override: boolean;
}

/**
 * Who is on call at an instant; `undefined` where a rota has nobody.
 *
 * Shifts change at a local time, so that one is an hour longer or shorter when clocks are changed.
 */
export function onCallAt(rota: Rota, instant: Date): string | undefined {
  return shiftAt(rota, instant)?.person;
}

/** {@link onCallAt} with the time at which it changes next. */
export function shiftAt(rota: Rota, instant: Date): OnCallShift | undefined {
  const regular = regularShift(rota, instant);
  const override = rota.overrides
    .filter(({ from, to }) => from <= instant && instant < to)
    .toSorted((a, b) => b.from.getTime() - a.from.getTime())[0];
  if (override === undefined)
    return regular && { ...regular, to: earliest(regular.to, rota, instant) };
  const { person, from, to } = override;
  return { person, from, to: earliest(to, rota, instant), override: true };
}

/** The end of a shift, or the beginning of an override before it. */
function earliest(end: Date, { overrides }: Rota, after: Date): Date {
  const begins = overrides.map(({ from }) => from.getTime()).filter((ms) => ms > after.getTime());
  return new Date(Math.min(end.getTime(), ...begins));
}

function regularShift(rota: Rota, instant: Date): OnCallShift | undefined {
  const { people, timeZone } = rota;
  if (people.length === 0) return undefined;
  const length = rota.shift === 'daily' ? 1 : 7;
  const first = Date.parse(`${rota.startsOn}T00:00:00Z`) / DAY_MS;
  const beginOf = (shift: number) =>
    instantOf((first + shift * length) * DAY_MS + timeOfDay(rota.handOver), timeZone);
  const today = Math.floor(localMs(instant, timeZone) / DAY_MS);
  let shift = Math.floor((today - first) / length);
  // On the day of the change the local time alone doesn't tell: it may be shown twice.
  if (instant < beginOf(shift)) shift -= 1;
  const person = people[((shift % people.length) + people.length) % people.length];
  if (person === undefined) return undefined;
  return { person, from: beginOf(shift), to: beginOf(shift + 1), override: false };
}

function timeOfDay(text: string): number {
  const [hours, minutes] = text.split(':').map(Number);
  return ((hours ?? 0) * 60 + (minutes ?? 0)) * 60_000;
}
