import { describe, expect, it } from '@jest/globals';
import type { OnDeadline, Step } from '@holdpoint/approval';
import { dueNow } from './due-timers.ts';

const OPENED = new Date('2026-11-28T03:00:00Z');
const minute = (count: number) => new Date(OPENED.getTime() + count * 60_000);
const step = (onDeadline: OnDeadline, quorum = 1): Step => ({
  chain: 'dba',
  reviewers: { groups: ['dba'], people: [] },
  quorum,
  deadlineMs: 30 * 60_000,
  onDeadline,
});
const escalate: OnDeadline = {
  kind: 'escalate',
  rounds: [
    { to: { groups: ['security'], people: [] }, forMs: 30 * 60_000 },
    { to: { groups: [], people: [], onCall: 'leads' }, forMs: 60 * 60_000 },
  ],
};
const timers = (end: number, fired = 0, index = 0) => ({
  step: index,
  fired,
  openedAt: OPENED,
  endsAt: minute(end),
  log: [],
});

describe('dueNow', () => {
  it.each([
    ['timers that nobody set', null],
    ['timers of the step before', timers(30, 0, 1)],
  ])('opens the step for %s', (_, set) => {
    expect(dueNow([step('deny')], [], set, minute(90))).toEqual({ kind: 'open', step: 0 });
  });

  it('denies at the end of a step, and says who did not decide in which time', () => {
    expect(dueNow([step('deny')], [], timers(30), minute(30))).toEqual({
      kind: 'deny',
      step: 0,
      reason: 'Nobody of group dba decided within 30 minutes.',
    });
  });

  it('denies with what was approved of a quorum', () => {
    const verdict = { step: 0, person: 'i|a', verdict: 'approve', at: minute(1) } as const;
    expect(dueNow([step('deny', 2)], [verdict], timers(30), minute(31))).toMatchObject({
      reason: 'Only 1 of 2 approvals by group dba came within 30 minutes.',
    });
  });

  it('escalates once for each round', () => {
    expect(dueNow([step(escalate)], [], timers(120), minute(30))).toEqual({
      kind: 'fire',
      step: 0,
      fired: 1,
      nextAt: minute(60),
      events: [
        {
          kind: 'escalated',
          step: 0,
          at: minute(30).toISOString(),
          to: { groups: ['security'], people: [] },
        },
      ],
    });
    expect(dueNow([step(escalate)], [], timers(120, 1), minute(61))).toMatchObject({
      fired: 2,
      nextAt: minute(120),
      events: [{ to: { onCall: 'leads' } }],
    });
  });

  it('only denies what nobody swept until its end', () => {
    expect(dueNow([step(escalate)], [], timers(120), minute(120))).toMatchObject({
      kind: 'deny',
      reason:
        'Nobody of group dba or group security or those on call for leads decided within 2 hours.',
    });
  });

  it('reminds those who are asked', () => {
    const remind: OnDeadline = { kind: 'remind', everyMs: 15 * 60_000, atMost: 2 };
    expect(dueNow([step(remind)], [], timers(60), minute(46))).toMatchObject({
      fired: 2,
      nextAt: minute(60),
      events: [
        { kind: 'reminded', to: { groups: ['dba'] } },
        { kind: 'reminded', to: { groups: ['dba'] } },
      ],
    });
  });

  it('asks nothing of what is decided', () => {
    const verdict = { step: 0, person: 'i|a', verdict: 'deny', at: minute(1) } as const;
    expect(dueNow([step('deny')], [verdict], timers(30), minute(31))).toEqual({ kind: 'nothing' });
  });
});
