import { describe, expect, it } from '@jest/globals';
import { type Step, satisfiable } from './index.ts';

const step = (over: Partial<Step> = {}): Step => ({
  chain: 'dba',
  reviewers: { groups: ['dba'], people: [] },
  quorum: 1,
  deadlineMs: 60_000,
  onDeadline: 'deny',
  ...over,
});

describe('satisfiable', () => {
  const people = (...keys: string[]): Step['reviewers'] => ({ groups: [], people: keys });
  const onCall = (rota: string): Step['reviewers'] => ({ groups: [], people: [], onCall: rota });
  const escalateTo = (group: string): Step['onDeadline'] => ({
    kind: 'escalate',
    rounds: [{ to: { groups: [group], people: [] }, forMs: 60_000 }],
  });
  const cases: readonly {
    what: string;
    steps: Step[];
    known?: string[];
    excluded?: string[];
    rotas?: Record<string, string[]>;
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
    {
      what: 'a rota that there is',
      steps: [step({ reviewers: onCall('nights') })],
      rotas: { nights: ['i|a'] },
      code: null,
    },
    {
      what: 'a rota that nobody looked for',
      steps: [step({ reviewers: onCall('nights') })],
      code: null,
    },
    {
      what: 'a rota that there is not',
      steps: [step({ reviewers: onCall('nights') })],
      rotas: {},
      code: 'unknown_rota',
    },
    {
      what: 'a rota without people',
      steps: [step({ reviewers: onCall('nights') })],
      rotas: { nights: [] },
      code: 'empty_rota',
    },
    {
      what: 'a rota of nobody but the caller',
      steps: [step({ reviewers: onCall('nights') })],
      rotas: { nights: ['i|a'] },
      excluded: ['i|a'],
      code: 'empty_rota',
    },
    {
      what: 'two out of a rota, of whom one at a time is on call',
      steps: [step({ quorum: 2, reviewers: onCall('nights') })],
      rotas: { nights: ['i|a', 'i|b', 'i|c'] },
      code: 'too_few_people',
    },
    {
      what: 'a group beside an unknown rota',
      steps: [step({ reviewers: { ...onCall('nights'), groups: ['dba'] } })],
      rotas: {},
      code: null,
    },
    {
      what: 'nobody at first, and others at the deadline',
      steps: [step({ quorum: 2, reviewers: people('i|a'), onDeadline: escalateTo('security') })],
      code: null,
    },
    {
      what: 'rounds of nobody',
      steps: [step({ reviewers: people(), onDeadline: { kind: 'escalate', rounds: [] } })],
      code: 'bad_deadline',
    },
    {
      what: 'reminders without an end',
      steps: [step({ onDeadline: { kind: 'remind', everyMs: 1, atMost: Infinity } })],
      code: 'bad_deadline',
    },
    { what: 'a deadline in the past', steps: [step({ deadlineMs: 0 })], code: 'bad_deadline' },
  ];
  it.each(cases)('$what', ({ steps, known, excluded, rotas, code }) => {
    const result = satisfiable(steps, {
      groups: known,
      excluded,
      rotas: rotas && new Map(Object.entries(rotas)),
    });
    expect(result.ok ? null : result.code).toBe(code);
  });
});
