import { describe, expect, it } from '@jest/globals';
import { instantOfLocal, localOf, readLocal } from './zoned-input.ts';

describe('a local time of a form', () => {
  it.each([
    ['2026-11-28T03:00', 'Europe/Berlin', '2026-11-28T02:00:00.000Z'],
    ['2026-07-01T03:00', 'Europe/Berlin', '2026-07-01T01:00:00.000Z'],
    ['2026-03-29T03:30', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
    ['2026-11-28T03:00', 'UTC', '2026-11-28T03:00:00.000Z'],
    ['2026-11-28T03:00', 'America/New_York', '2026-11-28T08:00:00.000Z'],
  ])('%s in %s', (local, zone, instant) => {
    expect(instantOfLocal(local, zone)?.toISOString()).toBe(instant);
    expect(localOf(new Date(instant), zone)).toBe(local);
  });

  it.each([
    ['', 'UTC'],
    ['2026-11-28', 'UTC'],
    ['2026-11-28T03:00', 'Berlin'],
  ])('that can’t be read: %s in %s', (local, zone) => {
    expect(instantOfLocal(local, zone)).toBeUndefined();
  });
});

describe('an instant as it is read', () => {
  it.each([
    ['2026-11-28T02:00:00.000Z', 'Sat 28 Nov, 03:00'],
    // Of a chain with a deadline of seconds, else several events would seem to be at once.
    ['2026-11-28T02:00:20.000Z', 'Sat 28 Nov, 03:00:20'],
  ])('%s', (instant, text) => {
    expect(readLocal(new Date(instant), 'Europe/Berlin')).toBe(text);
  });
});
