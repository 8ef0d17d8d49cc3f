import { describe, expect, it } from '@jest/globals';
import { type ChainStep, chainFaults } from './index.ts';

const step = (over: Partial<ChainStep>): ChainStep => ({
  reviewers: { groups: [], people: [] },
  quorum: 1,
  deadlineMs: 1,
  onDeadline: 'deny',
  ...over,
});
const rota = (onCall: string) => ({ groups: [], people: [], onCall });
const escalate = (...to: ChainStep['reviewers'][]): ChainStep['onDeadline'] => ({
  kind: 'escalate',
  rounds: to.map((circle) => ({ to: circle, forMs: 1 })),
});
const group = { groups: ['dba'], people: [] };

describe('chainFaults', () => {
  const rotas = new Map([
    ['nights', ['i|a', 'i|b', 'i|c']],
    ['empty', []],
  ]);
  it.each([
    ['a group', step({ reviewers: group }), null],
    ['a rota', step({ reviewers: rota('nights') }), null],
    ['nobody', step({}), { part: 'reviewers' }],
    ['an unknown rota', step({ reviewers: rota('days') }), { part: 'onCall' }],
    [
      'an unknown rota beside a group',
      step({ reviewers: { ...group, onCall: 'days' } }),
      { part: 'onCall' },
    ],
    ['an empty rota', step({ reviewers: rota('empty') }), { part: 'onCall' }],
    ['two of a rota', step({ reviewers: rota('nights'), quorum: 2 }), { part: 'quorum' }],
    [
      'two of one person',
      step({ reviewers: { groups: [], people: ['i|a'] }, quorum: 2 }),
      { part: 'quorum' },
    ],
    [
      'two, with a round',
      step({ reviewers: rota('nights'), quorum: 2, onDeadline: escalate(group) }),
      null,
    ],
    [
      'an unknown rota in the second round',
      step({ reviewers: group, onDeadline: escalate(group, rota('days')) }),
      { part: 'round', round: 1 },
    ],
    [
      'a round of nobody',
      step({ reviewers: group, onDeadline: escalate({ groups: [], people: [] }) }),
      { part: 'round', round: 0 },
    ],
  ])('%s', (_, one, at) => {
    expect(chainFaults([one], rotas).map((fault) => fault.at)).toEqual(at === null ? [] : [at]);
  });
});
