import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type ChainStep, type KnownPerson, stepOutlooks } from './index.ts';

const NOW = new Date('2026-11-28T12:00:00Z');
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 86_400_000);
const REVIEWERS = 'reviewers';

const person = (name: string, groups: readonly string[] | null, days = 1): KnownPerson => ({
  key: `i|${name}`,
  name,
  learned: groups && {
    groups,
    roles: groups.includes(REVIEWERS) ? ['reviewer'] : [],
    at: daysAgo(days),
  },
});
type Asked = Pick<ChainStep, 'reviewers' | 'quorum' | 'onDeadline'>;
const people = (...names: string[]): Asked => ({
  reviewers: { groups: [], people: names.map((name) => `i|${name}`) },
  quorum: 1,
  onDeadline: 'deny',
});
const groups = (...names: string[]): Asked => ({
  ...people(),
  reviewers: { groups: names, people: [] },
});
const nights: Asked = { ...people(), reviewers: { groups: [], people: [], onCall: 'nights' } };
const two = (step: Asked): Asked => ({ ...step, quorum: 2 });
const onCall = (name: string) => (rota: string) => (rota === 'nights' ? `i|${name}` : undefined);

const avery = person('avery', [REVIEWERS, 'dba']);
const jordan = person('jordan', [REVIEWERS]);
const lost = person('lost', ['dba']);
const longLost = person('longlost', [], 400);
const stale = person('stale', [REVIEWERS, 'ops'], 31);
const unseen = person('unseen', null);

const look = (step: Asked, known: readonly KnownPerson[], rota = 'avery') => {
  const [outlook] = stepOutlooks([step], { people: known, onCallNow: onCall(rota), now: NOW });
  if (outlook === undefined) throw new Error('A step has an outlook.');
  return outlook;
};

describe('stepOutlooks', () => {
  const known = [avery, jordan, lost, longLost, stale, unseen];
  it.each<[string, Asked, string, number, string | null]>([
    ['a person with the role', people('avery'), 'fine', 1, null],
    ['a person without it', people('lost'), 'short', 0, 'lost is in no group'],
    ['one who lost it long ago', people('longlost'), 'short', 0, 'longlost is in no group'],
    ['one of two is enough', people('avery', 'lost'), 'fine', 1, null],
    ['two needed, one has it', two(people('avery', 'lost')), 'short', 1, 'It needs 2 people'],
    ['a person never seen is unknown', people('nobody'), 'fine', 0, null],
    ['one who never came with groups, too', people('unseen'), 'fine', 0, null],
    ['one not seen lately, too', people('stale'), 'fine', 0, null],
    [
      'unknown people are told where others are missing',
      two(people('lost', 'nobody')),
      'short',
      0,
      'nobody never signed in',
    ],
    ['a group with a reviewer', groups('dba'), 'fine', 1, null],
    ['all who are in one of its groups', groups('dba', REVIEWERS), 'fine', 2, null],
    ['a group of which nobody was seen', groups('legal'), 'nobody-known', 0, '“legal”'],
    ['a group last seen too long ago', groups('ops'), 'nobody-known', 0, '“ops”'],
    ['a group with fewer than its quorum is not judged', two(groups('dba')), 'fine', 1, null],
    [
      'a group of nobody beside a person who can',
      { ...groups('legal'), reviewers: { groups: ['legal'], people: ['i|avery'] } },
      'fine',
      1,
      null,
    ],
    [
      'a group of nobody beside one who cannot',
      { ...groups('legal'), reviewers: { groups: ['legal'], people: ['i|lost'] } },
      'nobody-known',
      0,
      'lost is in no group',
    ],
    ['whoever is on call', nights, 'fine', 1, null],
    [
      'somebody named who is also on call counts once',
      two({ ...nights, reviewers: { groups: [], people: ['i|avery'], onCall: 'nights' } }),
      'short',
      1,
      'counts once',
    ],
    [
      'those of a later round count',
      {
        ...people('lost'),
        onDeadline: { kind: 'escalate', rounds: [{ to: nights.reviewers, forMs: 1 }] },
      },
      'fine',
      1,
      null,
    ],
  ])('%s', (_, step, verdict, count, told) => {
    const outlook = look(step, known);
    expect(outlook).toMatchObject({ verdict, known: count });
    expect(outlook.message).toEqual(told === null ? null : expect.stringContaining(told));
  });

  it('is short while somebody without the role is on call', () => {
    expect(look(nights, known, 'lost')).toMatchObject({ verdict: 'short', known: 0 });
  });

  it('says what to do, in whole sentences', () => {
    expect(look(people('lost'), known).message).toBe(
      'Nobody whom it names can decide it now. lost is in no group that gives the role reviewer. Name others in the chain, or have their groups corrected at the identity provider; they count again once they sign in.',
    );
    expect(look(groups('legal', 'ops'), known).message).toBe(
      'Nobody who signed in here in the last 30 days is a reviewer and in “legal” or “ops”. Once somebody of them signs in, this is over; if there is nobody, name another group or person in the chain.',
    );
  });

  it('never gets worse by one more reviewer in all its groups', () => {
    const somebody = fc.constantFrom(...known);
    const step = fc.constantFrom(nights, people('lost'), groups('legal'), groups('dba', 'ops'));
    fc.assert(
      fc.property(fc.array(somebody), step, (some, one) => {
        const before = look(one, some);
        const after = look(one, [...some, person('new', [REVIEWERS, 'legal', 'dba', 'ops'])]);
        expect(after.known).toBeGreaterThanOrEqual(before.known);
        if (before.verdict === 'fine' || one.reviewers.groups.length > 0)
          expect(after.verdict).toBe('fine');
      }),
    );
  });
});
