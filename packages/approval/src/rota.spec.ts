import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Rota, onCallAt, shiftAt } from './index.ts';

const rota = (over: Partial<Rota> = {}): Rota => ({
  timeZone: 'Europe/Berlin',
  people: ['i|ann', 'i|ben', 'i|cem'],
  shift: 'daily',
  startsOn: '2026-11-23',
  handOver: '09:00',
  overrides: [],
  ...over,
});
const from = (instant: string) => new Date(instant);

describe('onCallAt', () => {
  const cases: readonly { what: string; rota: Rota; at: string; who: string | undefined }[] = [
    { what: 'at the first hand-over', rota: rota(), at: '2026-11-23T08:00:00Z', who: 'i|ann' },
    { what: 'just before it', rota: rota(), at: '2026-11-23T07:59:59.999Z', who: 'i|cem' },
    { what: 'a day later', rota: rota(), at: '2026-11-24T08:00:00Z', who: 'i|ben' },
    { what: 'after midnight', rota: rota(), at: '2026-11-24T02:00:00Z', who: 'i|ann' },
    { what: 'after one round', rota: rota(), at: '2026-11-26T12:00:00Z', who: 'i|ann' },
    { what: 'long before the start', rota: rota(), at: '2026-11-20T12:00:00Z', who: 'i|ann' },
    {
      what: 'weekly, on the last day',
      rota: rota({ shift: 'weekly' }),
      at: '2026-11-30T07:59:00Z',
      who: 'i|ann',
    },
    {
      what: 'weekly, at the change',
      rota: rota({ shift: 'weekly' }),
      at: '2026-11-30T08:00:00Z',
      who: 'i|ben',
    },
    {
      what: 'in summer the same local time is another instant',
      rota: rota({ startsOn: '2026-07-01' }),
      at: '2026-07-01T07:00:00Z',
      who: 'i|ann',
    },
    {
      what: 'a hand-over that clocks jump over: just before',
      rota: rota({ startsOn: '2026-03-29', handOver: '02:30' }),
      at: '2026-03-29T00:59:59Z',
      who: 'i|cem',
    },
    {
      what: 'a hand-over that clocks jump over: at the jump',
      rota: rota({ startsOn: '2026-03-29', handOver: '02:30' }),
      at: '2026-03-29T01:00:00Z',
      who: 'i|ann',
    },
    {
      what: 'a hand-over that clocks show twice: the first time',
      rota: rota({ startsOn: '2026-10-25', handOver: '02:30' }),
      at: '2026-10-25T00:30:00Z',
      who: 'i|ann',
    },
    {
      what: 'a hand-over that clocks show twice: in between',
      rota: rota({ startsOn: '2026-10-25', handOver: '02:30' }),
      at: '2026-10-25T01:05:00Z',
      who: 'i|ann',
    },
    {
      what: 'a zone that changed its offset by a day',
      rota: rota({ timeZone: 'Pacific/Apia', startsOn: '2011-12-29' }),
      at: '2011-12-31T00:00:00Z',
      who: 'i|cem',
    },
    { what: 'nobody', rota: rota({ people: [] }), at: '2026-11-23T08:00:00Z', who: undefined },
    {
      what: 'somebody takes over',
      rota: rota({
        overrides: [
          { person: 'i|dan', from: from('2026-11-23T10:00:00Z'), to: from('2026-11-23T12:00:00Z') },
        ],
      }),
      at: '2026-11-23T10:00:00Z',
      who: 'i|dan',
    },
    {
      what: 'and gives back',
      rota: rota({
        overrides: [
          { person: 'i|dan', from: from('2026-11-23T10:00:00Z'), to: from('2026-11-23T12:00:00Z') },
        ],
      }),
      at: '2026-11-23T12:00:00Z',
      who: 'i|ann',
    },
    {
      what: 'of two who take over the later',
      rota: rota({
        people: [],
        overrides: [
          { person: 'i|dan', from: from('2026-11-23T10:00:00Z'), to: from('2026-11-23T14:00:00Z') },
          { person: 'i|eva', from: from('2026-11-23T11:00:00Z'), to: from('2026-11-23T12:00:00Z') },
        ],
      }),
      at: '2026-11-23T11:30:00Z',
      who: 'i|eva',
    },
  ];
  it.each(cases)('$what', ({ rota: one, at, who }) => {
    expect(onCallAt(one, from(at))).toBe(who);
  });

  const zones = [
    ...['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Apia'],
    ...['America/Sao_Paulo', 'Asia/Kathmandu', 'Africa/Casablanca', 'Pacific/Chatham'],
  ];
  const anyRota = fc.record({
    timeZone: fc.constantFrom(...zones),
    people: fc.constantFrom<string[][]>(['i|ann'], ['i|ann', 'i|ben'], ['i|ann', 'i|ben', 'i|cem']),
    shift: fc.constantFrom('daily' as const, 'weekly' as const),
    startsOn: fc.constantFrom('2026-01-01', '2011-12-28', '2024-02-29', '2026-10-24'),
    handOver: fc.constantFrom('00:00', '00:30', '02:00', '02:30', '09:00', '23:59'),
    overrides: fc.constant([]),
  });
  const anyInstant = fc.date({
    min: from('2011-01-01T00:00:00Z'),
    max: from('2027-12-31T00:00:00Z'),
    noInvalidDate: true,
  });

  it('has one person at every instant, for a whole shift, and then the next in turn', () => {
    fc.assert(
      fc.property(anyRota, anyInstant, (one, instant) => {
        const shift = shiftAt(one, instant);
        if (shift === undefined) throw new Error('A rota with people has nobody on call.');
        expect(shift.from <= instant && instant < shift.to).toBe(true);
        const hours = (shift.to.getTime() - shift.from.getTime()) / 3_600_000;
        const expected = one.shift === 'daily' ? 24 : 168;
        // Where clocks are changed it is an hour more or less; Samoa once left out a day.
        expect(Math.abs(hours - expected)).toBeLessThanOrEqual(
          one.timeZone === 'Pacific/Apia' ? 25 : 1,
        );
        const last = new Date(shift.to.getTime() - 1);
        expect([onCallAt(one, shift.from), onCallAt(one, last)]).toEqual([
          shift.person,
          shift.person,
        ]);
        const turn = one.people.indexOf(shift.person);
        expect(onCallAt(one, shift.to)).toBe(one.people[(turn + 1) % one.people.length]);
      }),
      { numRuns: 500 },
    );
  });

  it('changes at the local time', () => {
    fc.assert(
      fc.property(anyInstant, (instant) => {
        const { to } = shiftAt(rota({ handOver: '12:15' }), instant) ?? { to: instant };
        const shown = to.toLocaleTimeString('de-DE', { timeZone: 'Europe/Berlin' });
        expect(shown).toBe('12:15:00');
      }),
    );
  });
});
