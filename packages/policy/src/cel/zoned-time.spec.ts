import { describe, expect, it } from '@jest/globals';
import { compileCondition } from './condition.ts';
import { zonedTime } from './zoned-time.ts';

function evaluated(source: string, now: string, args: object = {}): unknown {
  const result = compileCondition(`${source} >= 0 || true`);
  if (!result.ok) throw new Error(result.issue.message);
  const value = compileCondition(source.replace(/^(.*)$/, 'string($1) == args.expected'));
  if (!value.ok) throw new Error(value.issue.message);
  return value.condition.evaluate({
    now: new Date(now),
    args: new Map(Object.entries(args)),
  });
}

describe('accessors with a time zone', () => {
  // Guarantees that the zone of the process plays no part: none of these hours exists in all zones.
  it.each([
    ['now.getHours("UTC")', '2026-03-29T02:30:00Z', '2'],
    ['now.getHours("Europe/Berlin")', '2026-03-29T00:30:00Z', '1'],
    ['now.getHours("Europe/Berlin")', '2026-03-29T01:30:00Z', '3'],
    ['now.getHours("America/New_York")', '2026-03-08T07:30:00Z', '3'],
    ['now.getMinutes("Asia/Kolkata")', '2026-11-22T15:00:00Z', '30'],
    ['now.getDayOfWeek("Asia/Tokyo")', '2026-11-22T15:00:00Z', '1'],
    ['now.getDate("Asia/Tokyo")', '2026-11-30T15:00:00Z', '1'],
    ['now.getDayOfMonth("Asia/Tokyo")', '2026-11-30T15:00:00Z', '0'],
    ['now.getMonth("Asia/Tokyo")', '2026-11-30T15:00:00Z', '11'],
    ['now.getFullYear("Asia/Tokyo")', '2026-12-31T15:00:00Z', '2027'],
    ['now.getDayOfYear("Asia/Tokyo")', '2026-12-31T15:00:00Z', '0'],
    ['now.getDayOfYear()', '2026-07-01T00:30:00Z', '181'],
    ['now.getSeconds("UTC")', '2026-07-01T00:30:07.123Z', '7'],
    ['now.getMilliseconds("UTC")', '2026-07-01T00:30:07.123Z', '123'],
    ['now.getHours()', '2026-07-01T05:30:07Z', '5'],
  ])('%s at %s is %s', (source, now, expected) => {
    expect(evaluated(source, now, { expected })).toBe(true);
  });

  it('refuses a zone that an argument makes up', () => {
    expect(() =>
      evaluated('now.getHours(args.zone)', '2026-07-01T00:00:00Z', { zone: 'x' }),
    ).toThrow('There is no time zone "x".');
  });

  it.each(['UTC', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kathmandu'])(
    'agrees with an independent formatter in %s, every hour of a year',
    (timeZone) => {
      const independent = new Intl.DateTimeFormat('sv-SE', {
        timeZone,
        dateStyle: 'short',
        timeStyle: 'medium',
      });
      for (let ms = Date.UTC(2026, 0, 1); ms < Date.UTC(2027, 0, 1); ms += 3_600_000 * 1.25) {
        const moment = new Date(ms);
        const local = zonedTime(moment, timeZone).toISOString().slice(0, 19).replace('T', ' ');
        expect(local).toBe(independent.format(moment));
      }
    },
  );
});
