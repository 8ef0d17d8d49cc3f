import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { numbersCsv } from './numbers-csv.ts';
import { ENOUGH_HOLDS, numbersOf, percentile } from './numbers-of.ts';
import type { GivenRow, HeldRow } from './numbers.sql.ts';

const NOON = Date.UTC(2026, 10, 28, 12);
const DAYS = ['2026-11-27', '2026-11-28'];
const at = (second: number) => new Date(NOON + second * 1000);

const rule = (ruleId: string): HeldRow['rules'][number] => ({
  ruleId,
  effect: 'hold',
  description: null,
  message: null,
  keyword: null,
  condition: null,
  error: null,
});
const step = (over: Partial<HeldRow['steps'][number]> = {}): HeldRow['steps'][number] => ({
  chain: 'dba',
  reviewers: { groups: ['dbas'], people: [] },
  quorum: 1,
  deadlineMs: 60_000,
  onDeadline: 'deny',
  ...over,
});
const held = (over: Partial<HeldRow> = {}): HeldRow => ({
  id: 'a',
  state: 'delivered',
  held_at: at(0),
  steps: [step()],
  rules: [rule('writes')],
  broken: false,
  edited: false,
  late: false,
  begun_at: null,
  rejudged: null,
  ...over,
});
const given = (second: number, over: Partial<GivenRow> = {}): GivenRow => ({
  approval_id: 'a',
  step: 0,
  person_key: 'i|avery',
  person_name: 'Avery',
  person_email: null,
  verdict: 'approve',
  at: at(second),
  shown_at: null,
  ...over,
});
const of = (rows: readonly HeldRow[], verdicts: readonly GivenRow[]) =>
  numbersOf({ held: rows, given: verdicts, days: DAYS });

describe('waiting time', () => {
  it('is counted from when a step was due, until its quorum was complete', () => {
    const steps = [step({ quorum: 2 }), step({ chain: 'security', quorum: 1 })];
    const { steps: waits } = of(
      [held({ steps })],
      [
        given(10),
        given(30, { person_key: 'i|blake' }),
        given(90, { step: 1, person_key: 'i|casey' }),
      ],
    );
    expect(waits).toEqual([
      { chain: 'dba', position: 1, wait: { n: 1, medianMs: 30_000, p90Ms: 30_000 } },
      { chain: 'security', position: 1, wait: { n: 1, medianMs: 60_000, p90Ms: 60_000 } },
    ]);
  });

  it('ends with a denial, and isn’t known of a step that nobody decided', () => {
    const steps = [step(), step()];
    const denied = held({ state: 'denied', steps });
    expect(of([denied], [given(5, { verdict: 'deny' })]).steps).toEqual([
      { chain: 'dba', position: 1, wait: { n: 1, medianMs: 5000, p90Ms: 5000 } },
    ]);
    expect(of([held({ state: 'expired', steps })], []).steps).toEqual([]);
  });

  it('is that of what would run: steps from before a change of arguments have none', () => {
    const steps = [step({ isVoid: true }), step({ isVoid: true }), step(), step()];
    const { steps: waits } = of(
      [held({ steps, begun_at: at(100) })],
      [given(10), given(104, { step: 2 }), given(110, { step: 3 })],
    );
    expect(waits).toEqual([
      { chain: 'dba', position: 1, wait: { n: 1, medianMs: 4000, p90Ms: 4000 } },
      { chain: 'dba', position: 2, wait: { n: 1, medianMs: 6000, p90Ms: 6000 } },
    ]);
  });

  it('of a step that a newer policy asked for after the approval begins with that policy', () => {
    const steps = [step(), step({ chain: 'security' }), step({ chain: 'security' })];
    const rejudged = { at: at(500), addedSteps: 2, wasApproved: true };
    const { steps: waits } = of(
      [held({ steps, rejudged })],
      [given(10), given(504, { step: 1 }), given(510, { step: 2 })],
    );
    expect(waits.map(({ chain, wait }) => [chain, wait.medianMs])).toEqual([
      ['dba', 10_000],
      ['security', 4000],
      ['security', 6000],
    ]);
  });

  it('counts for each group that a step asks, and for people named by themselves', () => {
    const steps = [step({ reviewers: { groups: ['dbas', 'leads'], people: ['i|avery'] } })];
    expect(of([held({ steps })], [given(4)]).groups.map(({ group }) => group)).toEqual([
      'dbas',
      'leads',
      null,
    ]);
  });
});

describe('what became of a hold', () => {
  const cases: readonly {
    what: string;
    state: string;
    verdicts: readonly GivenRow[];
    late?: boolean;
    outcome: string;
  }[] = [
    { what: 'waits', state: 'held', verdicts: [], outcome: 'waiting' },
    { what: 'ran', state: 'delivered', verdicts: [given(1)], outcome: 'approved' },
    { what: 'may have run', state: 'unknown', verdicts: [given(1)], outcome: 'approved' },
    {
      what: 'was approved, and its agent never came',
      state: 'expired',
      verdicts: [given(1), given(2, { step: 1 })],
      outcome: 'approved',
    },
    {
      what: 'ran out of time half way',
      state: 'expired',
      verdicts: [given(1)],
      outcome: 'partlyDecided',
    },
    { what: 'ran out of time unseen', state: 'expired', verdicts: [], outcome: 'nobodyDecided' },
    {
      what: 'was denied by the deadline of a step that nobody decided',
      state: 'denied',
      late: true,
      verdicts: [],
      outcome: 'nobodyDecided',
    },
    {
      what: 'was denied by the deadline of its second step',
      state: 'denied',
      late: true,
      verdicts: [given(1)],
      outcome: 'partlyDecided',
    },
    {
      what: 'was denied by a person',
      state: 'denied',
      verdicts: [given(1, { verdict: 'deny' })],
      outcome: 'deniedByPerson',
    },
    {
      what: 'was denied by a freeze',
      state: 'denied',
      verdicts: [given(1)],
      outcome: 'deniedOtherwise',
    },
    { what: 'became void', state: 'void', verdicts: [given(1)], outcome: 'takenBack' },
  ];
  it.each(cases)('$what', ({ state, verdicts, late = false, outcome }) => {
    const { outcomes } = of([held({ state, late, steps: [step(), step()] })], verdicts);
    expect(Object.entries(outcomes).filter(([, count]) => count > 0)).toEqual([[outcome, 1]]);
  });
});

describe('what went another way than by its chain', () => {
  it('is told apart: broken glass, whether it ran or not, and changed arguments that count once', () => {
    const rows = [
      held({ id: 'a', broken: true }),
      held({ id: 'b', state: 'expired', broken: true, edited: true }),
      held({ id: 'c', edited: true }),
      // Was changed, and never approved.
      held({ id: 'd', state: 'denied', edited: true }),
      held({ id: 'e' }),
    ];
    const { outcomes, edited } = of(rows, [given(1, { approval_id: 'd', verdict: 'deny' })]);
    expect(outcomes).toMatchObject({ brokenGlass: 2, approved: 2, deniedByPerson: 1 });
    expect(edited).toBe(2);
  });

  it.each([{ broken: true }, { edited: true }])(
    'keeps a rule from being one that is always approved: %p',
    (over) => {
      const rows = Array.from({ length: ENOUGH_HOLDS }, (_, n) =>
        held({ id: String(n), ...(n === 0 && over) }),
      );
      expect(of(rows, []).alwaysApproved).toEqual([]);
    },
  );

  it('is approved where everybody approved the changed arguments and its agent never came', () => {
    const steps = [step({ isVoid: true }), step()];
    const row = held({ state: 'expired', steps, begun_at: at(5), edited: true });
    const { outcomes, edited } = of([row], [given(9, { step: 1 })]);
    expect([outcomes.approved, outcomes.partlyDecided, edited]).toEqual([1, 0, 1]);
  });
});

describe('approvals that can hardly have been read', () => {
  it('are those given under three seconds after the first look', () => {
    const { reading, people } = of(
      [held()],
      [
        given(10, { shown_at: at(7.001) }),
        given(20, { shown_at: at(17), person_key: 'i|blake', person_name: 'Blake' }),
        given(30, { shown_at: null, person_key: 'i|casey', person_name: 'Casey' }),
        // Opened only afterwards: nobody knows what was read before.
        given(40, { shown_at: at(41), person_key: 'i|drew', person_name: 'Drew' }),
        given(50, { shown_at: at(50), person_key: 'i|emery', verdict: 'deny' }),
      ],
    );
    expect(reading).toMatchObject({ approvals: 4, timed: 2, underThreeSeconds: 1 });
    expect(people.map(({ person, underThreeSeconds }) => [person.name, underThreeSeconds])).toEqual(
      [
        ['Avery', 1],
        ['Avery', 0],
        ['Blake', 0],
        ['Casey', 0],
        ['Drew', 0],
      ],
    );
  });
});

describe('rules that are always approved', () => {
  const many = (count: number, state = 'delivered') =>
    Array.from({ length: count }, (_, n) => held({ id: `${state}-${n}`, state }));

  it('are those of enough holds, each of them approved', () => {
    expect(of(many(ENOUGH_HOLDS), []).alwaysApproved).toEqual([
      { ruleId: 'writes', description: null, n: ENOUGH_HOLDS },
    ]);
  });

  it.each([
    ['too few', many(ENOUGH_HOLDS - 1)],
    ['one denied', [...many(ENOUGH_HOLDS), ...many(1, 'denied')]],
    ['one that nobody decided', [...many(ENOUGH_HOLDS), ...many(1, 'expired')]],
    ['too few decided, others wait', [...many(ENOUGH_HOLDS - 1), ...many(5, 'held')]],
  ])('%s is not always', (_, rows) => {
    expect(of(rows, []).alwaysApproved).toEqual([]);
  });
});

describe('figures', () => {
  const row = fc.record({
    state: fc.constantFrom('held', 'approved', 'denied', 'expired', 'void', 'delivered', 'odd'),
    quorum: fc.integer({ min: 1, max: 3 }),
    seconds: fc.array(fc.integer({ min: 0, max: 90_000 }), { maxLength: 5 }),
    denies: fc.boolean(),
  });

  it('add up: every hold has one outcome, every verdict is one person’s on one day', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 12 }), (rows) => {
        const holds = rows.map(({ state, quorum }, n) =>
          held({ id: String(n), state, steps: [step({ quorum })] }),
        );
        const verdicts = rows.flatMap(({ seconds, denies }, n) =>
          seconds.map((second, m) =>
            given(-second, {
              approval_id: String(n),
              person_key: `i|${m}`,
              verdict: denies && m === 0 ? 'deny' : 'approve',
            }),
          ),
        );
        const figures = of(holds, verdicts);
        const sum = (all: readonly number[]) => all.reduce((a, b) => a + b, 0);
        expect(sum(Object.values(figures.outcomes))).toBe(holds.length);
        const of_ = (one: { approvals: number; denials: number }) => one.approvals + one.denials;
        expect(sum(figures.people.map(of_))).toBe(verdicts.length);
        const shown = verdicts.filter(({ at: when }) =>
          DAYS.includes(when.toISOString().slice(0, 10)),
        );
        expect(sum(figures.byDay.map(of_))).toBe(shown.length);
      }),
    );
  });

  it('a percentile is one of the times, and at least its share of them is no longer', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(), { minLength: 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (times, share) => {
          const found = percentile(times, share) ?? Number.NaN;
          expect(times).toContain(found);
          const within = times.filter((time) => time <= found).length;
          expect(within / times.length).toBeGreaterThanOrEqual(share);
        },
      ),
    );
    expect(percentile([], 0.5)).toBeNull();
  });
});

it('the CSV says of how many each figure is', () => {
  const figures = of([held()], [given(4, { person_name: '=Avery' })]);
  const csv = numbersCsv({ days: 2, from: '', to: '', cut: false, granted: 3, ...figures });
  expect(csv).toContain('wait by group,dbas,median ms,4000,1\r\n');
  expect(csv).toContain('grants,passed without a look,calls,3,\r\n');
  expect(csv).toContain("person,'=Avery (i|avery),approvals,1,1\r\n");
});
