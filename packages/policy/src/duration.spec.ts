import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { durationInWords, parseDuration } from './duration.ts';

describe('parseDuration', () => {
  it.each([
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['1h30m', 5_400_000],
    ['30 minutes', 1_800_000],
    ['30 min', 1_800_000],
    ['1 minute', 60_000],
    ['2 hours', 7_200_000],
    ['1 hour 30 minutes', 5_400_000],
    ['1 hour and 30 minutes', 5_400_000],
    ['1 day 12h', 129_600_000],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    '',
    '30',
    'm',
    '0m',
    '-1h',
    '1.5h',
    '30m1h',
    '1h 1h',
    '2w',
    '999d',
    '30  minutes',
    '30 minutes ',
    '1h and ',
    'and 1h',
    '1h, 2m',
    '30 Minutes',
  ])('refuses "%s"', (text) => {
    expect(() => parseDuration(text)).toThrow(
      expect.objectContaining({ code: 'invalid_duration' }),
    );
  });

  it('reads what it says', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 366 * 86_400 }), (seconds) => {
        expect(parseDuration(durationInWords(seconds * 1_000))).toBe(seconds * 1_000);
      }),
    );
    expect(durationInWords(5_400_000)).toBe('1 hour 30 minutes');
  });
});
