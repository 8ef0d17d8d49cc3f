import { describe, expect, it } from '@jest/globals';
import type { StoredDecision, StoredStep } from '@holdpoint/contracts';
import type { ApprovalRecord } from './approval.ts';
import { objectionTo, rejudge, type Judgement } from './rejudgement.ts';

const step = (chain: string, quorum = 1): StoredStep => ({
  chain,
  reviewers: { groups: [chain], people: [] },
  quorum,
  deadlineMs: 1000,
  onDeadline: 'deny',
});
const decision = (...ruleIds: readonly string[]): StoredDecision => ({
  effect: 'hold',
  source: 'rule',
  explanation: 'Held for approval: it is a write.',
  rules: ruleIds.map((ruleId) => ({
    ruleId,
    effect: 'hold',
    description: null,
    message: null,
    keyword: null,
    condition: null,
    error: null,
  })),
  chains: [null],
  masks: [],
  observed: [],
  counts: {},
});
// Only what judging again looks at.
const APPROVAL = {
  state: 'held',
  policyVersion: 6,
  freezeEpoch: 0,
  toolDigest: 'tool',
  decision: decision('writes'),
  steps: [step('dba')],
} as unknown as ApprovalRecord;
const now = (changes: Partial<Judgement> = {}): Judgement => ({
  effect: 'hold',
  decision: decision('writes'),
  steps: [step('dba')],
  policyVersion: 7,
  freezeEpoch: 0,
  toolDigest: 'tool',
  ...changes,
});

describe('judging an open approval again', () => {
  it.each([
    ['the same', now()],
    ['looser', now({ effect: 'allow', steps: [] })],
    ['fewer people', now({ steps: [] })],
    ['of a tool that changed, which is for the claim to say', now({ toolDigest: 'another' })],
    ['of a connection that changed, which is too', now({ freezeEpoch: 1 })],
  ])('keeps what is %s', (_what, judgement) => {
    expect(rejudge(APPROVAL, judgement)).toEqual({ kind: 'kept' });
  });

  it.each([
    [
      'a new rule',
      now({ decision: decision('writes', 'x'), steps: [step('dba'), step('security')] }),
      'the rule “x” asks for one more step.',
    ],
    [
      'two new rules',
      now({ decision: decision('x', 'y'), steps: [step('a'), step('b')] }),
      'the rules “x”, “y” ask for 2 more steps.',
    ],
    ['a known rule', now({ steps: [step('dba', 2)] }), 'the rule “writes” asks for one more step.'],
    [
      'no rule at all',
      now({ decision: decision(), steps: [step('default')] }),
      'the connection’s own chain asks for one more step.',
    ],
  ])('asks for what %s adds, and says who asks', (_what, judgement, reason) => {
    expect(rejudge(APPROVAL, judgement)).toMatchObject({
      kind: 'asks-more',
      rejudged: {
        from: 6,
        to: 7,
        wasApproved: false,
        reason: `Judged again under version 7 of the policy: ${reason}`,
      },
    });
  });

  it('keeps the steps that were asked, so that their verdicts stay', () => {
    const judgement = now({ steps: [step('security')] });
    expect(rejudge({ ...APPROVAL, state: 'approved' }, judgement)).toMatchObject({
      steps: [step('dba'), step('security')],
      rejudged: { addedSteps: 1, wasApproved: true },
    });
  });

  it('ends what is denied now, in the words of the rules', () => {
    const denied = {
      ...decision(),
      effect: 'deny' as const,
      explanation: 'Denied: rule "x" applies',
    };
    const judgement = now({ effect: 'deny', decision: denied, steps: [] });
    const reason = 'Judged again under version 7 of the policy: Denied: rule "x" applies.';
    expect(rejudge(APPROVAL, judgement)).toEqual({ kind: 'objects', to: 'denied', reason });
    expect(objectionTo(APPROVAL, judgement)).toEqual({ to: 'denied', reason });
  });
});

describe('the claim objects', () => {
  it.each([
    ['to a changed definition', now({ toolDigest: 'another' }), 'void'],
    ['to a changed connection', now({ freezeEpoch: 1 }), 'denied'],
  ])('%s', (_what, judgement, to) => {
    expect(objectionTo(APPROVAL, judgement)).toMatchObject({ to });
  });

  it('to nothing else', () => {
    expect(objectionTo(APPROVAL, now())).toBeUndefined();
  });
});
