import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { STATES, type Step, type VerdictAttempt, type VerdictRecord, mayDecide } from './index.ts';

const step = (groups: string[], people: string[] = [], quorum = 1): Step => ({
  chain: groups[0] ?? 'people',
  reviewers: { groups, people },
  quorum,
  deadlineMs: 60_000,
  onDeadline: 'deny',
});
const approved = (index: number, person: string): VerdictRecord => ({
  step: index,
  person,
  verdict: 'approve',
  at: new Date(0),
});
const base: VerdictAttempt = {
  person: { key: 'i|rita', groups: ['dba'], roles: ['reviewer'] },
  caller: { kind: 'person', personKey: 'i|carl', ownerKey: null },
  steps: [step(['dba']), step(['security'])],
  verdicts: [],
  state: 'held',
};
const person = (over: Partial<VerdictAttempt['person']>): VerdictAttempt['person'] => ({
  ...base.person,
  ...over,
});

describe('mayDecide', () => {
  const cases: readonly {
    what: string;
    change: Partial<VerdictAttempt>;
    answer: string | number;
  }[] = [
    { what: 'a reviewer of the current step', change: {}, answer: 0 },
    { what: 'a person named by key', change: { steps: [step([], ['i|rita'])] }, answer: 0 },
    {
      what: 'the second step, once the first is through',
      change: { person: person({ groups: ['security'] }), verdicts: [approved(0, 'i|other')] },
      answer: 1,
    },
    {
      what: 'both steps by one person who is in both',
      change: {
        person: person({ groups: ['dba', 'security'] }),
        verdicts: [approved(0, 'i|rita')],
      },
      answer: 1,
    },
    { what: 'the caller', change: { person: person({ key: 'i|carl' }) }, answer: 'own_call' },
    {
      what: 'the caller as an admin',
      change: { person: person({ key: 'i|carl', roles: ['admin', 'reviewer'] }) },
      answer: 'own_call',
    },
    {
      what: 'a caller without a key',
      change: { caller: { kind: 'person', personKey: '', ownerKey: null } },
      answer: 'own_call',
    },
    {
      what: 'the owner of the calling service',
      change: { caller: { kind: 'service', personKey: 'i|svc', ownerKey: 'i|rita' } },
      answer: 'own_service',
    },
    {
      what: 'a service owned by someone else',
      change: { caller: { kind: 'service', personKey: 'i|svc', ownerKey: 'i|omar' } },
      answer: 0,
    },
    {
      what: 'a service that nobody owns',
      change: { caller: { kind: 'service', personKey: 'i|svc', ownerKey: null } },
      answer: 'unowned_service',
    },
    {
      what: 'a service with an empty owner',
      change: { caller: { kind: 'service', personKey: 'i|svc', ownerKey: '' } },
      answer: 'unowned_service',
    },
    {
      what: 'the same subject of another issuer is another person',
      change: { person: person({ key: 'j|carl' }) },
      answer: 0,
    },
    {
      what: 'someone in no step',
      change: { person: person({ groups: ['sales'] }) },
      answer: 'not_a_reviewer',
    },
    {
      what: 'an admin in no step',
      change: { person: person({ groups: [], roles: ['admin', 'reviewer'] }) },
      answer: 'not_a_reviewer',
    },
    {
      what: 'an auditor in the named group',
      change: { person: person({ roles: ['auditor'] }) },
      answer: 'not_a_reviewer',
    },
    {
      what: 'an admin in the named group without the reviewer role',
      change: { person: person({ roles: ['admin'] }) },
      answer: 'not_a_reviewer',
    },
    {
      what: 'a person without a key',
      change: { person: person({ key: '' }) },
      answer: 'not_a_reviewer',
    },
    {
      what: 'an empty group name names nobody',
      change: { person: person({ groups: [''] }), steps: [step([''])] },
      answer: 'not_a_reviewer',
    },
    {
      what: 'a reviewer of a later step',
      change: { person: person({ groups: ['security'] }) },
      answer: 'not_in_step',
    },
    {
      what: 'a second verdict in an open step',
      change: { steps: [step(['dba'], [], 2)], verdicts: [approved(0, 'i|rita')] },
      answer: 'already_decided_by_you',
    },
    {
      what: 'a second verdict after the step went on',
      change: { verdicts: [approved(0, 'i|rita')] },
      answer: 'already_decided_by_you',
    },
    { what: 'a settled call', change: { state: 'approved' }, answer: 'settled' },
    {
      what: 'a chain that a deny ended',
      change: { verdicts: [{ ...approved(0, 'i|x'), verdict: 'deny' }] },
      answer: 'settled',
    },
    { what: 'a chain without steps', change: { steps: [] }, answer: 'settled' },
  ];
  it.each(cases)('$what: $answer', ({ change, answer }) => {
    const result = mayDecide({ ...base, ...change });
    expect(result.ok ? result.step : result.code).toBe(answer);
    // What happened, why, what to do: at least two sentences or clauses, none of them an identifier.
    if (!result.ok)
      expect(result.message).toMatch(
        /^Your verdict was not recorded.*[:;].*\. .*\.$|^.*: .*\. .*\.$/,
      );
  });

  it('lets nobody through outside of held', () => {
    for (const state of STATES.filter((name) => name !== 'held')) {
      expect(mayDecide({ ...base, state })).toMatchObject({ ok: false, code: 'settled' });
    }
  });

  it('never lets the caller or the owner decide, whatever else is true', () => {
    // Guarantee: separation from the caller has no exception (invariant 4).
    const keys = fc.constantFrom('i|a', 'i|b', 'i|c', '');
    const groups = fc.subarray(['dba', 'security', '']);
    const steps = fc.array(
      fc.tuple(groups, fc.subarray(['i|a', 'i|b']), fc.integer({ min: 0, max: 2 })),
      { maxLength: 3 },
    );
    const attempt = fc.record({
      person: fc.record({
        key: keys,
        groups,
        roles: fc.subarray(['reviewer', 'admin', 'auditor']),
      }),
      caller: fc.record({
        kind: fc.constantFrom('person' as const, 'service' as const),
        personKey: keys,
        ownerKey: fc.option(keys),
      }),
      steps: steps.map((list) =>
        list.map(([names, people, quorum]) => step(names, people, quorum)),
      ),
      verdicts: fc.array(
        fc.tuple(fc.nat(2), keys).map(([index, key]) => approved(index, key)),
        { maxLength: 5 },
      ),
      state: fc.constantFrom(...STATES),
    });
    fc.assert(
      fc.property(attempt, (input) => {
        const result = mayDecide(input);
        if (!result.ok) return;
        expect(input.person.key).not.toBe('');
        expect([input.caller.personKey, input.caller.ownerKey]).not.toContain(input.person.key);
        expect(input.caller.kind === 'service' && !input.caller.ownerKey).toBe(false);
        expect(
          input.verdicts.some((v) => v.person === input.person.key && v.step === result.step),
        ).toBe(false);
        expect(input.state).toBe('held');
      }),
      { numRuns: 3_000 },
    );
  });
});
