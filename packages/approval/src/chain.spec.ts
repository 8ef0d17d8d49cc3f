import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type Step,
  type VerdictRecord,
  currentDeadline,
  isSatisfiable,
  mergeSteps,
  progress,
  satisfiable,
} from './index.ts';

const step = (over: Partial<Step> = {}): Step => ({
  chain: 'dba',
  reviewers: { groups: ['dba'], people: [] },
  quorum: 1,
  deadlineMs: 60_000,
  onDeadline: 'deny',
  ...over,
});
const at = (second: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
const verdict = (
  stepIndex: number,
  person: string,
  kind: 'approve' | 'deny' = 'approve',
  second = 0,
): VerdictRecord => ({
  step: stepIndex,
  person,
  verdict: kind,
  at: at(second),
});

describe('progress', () => {
  const twoSteps = [step({ quorum: 2 }), step({ chain: 'security' })];
  const cases: readonly {
    what: string;
    steps: readonly Step[];
    verdicts: readonly VerdictRecord[];
    outcome: string;
    current: number | null;
  }[] = [
    { what: 'no verdict yet', steps: twoSteps, verdicts: [], outcome: 'pending', current: 0 },
    {
      what: 'half a quorum',
      steps: twoSteps,
      verdicts: [verdict(0, 'a')],
      outcome: 'pending',
      current: 0,
    },
    {
      what: 'one person twice is one person',
      steps: twoSteps,
      verdicts: [verdict(0, 'a'), verdict(0, 'a', 'approve', 1)],
      outcome: 'pending',
      current: 0,
    },
    {
      what: 'first quorum reached',
      steps: twoSteps,
      verdicts: [verdict(0, 'a'), verdict(0, 'b')],
      outcome: 'pending',
      current: 1,
    },
    {
      what: 'all steps approved, one person in both',
      steps: twoSteps,
      verdicts: [verdict(0, 'a'), verdict(0, 'b'), verdict(1, 'a')],
      outcome: 'approved',
      current: null,
    },
    {
      what: 'a later step alone approves nothing',
      steps: twoSteps,
      verdicts: [verdict(1, 'a')],
      outcome: 'pending',
      current: 0,
    },
    {
      what: 'one deny settles',
      steps: twoSteps,
      verdicts: [verdict(0, 'a'), verdict(0, 'b', 'deny')],
      outcome: 'denied',
      current: null,
    },
    {
      what: 'a deny after enough approvals still denies',
      steps: [step()],
      verdicts: [verdict(0, 'a'), verdict(0, 'b', 'deny', 1)],
      outcome: 'denied',
      current: null,
    },
    {
      what: 'a deny of a step that is not in the list denies',
      steps: [step()],
      verdicts: [verdict(7, 'a', 'deny')],
      outcome: 'denied',
      current: null,
    },
    {
      what: 'an approval of a step that is not in the list counts nowhere',
      steps: [step()],
      verdicts: [verdict(7, 'a')],
      outcome: 'pending',
      current: 0,
    },
    { what: 'no steps is a deny', steps: [], verdicts: [], outcome: 'denied', current: null },
    {
      what: 'a quorum of zero is never reached',
      steps: [step({ quorum: 0 })],
      verdicts: [verdict(0, 'a')],
      outcome: 'pending',
      current: 0,
    },
    {
      what: 'a quorum that is not a number is never reached',
      steps: [step({ quorum: Number.NaN })],
      verdicts: [verdict(0, 'a')],
      outcome: 'pending',
      current: 0,
    },
    {
      what: 'a fractional quorum is never reached',
      steps: [step({ quorum: 0.5 })],
      verdicts: [verdict(0, 'a')],
      outcome: 'pending',
      current: 0,
    },
  ];
  it.each(cases)('$what', ({ steps, verdicts, outcome, current }) => {
    expect(progress(steps, verdicts)).toMatchObject({ outcome, currentStep: current });
  });

  it('tells each step apart', () => {
    const { perStep } = progress(
      [...twoSteps, step()],
      [verdict(0, 'b', 'approve', 2), verdict(0, 'a', 'approve', 1)],
    );
    expect(perStep.map(({ status }) => status)).toEqual(['approved', 'current', 'waiting']);
    expect(perStep[0]).toMatchObject({ approvedBy: ['a', 'b'], deniedBy: [], approvedAt: at(2) });
  });

  const anyStep = fc.record({
    chain: fc.constantFrom('dba', 'security'),
    reviewers: fc.record({
      groups: fc.subarray(['dba', 'security', 'ops']),
      people: fc.subarray(['i|a', 'i|b']),
    }),
    quorum: fc.integer({ min: 0, max: 3 }),
    deadlineMs: fc.constant(1_000),
    onDeadline: fc.constant('deny' as const),
  });
  const anyVerdict = fc.record({
    step: fc.integer({ min: 0, max: 4 }),
    person: fc.constantFrom('i|a', 'i|b', 'i|c', 'i|d'),
    verdict: fc.constantFrom(
      'approve' as const,
      'approve' as const,
      'approve' as const,
      'deny' as const,
    ),
    at: fc.date({ min: at(0), max: at(59), noInvalidDate: true }),
  });

  it('approves only with a full quorum of distinct people in every step and no deny', () => {
    // Guarantee: a chain is satisfied by all of its steps or not at all.
    fc.assert(
      fc.property(
        fc.array(anyStep, { maxLength: 4 }),
        fc.array(anyVerdict, { maxLength: 20 }),
        (steps, verdicts) => {
          if (progress(steps, verdicts).outcome !== 'approved') return;
          expect(steps.length).toBeGreaterThan(0);
          expect(verdicts.every((record) => record.verdict === 'approve')).toBe(true);
          for (const [index, one] of steps.entries()) {
            const people = new Set(
              verdicts.filter((record) => record.step === index).map((record) => record.person),
            );
            expect(people.size).toBeGreaterThanOrEqual(Math.max(1, one.quorum));
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('finds an answer to every wanted step where there is one, whatever the order', () => {
    // The wide step could take the only answer to the narrow one.
    const narrow = step({ reviewers: { groups: [], people: ['i|a'] } });
    const wide = step({ reviewers: { groups: [], people: ['i|a', 'i|b'] } });
    const other = step({ reviewers: { groups: [], people: ['i|b'] } });
    expect(mergeSteps([narrow, other], [wide, narrow]).added).toEqual([]);
  });

  it('never becomes looser by judging again', () => {
    fc.assert(
      fc.property(
        fc.array(anyStep, { maxLength: 4 }),
        fc.array(anyStep, { maxLength: 4 }),
        fc.array(anyVerdict, { maxLength: 20 }),
        (existing, wanted, verdicts) => {
          const merged = mergeSteps(existing, wanted);
          expect(merged.steps.slice(0, existing.length)).toEqual(existing);
          expect(mergeSteps(merged.steps, wanted).added).toEqual([]);
          const before = progress(existing, verdicts).outcome;
          const after = progress(merged.steps, verdicts).outcome;
          if (existing.length > 0 && before !== 'approved') expect(after).toBe(before);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('currentDeadline', () => {
  const steps = [step({ deadlineMs: 10_000 }), step({ deadlineMs: 20_000 })];
  it('runs from the opening for the first step', () => {
    expect(currentDeadline(steps, [], at(0))).toEqual(at(10));
  });
  it('runs from the previous quorum for a later one', () => {
    expect(currentDeadline(steps, [verdict(0, 'a', 'approve', 5)], at(0))).toEqual(at(25));
  });
  it('runs from when steps were added to an approved chain', () => {
    expect(currentDeadline(steps, [verdict(0, 'a', 'approve', 5)], at(30))).toEqual(at(50));
  });
  it('is over with the outcome', () => {
    expect(currentDeadline(steps, [verdict(0, 'a', 'deny')], at(0))).toBeNull();
  });
});

describe('mergeSteps', () => {
  const cases: readonly { what: string; existing: Step[]; wanted: Step[]; added: number }[] = [
    { what: 'the same chain is asked once', existing: [step()], wanted: [step()], added: 0 },
    {
      what: 'a new chain is appended',
      existing: [step()],
      wanted: [step(), step({ chain: 'security' })],
      added: 1,
    },
    {
      what: 'a chain that is wanted no more stays',
      existing: [step(), step({ chain: 'security' })],
      wanted: [step()],
      added: 0,
    },
    {
      what: 'a smaller quorum changes nothing',
      existing: [step({ quorum: 2 })],
      wanted: [step()],
      added: 0,
    },
    {
      what: 'a larger quorum is asked',
      existing: [step()],
      wanted: [step({ quorum: 2 })],
      added: 1,
    },
    {
      what: 'a wider circle changes nothing',
      existing: [step()],
      wanted: [step({ reviewers: { groups: ['dba', 'ops'], people: [] } })],
      added: 0,
    },
    {
      what: 'a narrower circle is asked',
      existing: [step({ reviewers: { groups: ['dba', 'ops'], people: [] } })],
      wanted: [step()],
      added: 1,
    },
    {
      what: 'two equal steps of one chain are two steps',
      existing: [step()],
      wanted: [step(), step()],
      added: 1,
    },
    {
      what: 'a stricter step is kept for the strict wish',
      existing: [step({ quorum: 2 }), step()],
      wanted: [step(), step({ quorum: 2 })],
      added: 0,
    },
    {
      what: 'another deadline alone asks nobody again',
      existing: [step()],
      wanted: [step({ deadlineMs: 1 })],
      added: 0,
    },
  ];
  it.each(cases)('$what', ({ existing, wanted, added }) => {
    const merged = mergeSteps(existing, wanted);
    expect(merged.added).toHaveLength(added);
    expect(merged.steps).toEqual([...existing, ...merged.added]);
  });
});

describe('satisfiable', () => {
  const people = (...keys: string[]): Step['reviewers'] => ({ groups: [], people: keys });
  const cases: readonly {
    what: string;
    steps: Step[];
    known?: string[];
    excluded?: string[];
    code: string | null;
  }[] = [
    { what: 'a group is enough', steps: [step()], code: null },
    { what: 'no steps', steps: [], code: 'no_steps' },
    {
      what: 'nobody in the second step',
      steps: [step(), step({ reviewers: people() })],
      code: 'nobody',
    },
    {
      what: 'an empty group name is nobody',
      steps: [step({ reviewers: { groups: [''], people: [''] } })],
      code: 'nobody',
    },
    {
      what: 'two of one person',
      steps: [step({ quorum: 2, reviewers: people('i|a', 'i|a') })],
      code: 'too_few_people',
    },
    {
      what: 'two of two people',
      steps: [step({ quorum: 2, reviewers: people('i|a', 'i|b') })],
      code: null,
    },
    {
      what: 'two of two people, one of them the caller',
      steps: [step({ quorum: 2, reviewers: people('i|a', 'i|b') })],
      excluded: ['i|a'],
      code: 'too_few_people',
    },
    {
      what: 'the caller alone',
      steps: [step({ reviewers: people('i|a') })],
      excluded: ['i|a'],
      code: 'nobody',
    },
    { what: 'a group nobody is in', steps: [step()], known: ['ops'], code: 'unknown_groups' },
    { what: 'a group that exists', steps: [step()], known: ['dba'], code: null },
    {
      what: 'a group nobody is in, and enough people',
      steps: [step({ reviewers: { groups: ['dba'], people: ['i|a'] } })],
      known: [],
      code: null,
    },
    { what: 'a quorum of zero', steps: [step({ quorum: 0 })], code: 'bad_quorum' },
    {
      what: 'an infinite quorum',
      steps: [step({ quorum: Number.POSITIVE_INFINITY })],
      code: 'bad_quorum',
    },
    { what: 'a deadline in the past', steps: [step({ deadlineMs: 0 })], code: 'bad_deadline' },
  ];
  it.each(cases)('$what', ({ steps, known, excluded, code }) => {
    const result = satisfiable(steps, known, excluded);
    expect(result.ok ? null : result.code).toBe(code);
    if (!known && !excluded) expect(isSatisfiable(steps)).toBe(code === null);
  });
});
