import { isQuiet, isTimeZone, leavesTime, tellingTime } from '@holdpoint/approval';
import type { NotificationPreference } from '@holdpoint/contracts';

const HOUR_MS = 3_600_000;
const WEEK_HOURS = 24 * 7;

/**
 * What will happen, in plain words and with real times; by the function that the gateway asks. Empty
 * where the form isn't whole.
 */
export function previewOf(preference: NotificationPreference, now: Date): readonly string[] {
  const { timeZone, quiet, escalations, deadlines } = preference;
  if (!isTimeZone(timeZone) || (quiet !== null && !isWhole(quiet))) return [];
  if (preference.digest.kind === 'daily' && !isTime(preference.digest.at)) return [];
  const examples = [now, ...quietExample(preference, now)];
  const lines = examples.map((at, index) => sentenceOf(preference, at, index === 0));
  if (lines.length === 1 && tellingTime(preference, now) === null) return lines;
  const through = [
    ...(escalations ? ['escalations to you'] : []),
    ...(deadlines ? ['what nobody could decide any more by then'] : []),
    ...(preference.least === 'low' || preference.least === 'normal'
      ? ['everything that asks']
      : []),
    ...(preference.least === 'high' ? ['steps that need a passkey'] : []),
  ];
  const [last, ...others] = through.toReversed();
  if (last === undefined) return [...lines, 'Nothing comes through before its time.'];
  const all = others.length === 0 ? last : `${others.toReversed().join(', ')} and ${last}`;
  return [...lines, `At once, whatever the hour: ${all}.`];
}

function sentenceOf(preference: NotificationPreference, at: Date, isNow: boolean): string {
  const { timeZone } = preference;
  const held = isNow ? 'A call that is held now' : `One that is held on ${clock(at, timeZone)}`;
  const told = tellingTime(preference, at);
  return told === null
    ? `${held} would be told at once.`
    : `${held} would be told on ${clock(told, timeZone)}, in one message with what else waits by then.`;
}

/** A time within the next quiet hours, where now isn't one. */
function quietExample(preference: NotificationPreference, now: Date): readonly Date[] {
  if (preference.quiet === null || isQuiet(preference, now)) return [];
  const hour = Math.ceil(now.getTime() / HOUR_MS) * HOUR_MS;
  for (let n = 0; n < WEEK_HOURS; n += 1) {
    const at = new Date(hour + n * HOUR_MS);
    if (isQuiet(preference, at)) return [at];
  }
  return [];
}

function clock(at: Date, timeZone: string): string {
  const day = new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'long' }).format(at);
  const time = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  }).format(at);
  return `${day} at ${time}`;
}

const isTime = (text: string) => /^\d\d:\d\d$/.test(text);

function isWhole(quiet: NonNullable<NotificationPreference['quiet']>): boolean {
  return quiet.days.length > 0 && isTime(quiet.from) && isTime(quiet.to) && leavesTime(quiet);
}
