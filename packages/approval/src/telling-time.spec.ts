import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isQuiet, leavesTime, tellingTime, type TellingPreference } from './telling-time.ts';

const WEEK = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const NIGHTS = { days: WEEK, from: '22:00', to: '08:00' };
const berlin = (changes: Partial<TellingPreference> = {}): TellingPreference => ({
  ...{ timeZone: 'Europe/Berlin', quiet: null, digest: { kind: 'none' } },
  ...changes,
});
const WEEKEND = { days: ['sat', 'sun'] as const, from: '00:00', to: '00:00' };
const every = (minutes: number) => ({ kind: 'every', minutes }) as const;
const daily = (at: string) => ({ kind: 'daily', at }) as const;

describe('when something is told', () => {
  const cases = [
    { what: 'at once without wishes', of: {}, now: '2026-11-28T02:00:00Z', told: null },
    {
      what: 'when the night is over',
      ...{ of: { quiet: NIGHTS }, now: '2026-11-28T02:00:00Z', told: '2026-11-28T07:00:00Z' },
    },
    {
      what: 'the next morning, in the evening',
      ...{ of: { quiet: NIGHTS }, now: '2026-11-28T21:30:00Z', told: '2026-11-29T07:00:00Z' },
    },
    { what: 'at once by day', of: { quiet: NIGHTS }, now: '2026-11-28T07:00:00Z', told: null },
    {
      what: 'after a whole weekend',
      ...{ of: { quiet: WEEKEND }, now: '2026-11-28T12:00:00Z', told: '2026-11-29T23:00:00Z' },
    },
    {
      what: 'with the next quarter',
      ...{ of: { digest: every(15) }, now: '2026-11-28T12:14:59Z', told: '2026-11-28T12:15:00Z' },
    },
    {
      what: 'with the quarter after it, on the quarter',
      ...{ of: { digest: every(15) }, now: '2026-11-28T12:15:00Z', told: '2026-11-28T12:30:00Z' },
    },
    {
      what: 'every four hours by the clock',
      ...{ of: { digest: every(240) }, now: '2026-11-28T12:15:00Z', told: '2026-11-28T15:00:00Z' },
    },
    {
      what: 'once a day',
      ...{
        of: { digest: daily('09:00') },
        now: '2026-11-28T12:00:00Z',
        told: '2026-11-29T08:00:00Z',
      },
    },
    {
      what: 'when the night is over, where the digest falls into it',
      ...{ of: { quiet: NIGHTS, digest: daily('06:00') }, now: '2026-11-28T12:00:00Z' },
      told: '2026-11-29T07:00:00Z',
    },
    {
      what: 'at the hour that comes twice, though it was there before',
      ...{ of: { digest: every(60) }, now: '2026-10-25T01:30:00Z', told: '2026-10-25T02:00:00Z' },
    },
    {
      what: 'after the hour that clocks leave out',
      ...{
        of: { digest: daily('02:30') },
        now: '2026-03-29T00:30:00Z',
        told: '2026-03-29T01:00:00Z',
      },
    },
  ];
  it.each(cases)('$what', ({ of, now, told }) => {
    expect(tellingTime(berlin(of), new Date(now))?.toISOString() ?? null).toBe(
      told === null ? null : new Date(told).toISOString(),
    );
  });

  // Guarantee: whatever is wished, it is told within nine days, and never within quiet hours.
  it('is later than now, not in quiet hours, and not put off for ever', () => {
    const time = fc
      .integer({ min: 0, max: 1439 })
      .map((all) =>
        [Math.floor(all / 60), all % 60].map((n) => String(n).padStart(2, '0')).join(':'),
      );
    const quiet = fc
      .record({
        days: fc.uniqueArray(fc.constantFrom(...WEEK), { minLength: 1 }),
        from: time,
        to: time,
      })
      .filter(leavesTime);
    const digest = fc.oneof(
      fc.constant({ kind: 'none' } as const),
      fc.constantFrom(15, 60, 240).map(every),
      time.map(daily),
    );
    const preference = fc.record({
      timeZone: fc.constantFrom(
        'Europe/Berlin',
        'America/New_York',
        'Asia/Kolkata',
        'Pacific/Chatham',
      ),
      quiet: fc.option(quiet),
      digest,
    });
    const from = Date.parse('2026-01-01T00:00:00Z');
    fc.assert(
      fc.property(preference, fc.integer({ min: 0, max: 525_600 }), (wished, minute) => {
        const now = new Date(from + minute * 60_000);
        const told = tellingTime(wished, now);
        if (told === null) {
          expect(isQuiet(wished, now)).toBe(false);
          return;
        }
        expect(told.getTime()).toBeGreaterThan(now.getTime());
        expect(told.getTime() - now.getTime()).toBeLessThan(10 * 86_400_000);
        expect(isQuiet(wished, told)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});
