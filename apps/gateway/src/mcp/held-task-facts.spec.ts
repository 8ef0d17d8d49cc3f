import { describe, expect, it } from '@jest/globals';
import type { StoredStep } from '@holdpoint/contracts';
import { leaseMs, waitingMessage } from './held-task-facts.ts';

const step = (
  groups: readonly string[],
  people: readonly string[] = [],
  quorum = 1,
): StoredStep => ({
  chain: 'any',
  reviewers: { groups: [...groups], people: [...people] },
  quorum,
  deadlineMs: 1000,
  onDeadline: 'deny',
});
const approved = { step: 0, person: 'i|a', verdict: 'approve', at: new Date(0) } as const;

describe('who is waited for', () => {
  it.each([
    ['one group', [step(['dba'])], [], 'Waiting for one approval by “dba”.'],
    [
      'groups and people',
      [step(['dba', 'security'], ['i|a'], 2)],
      [],
      'Waiting for 2 approvals by “dba” or “security” or the people that the chain names.',
    ],
    [
      'the second step',
      [step(['dba']), step(['security'])],
      [approved],
      'Waiting for one approval by “security” (step 2 of 2).',
    ],
    ['nobody any more', [step(['dba'])], [approved], 'Waiting for approval.'],
  ])('%s', (_what, steps, verdicts, said) => {
    expect(waitingMessage({ steps, rejudged: null }, verdicts, 'https://gate/inbox/1')).toBe(
      `${said} Nothing has run yet. A reviewer decides here: https://gate/inbox/1`,
    );
  });
});

it('says that the policy asks for more meanwhile', () => {
  const rejudged = {
    at: '2026-01-01T00:00:00.000Z',
    from: 6,
    to: 7,
    addedSteps: 1,
    wasApproved: false,
    reason: 'The rule “x” asks for one more step.',
  };
  expect(
    waitingMessage({ steps: [step(['dba'])], rejudged }, [], 'https://gate/inbox/1'),
  ).toContain('“dba”. The rule “x” asks for one more step. Nothing has run yet.');
});

describe('a poll keeps the place', () => {
  it.each([
    ['at first', 0, 15_000],
    ['after two minutes', 120_000, 30_000],
    ['after ten', 600_000, 45_000],
  ])('%s for three of its intervals', (_when, ageMs, expected) => {
    expect(leaseMs(ageMs)).toBe(expected);
  });
});
