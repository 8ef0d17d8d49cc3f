import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type Step,
  type VerdictRecord,
  beginAnew,
  mergeSteps,
  passkeyRulesOf,
  progress,
} from './index.ts';

const step = (over: Partial<Step> = {}): Step => ({
  chain: 'dba',
  reviewers: { groups: ['dba'], people: [] },
  quorum: 1,
  deadlineMs: 60_000,
  onDeadline: 'deny',
  ...over,
});
const escalateTo = (...rounds: string[][]): Step['onDeadline'] => ({
  kind: 'escalate',
  rounds: rounds.map((groups) => ({ to: { groups, people: [] }, forMs: 60_000 })),
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
    onDeadline: fc.constantFrom<Step['onDeadline'][]>(
      'deny',
      { kind: 'remind', everyMs: 500, atMost: 2 },
      escalateTo(['security'], ['ops']),
    ),
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

  it('is approved after a new beginning only by verdicts on the new steps', () => {
    // Guarantee: no verdict on other arguments approves these.
    fc.assert(
      fc.property(
        fc.array(anyStep, { minLength: 1, maxLength: 3 }),
        fc.array(anyStep, { maxLength: 2 }),
        fc.array(anyVerdict, { maxLength: 20 }),
        (steps, wanted, verdicts) => {
          const anew = beginAnew(steps, wanted);
          const old = verdicts.filter((record) => record.step < steps.length);
          expect(progress(anew, old).outcome).not.toBe('approved');
          const fresh = verdicts.map((record) => ({ ...record, step: record.step + steps.length }));
          expect(progress(anew, fresh).outcome).toBe(
            progress(mergeSteps(steps, wanted).steps, verdicts).outcome,
          );
        },
      ),
      { numRuns: 1_000 },
    );
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

describe('beginAnew', () => {
  const two = [step(), step({ chain: 'security' })];

  it('asks every step again, and counts no verdict that was given before', () => {
    const anew = beginAnew(two, []);
    expect(anew.map(({ chain, isVoid }) => [chain, isVoid ?? false])).toEqual([
      ['dba', true],
      ['security', true],
      ['dba', false],
      ['security', false],
    ]);
    const before = [verdict(0, 'a'), verdict(1, 'b')];
    expect(progress(two, before).outcome).toBe('approved');
    expect(progress(anew, before)).toMatchObject({ outcome: 'pending', currentStep: 2 });
    expect(progress(anew, [...before, verdict(2, 'a'), verdict(3, 'a')]).outcome).toBe('approved');
    expect(progress(anew, before).perStep.map(({ status }) => status)).toEqual([
      'void',
      'void',
      'current',
      'waiting',
    ]);
  });

  it('adds what is wanted beside, once', () => {
    const anew = beginAnew([step()], [step(), step({ chain: 'security' })]);
    expect(anew.map(({ chain }) => chain)).toEqual(['dba', 'dba', 'security']);
    // Guarantee: a void step answers for nothing that is asked later.
    const all = [{ ...step(), isVoid: true }, step({ chain: 'security' })];
    expect(mergeSteps(all, [step()]).added).toHaveLength(1);
  });

  it('is denied where every step is void', () => {
    expect(progress([{ ...step(), isVoid: true }], [verdict(0, 'a')]).outcome).toBe('denied');
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
      what: 'a passkey is asked for',
      existing: [step()],
      wanted: [step({ passkeyRules: ['r1'] })],
      added: 1,
    },
    {
      what: 'a passkey for another rule changes nothing',
      existing: [step({ passkeyRules: ['r1'] })],
      wanted: [step({ passkeyRules: ['r2'] })],
      added: 0,
    },
    {
      what: 'a passkey that is wanted no more is still asked for',
      existing: [step({ passkeyRules: ['r1'] })],
      wanted: [step({ passkeyRules: [] })],
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
      what: 'others who are brought in at the deadline are a wider circle',
      existing: [step({ onDeadline: escalateTo(['ops']) })],
      wanted: [step()],
      added: 1,
    },
    {
      what: 'without those others it is a narrower one',
      existing: [step()],
      wanted: [step({ onDeadline: escalateTo(['ops']) })],
      added: 0,
    },
    {
      what: 'reminders change nothing of who is asked',
      existing: [step({ onDeadline: { kind: 'remind', everyMs: 1, atMost: 3 } })],
      wanted: [step()],
      added: 0,
    },
    {
      what: 'another rota is another circle',
      existing: [step({ reviewers: { groups: [], people: [], onCall: 'nights' } })],
      wanted: [step({ reviewers: { groups: [], people: [], onCall: 'days' } })],
      added: 1,
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

describe('passkeyRulesOf', () => {
  it('names each rule of any step once, and none where none is stored', () => {
    expect(passkeyRulesOf([step(), step()])).toEqual([]);
    const steps = [step(), step({ passkeyRules: ['a', 'b'] }), step({ passkeyRules: ['b'] })];
    expect(passkeyRulesOf(steps)).toEqual(['a', 'b']);
  });
});
