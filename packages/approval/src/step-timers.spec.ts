import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type OnDeadline,
  type Step,
  type VerdictAttempt,
  endOf,
  mayDecide,
  nextTimer,
  plan,
  reviewersNow,
  stepsNow,
  timersOf,
} from './index.ts';

const MINUTE = 60_000;
const OPENED = new Date('2026-11-28T03:00:00Z');
const minute = (count: number): Date => new Date(OPENED.getTime() + count * MINUTE);
const group = (name: string) => ({ groups: [name], people: [] });

const remind: OnDeadline = { kind: 'remind', everyMs: 15 * MINUTE, atMost: 2 };
const escalate: OnDeadline = {
  kind: 'escalate',
  rounds: [
    { to: group('security'), forMs: 30 * MINUTE },
    { to: { groups: [], people: [], onCall: 'leads' }, forMs: 60 * MINUTE },
  ],
};
const step = (onDeadline: OnDeadline): Step => ({
  chain: 'dba',
  reviewers: group('dba'),
  quorum: 1,
  deadlineMs: 30 * MINUTE,
  onDeadline,
});

const anyDeadline: fc.Arbitrary<OnDeadline> = fc.oneof(
  fc.constant('deny' as const),
  fc.record({
    kind: fc.constant('remind' as const),
    everyMs: fc.integer({ min: 1, max: 1_000_000 }),
    atMost: fc.integer({ min: 1, max: 20 }),
  }),
  fc.record({
    kind: fc.constant('escalate' as const),
    rounds: fc.array(
      fc.record({
        to: fc.constantFrom(group('a'), group('b'), { groups: [], people: ['i|rita', 'i|carl'] }),
        forMs: fc.integer({ min: 1, max: 1_000_000 }),
      }),
      { minLength: 1, maxLength: 10 },
    ),
  }),
);

describe('timersOf', () => {
  it('denies at the deadline', () => {
    expect(timersOf(step('deny'), OPENED)).toEqual([{ kind: 'deny', at: minute(30) }]);
  });

  it('reminds from the deadline on, and denies when the last reminder had its time', () => {
    expect(timersOf(step(remind), OPENED)).toEqual([
      { kind: 'remind', at: minute(30), nth: 1, of: 2 },
      { kind: 'remind', at: minute(45), nth: 2, of: 2 },
      { kind: 'deny', at: minute(60) },
    ]);
  });

  it('asks others in rounds, each with its own time, and denies after the last', () => {
    expect(timersOf(step(escalate), OPENED)).toMatchObject([
      { kind: 'escalate', at: minute(30), round: 0 },
      { kind: 'escalate', at: minute(60), round: 1 },
      { kind: 'deny', at: minute(120) },
    ]);
    expect(endOf(step(escalate), OPENED)).toEqual(minute(120));
  });

  it('always ends in one denial, in order of time', () => {
    // Guarantee: whatever a chain says of its deadlines, a step that nobody decides is denied.
    fc.assert(
      fc.property(anyDeadline, (onDeadline) => {
        const one = step(onDeadline);
        const timers = timersOf(one, OPENED);
        expect(timers.filter(({ kind }) => kind === 'deny')).toHaveLength(1);
        expect(timers.at(-1)?.kind).toBe('deny');
        const times = timers.map(({ at }) => at.getTime());
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        expect(times[0]).toBe(OPENED.getTime() + one.deadlineMs);
        expect(nextTimer(one, OPENED, timers.length)).toBeNull();
      }),
    );
  });
});

describe('reviewersNow', () => {
  const onCall = (rota: string) => (rota === 'leads' ? 'i|lea' : undefined);

  it.each([
    [0, ['dba'], []],
    [1, ['dba', 'security'], []],
    [2, ['dba', 'security'], ['i|lea']],
  ])('in round %d', (rounds, groups, people) => {
    expect(reviewersNow(step(escalate), rounds, onCall)).toEqual({ groups, people });
  });

  it('asks nobody by a rota that has nobody', () => {
    expect(reviewersNow(step(escalate), 2, () => undefined).people).toEqual([]);
  });

  it('adds people and never takes one away', () => {
    fc.assert(
      fc.property(anyDeadline, fc.nat(10), (onDeadline, rounds) => {
        const before = reviewersNow(step(onDeadline), rounds, onCall);
        const after = reviewersNow(step(onDeadline), rounds + 1, onCall);
        expect(after.groups).toEqual(expect.arrayContaining([...before.groups]));
        expect(after.people).toEqual(expect.arrayContaining([...before.people]));
      }),
    );
  });

  it('never lowers a quorum, and never makes the caller or an owner eligible', () => {
    // Guarantee: an escalation only widens who is asked.
    fc.assert(
      fc.property(anyDeadline, fc.nat(10), fc.boolean(), (onDeadline, fired, isOwner) => {
        const steps = stepsNow([step(onDeadline)], { step: 0, fired }, () => 'i|carl');
        expect(steps[0]?.quorum).toBe(1);
        const attempt: VerdictAttempt = {
          person: { key: 'i|carl', groups: ['dba', 'security', 'a', 'b'], roles: ['reviewer'] },
          caller: isOwner
            ? { kind: 'service', personKey: 'i|svc', ownerKey: 'i|carl' }
            : { kind: 'person', personKey: 'i|carl', ownerKey: null },
          steps,
          verdicts: [],
          state: 'held',
        };
        expect(mayDecide(attempt)).toMatchObject({ ok: false });
      }),
    );
  });

  it('counts rounds for the step whose time they are of', () => {
    const steps = [step(escalate), step(escalate)];
    const now = stepsNow(steps, { step: 1, fired: 1 }, onCall);
    expect(now.map(({ reviewers }) => reviewers.groups)).toEqual([['dba'], ['dba', 'security']]);
  });
});

describe('plan', () => {
  const options = {
    heldAt: OPENED,
    windowMs: 24 * 60 * MINUTE,
    onCall: (_: string, at: Date) => (at < minute(60) ? 'i|ann' : 'i|ben'),
    approvedAfterMs: null,
  };
  const inShort = (...given: Parameters<typeof plan>) =>
    plan(...given).map(({ kind, at, step: index }) => [
      kind,
      (at.getTime() - OPENED.getTime()) / MINUTE,
      index,
    ]);

  it('tells of rounds until the denial, with who is on call then', () => {
    const events = plan([step(escalate), step('deny')], options);
    expect(events).toMatchObject([
      { kind: 'asked', at: minute(0), step: 0, who: group('dba'), onCall: null },
      { kind: 'escalated', at: minute(30), who: group('security') },
      { kind: 'escalated', at: minute(60), onCall: { rota: 'leads', person: 'i|ben' } },
      { kind: 'denied', at: minute(120), step: 0 },
    ]);
  });

  it('goes on to the next step once one is approved', () => {
    expect(
      inShort([step(remind), step('deny')], { ...options, approvedAfterMs: 40 * MINUTE }),
    ).toEqual([
      ['asked', 0, 0],
      ['reminded', 30, 0],
      ['approved', 40, 0],
      ['asked', 40, 1],
      ['denied', 70, 1],
    ]);
    expect(inShort([step('deny')], { ...options, approvedAfterMs: 10 * MINUTE })).toEqual([
      ['asked', 0, 0],
      ['released', 10, 0],
    ]);
  });

  it('ends with the overall window, whatever the chain says', () => {
    expect(inShort([step(escalate)], { ...options, windowMs: 60 * MINUTE })).toEqual([
      ['asked', 0, 0],
      ['escalated', 30, 0],
      ['expired', 60, 0],
    ]);
  });
});
