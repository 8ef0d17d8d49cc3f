import { describe, expect, it } from '@jest/globals';
import { compileCondition } from './condition.ts';
import { hoursFault, isWithin } from './office-hours.ts';

const BERLIN = 'Europe/Berlin';
const OFFICE = 'mon-fri 08:00-18:00';

describe('within(moment, hours, zone)', () => {
  // 2026-11-23 is a Monday. Berlin is UTC+1 in winter and UTC+2 in summer.
  it.each([
    ['a Monday at noon', '2026-11-23T11:00Z', OFFICE, BERLIN, true],
    ['its beginning', '2026-11-23T07:00Z', OFFICE, BERLIN, true],
    ['just before it', '2026-11-23T06:59:59.999Z', OFFICE, BERLIN, false],
    ['just before its end', '2026-11-23T16:59:59.999Z', OFFICE, BERLIN, true],
    ['its end', '2026-11-23T17:00Z', OFFICE, BERLIN, false],
    ['a Saturday', '2026-11-28T11:00Z', OFFICE, BERLIN, false],
    ['a Sunday', '2026-11-29T11:00Z', OFFICE, BERLIN, false],
    ['summer time', '2026-07-06T06:00Z', OFFICE, BERLIN, true],
    ['summer time, in the evening', '2026-07-06T16:00Z', OFFICE, BERLIN, false],
    ['another zone', '2026-11-23T11:00Z', OFFICE, 'America/New_York', false],
    ['a zone of half hours', '2026-11-23T02:30Z', OFFICE, 'Asia/Kolkata', true],
    ['a zone where it is tomorrow', '2026-11-22T23:30Z', OFFICE, 'Asia/Tokyo', true],
    ['a zone where it is still Sunday', '2026-11-23T02:00Z', 'sun', 'America/Los_Angeles', true],
    [
      'the first of several',
      '2026-11-23T16:30Z',
      'mon-thu 08:00-18:00, fri 08:00-16:00',
      BERLIN,
      true,
    ],
    [
      'the second of several',
      '2026-11-27T14:30Z',
      'mon-thu 08:00-18:00, fri 08:00-16:00',
      BERLIN,
      true,
    ],
    ['none of several', '2026-11-27T15:30Z', 'mon-thu 08:00-18:00, fri 08:00-16:00', BERLIN, false],
    ['before midnight', '2026-11-23T22:30Z', '22:00-06:00', BERLIN, true],
    ['after midnight', '2026-11-23T23:30Z', '22:00-06:00', BERLIN, true],
    ['the end after midnight', '2026-11-24T05:00Z', '22:00-06:00', BERLIN, false],
    ['a night that began on Friday', '2026-11-28T04:00Z', 'fri 22:00-06:00', BERLIN, true],
    ['the night before Friday', '2026-11-27T04:00Z', 'fri 22:00-06:00', BERLIN, false],
    ['a night from Saturday to Sunday', '2026-11-29T04:00Z', 'sat 22:00-06:00', BERLIN, true],
    ['up to midnight', '2026-11-23T22:59Z', 'mon 22:00-24:00', BERLIN, true],
    ['not beyond midnight', '2026-11-23T23:00Z', 'mon 22:00-24:00', BERLIN, false],
    ['up to 00:00', '2026-11-23T22:59Z', 'mon 22:00-00:00', BERLIN, true],
    ['whole days', '2026-11-28T22:59Z', 'sat-sun', BERLIN, true],
    ['days around the weekend', '2026-11-29T11:00Z', 'fri-mon 08:00-18:00', BERLIN, true],
    ['a day between', '2026-11-25T11:00Z', 'fri-mon 08:00-18:00', BERLIN, false],
    ['capital letters', '2026-11-23T11:00Z', 'Mon-Fri 08:00-18:00', BERLIN, true],
    ['every day', '2026-11-29T11:00Z', '00:00-24:00', BERLIN, true],
  ])('%s', (_, moment, hours, zone, expected) => {
    expect(isWithin(new Date(moment), hours, zone)).toBe(expected);
  });

  // On 2026-10-25 clocks in Berlin go from 03:00 back to 02:00, on 2026-03-29 from 02:00 to 03:00.
  it.each([
    ['02:30 the first time', '2026-10-25T00:30Z', '02:00-03:00', true],
    ['02:30 the second time', '2026-10-25T01:30Z', '02:00-03:00', true],
    ['03:00 after that', '2026-10-25T02:00Z', '02:00-03:00', false],
    ['08:00 on that day', '2026-10-25T07:00Z', 'sun 08:00-18:00', true],
    ['07:59 on that day', '2026-10-25T06:59Z', 'sun 08:00-18:00', false],
    ['01:59 before the hour that is left out', '2026-03-29T00:59Z', '02:00-03:00', false],
    ['03:00 after it', '2026-03-29T01:00Z', '02:00-03:00', false],
    ['03:00 of a span around it', '2026-03-29T01:00Z', '22:00-06:00', true],
  ])(
    'goes by the clock on the wall where it is put back or forward: %s',
    (_, at, hours, expected) => {
      expect(isWithin(new Date(at), hours, BERLIN)).toBe(expected);
    },
  );
});

describe('hours that can’t be read', () => {
  it.each([
    ['', '"" is not a span such as mon-fri 08:00-18:00.'],
    ['mon-fri 8-18', '"mon-fri 8-18" is not a span such as mon-fri 08:00-18:00.'],
    ['mon-fri08:00-18:00', '"mon-fri08:00-18:00" is not a span such as mon-fri 08:00-18:00.'],
    ['mon-fri 08:00-18:00,', '"" is not a span such as mon-fri 08:00-18:00.'],
    ['mon-fri 08:00', '"mon-fri 08:00" is not a span such as mon-fri 08:00-18:00.'],
    ['day 08:00-18:00', '"day" is not a day: use sun, mon, tue, wed, thu, fri, sat.'],
    ['mon 08:60-18:00', '08:60 is not a time of day.'],
    ['mon 08:00-24:01', '24:01 is not a time of day.'],
    ['mon 08:00-08:00', '08:00-08:00 is no time at all; a whole day is 00:00-24:00.'],
    ['mon 24:00-08:00', 'A span begins at 23:59 at the latest.'],
    [`${'mon,'.repeat(200)}mon`, 'Hours may have at most 500 characters.'],
  ])('%s', (hours, fault) => {
    expect(hoursFault(hours)).toBe(fault);
  });

  it.each([
    ['within(now, "mon 8-18", "UTC")', '"mon 8-18"', '"mon 8-18" is not a span such as'],
    [
      'within(now, args.hours, "UTC")',
      'within(now',
      'The hours of within() must be a literal text.',
    ],
    ['within(now, "mon", args.zone)', 'within(now', 'The time zone of within() must be a literal'],
    [
      'within(now, "mon", "Europe/Berln")',
      '"Europe/Berln"',
      'There is no time zone "Europe/Berln". Did you mean "Europe/Berlin"?',
    ],
    ['within(now, "mon", "")', '""', 'There is no time zone "".'],
    ['within(now, "mon")', 'within(now', 'The time zone of within() must be a literal text.'],
    ['within(args.x > 1, "mon", "UTC")', 'within(args', 'no matching overload'],
    ['now.getHours("Europe/Berln") > 1', '"Europe/Berln"', 'There is no time zone "Europe/Berln".'],
    ['now.inZone_getHours("UTC") > 1', 'now.inZone', 'Unknown function.'],
  ])('are refused in place: %s', (source, marked, message) => {
    const result = compileCondition(source);
    if (result.ok) throw new Error('The condition compiled.');
    expect(result.issue.message).toContain(message);
    expect(source.slice(result.issue.start, result.issue.end)).toContain(marked);
  });
});
