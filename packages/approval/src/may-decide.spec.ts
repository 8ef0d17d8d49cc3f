import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  STATES,
  type Delegator,
  type Step,
  type VerdictAttempt,
  type VerdictRecord,
  mayBreakGlass,
  mayDecide,
  progress,
  refusalMessage,
} from './index.ts';

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

const avery = (over: Partial<Delegator> = {}): Delegator => ({
  key: 'i|avery',
  groups: ['dba'],
  roles: ['reviewer'],
  chains: [],
  ...over,
});
const outsider = person({ groups: [] });
const forAvery: VerdictRecord = { ...approved(0, 'i|other'), actingFor: 'i|avery' };

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
    {
      what: 'a delegate, in the place of a member of the group',
      change: { person: outsider, delegators: [avery()] },
      answer: 'i|avery',
    },
    {
      what: 'a delegate, in the place of a named person',
      change: {
        person: outsider,
        delegators: [avery({ groups: [] })],
        steps: [step([], ['i|avery'])],
      },
      answer: 'i|avery',
    },
    {
      what: 'a delegate who is a member too, for themselves',
      change: { delegators: [avery()] },
      answer: 0,
    },
    {
      what: 'a delegate without the reviewer role',
      change: { person: person({ groups: [], roles: ['admin'] }), delegators: [avery()] },
      answer: 'not_a_reviewer',
    },
    {
      what: 'a delegate of a member of the group who is no reviewer any more',
      change: { person: outsider, delegators: [avery({ roles: ['admin'] })] },
      answer: 'not_a_reviewer',
    },
    {
      what: 'a delegate of a named person who is no reviewer any more',
      change: {
        person: outsider,
        delegators: [avery({ groups: [], roles: [] })],
        steps: [step([], ['i|avery'])],
      },
      answer: 'not_a_reviewer',
    },
    {
      what: 'a delegate of somebody who is no reviewer of it',
      change: { person: outsider, delegators: [avery({ groups: ['sales'] })] },
      answer: 'not_a_reviewer',
    },
    {
      what: 'a delegate for another chain',
      change: { person: outsider, delegators: [avery({ chains: ['security'] })] },
      answer: 'not_a_reviewer',
    },
    {
      what: 'a delegate for this chain',
      change: { person: outsider, delegators: [avery({ chains: ['dba'] })] },
      answer: 'i|avery',
    },
    {
      what: 'a delegate of the caller',
      change: { person: outsider, delegators: [avery({ key: 'i|carl' })] },
      answer: 'not_a_reviewer',
    },
    {
      what: 'a delegate of the owner of the calling service',
      change: {
        person: outsider,
        delegators: [avery()],
        caller: { kind: 'service', personKey: 'i|svc', ownerKey: 'i|avery' },
      },
      answer: 'not_a_reviewer',
    },
    {
      what: 'the caller, as a delegate',
      change: { person: person({ key: 'i|carl', groups: [] }), delegators: [avery()] },
      answer: 'own_call',
    },
    {
      what: 'a delegate after the delegator’s own verdict',
      change: {
        person: outsider,
        delegators: [avery()],
        steps: [step(['dba'], [], 2)],
        verdicts: [approved(0, 'i|avery')],
      },
      answer: 'already_decided_for_them',
    },
    {
      what: 'a second delegate of the same person',
      change: {
        person: outsider,
        delegators: [avery()],
        steps: [step(['dba'], [], 2)],
        verdicts: [forAvery],
      },
      answer: 'already_decided_for_them',
    },
    {
      what: 'the delegator after the delegate’s verdict',
      change: {
        person: person({ key: 'i|avery' }),
        steps: [step(['dba'], [], 2)],
        verdicts: [forAvery],
      },
      answer: 'already_decided_by_you',
    },
    {
      what: 'a delegate of two, one of whom has decided',
      change: {
        person: outsider,
        delegators: [avery(), avery({ key: 'i|omar' })],
        steps: [step(['dba'], [], 2)],
        verdicts: [approved(0, 'i|avery')],
      },
      answer: 'i|omar',
    },
    {
      what: 'whoever changed the arguments',
      change: { editorKey: 'i|rita' },
      answer: 'own_edit',
    },
    {
      what: 'whoever changed them, though the step was reached by others',
      change: {
        editorKey: 'i|rita',
        person: person({ groups: ['dba', 'security'] }),
        verdicts: [approved(0, 'i|other')],
      },
      answer: 'own_edit',
    },
    { what: 'another than who changed the arguments', change: { editorKey: 'i|omar' }, answer: 0 },
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
    expect(result.ok ? (result.actingFor ?? result.step) : result.code).toBe(answer);
    // What happened, why, what to do: at least two sentences or clauses, none of them an identifier.
    if (!result.ok) {
      expect(result.message).toMatch(/^You can’t decide about this call: .*\. .*\.$/);
      // Nobody is told of a verdict who gave none.
      expect(result.message).not.toContain('recorded');
      expect(refusalMessage(result.code, 'Your verdict was not recorded')).toMatch(
        /^Your verdict was not recorded: .*\. .*\.$/,
      );
    }
  });

  it('lets nobody through outside of held', () => {
    for (const state of STATES.filter((name) => name !== 'held')) {
      expect(mayDecide({ ...base, state })).toMatchObject({ ok: false, code: 'settled' });
    }
  });

  // Guarantee: separation from the caller has no exception (invariant 4).
  it('never lets anyone tied to the caller, or the editor, decide, whatever delegations or roles there are', () => {
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
        roles: fc.subarray(['reviewer', 'admin', 'auditor', 'breakglass']),
      }),
      delegators: fc.array(
        fc.record({
          key: keys,
          groups,
          roles: fc.subarray(['reviewer', 'admin']),
          chains: fc.subarray(['dba', 'people']),
        }),
        { maxLength: 3 },
      ),
      caller: fc.record({
        kind: fc.constantFrom('person' as const, 'service' as const),
        personKey: keys,
        ownerKey: fc.option(keys),
      }),
      steps: steps.map((list) =>
        list.map(([names, people, quorum]) => step(names, people, quorum)),
      ),
      verdicts: fc.array(
        fc
          .tuple(fc.nat(2), keys, fc.option(keys))
          .map(([index, key, actingFor]) => ({ ...approved(index, key), actingFor })),
        { maxLength: 5 },
      ),
      state: fc.constantFrom(...STATES),
      editorKey: fc.option(keys),
    });
    fc.assert(
      fc.property(attempt, (input) => {
        const tied = [input.caller.personKey, input.caller.ownerKey];
        const past = mayBreakGlass(input);
        if (past.ok) {
          expect(tied).not.toContain(input.person.key);
          expect(input.person.roles).toContain('breakglass');
          expect(input.caller.kind === 'service' && !input.caller.ownerKey).toBe(false);
          expect(input.state).toBe('held');
        }
        const result = mayDecide(input);
        if (!result.ok) return;
        expect(input.person.key).not.toBe('');
        expect(input.editorKey).not.toBe(input.person.key);
        if (result.actingFor !== null) expect(input.editorKey).not.toBe(result.actingFor);
        expect(tied).not.toContain(input.person.key);
        expect(tied).not.toContain(result.actingFor ?? undefined);
        const people = [input.person.key, ...(result.actingFor === null ? [] : [result.actingFor])];
        expect(new Set(people).size).toBe(people.length);
        // Nobody is behind two verdicts of a step: neither as who gave it nor as who it was given for.
        const before = input.verdicts.filter((v) => v.step === result.step);
        expect(
          before.some((v) => [v.person, v.actingFor].some((key) => people.includes(key ?? '\0'))),
        ).toBe(false);
        const { perStep } = progress(input.steps, [
          ...input.verdicts,
          { ...approved(result.step, input.person.key), actingFor: result.actingFor },
        ]);
        const counted = perStep[result.step]?.approvedBy ?? [];
        expect(new Set(counted).size).toBe(counted.length);
        expect(input.caller.kind === 'service' && !input.caller.ownerKey).toBe(false);
        expect(input.state).toBe('held');
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('mayBreakGlass', () => {
  const breaker = person({ groups: [], roles: ['breakglass'] });
  const cases: readonly { what: string; change: Partial<VerdictAttempt>; answer: string }[] = [
    { what: 'somebody with the role, in no step', change: {}, answer: 'ok' },
    {
      what: 'an admin and reviewer without the role',
      change: { person: person({ roles: ['admin', 'reviewer'] }) },
      answer: 'not_break_glass',
    },
    {
      what: 'the caller',
      change: { person: { ...breaker, key: 'i|carl' } },
      answer: 'own_call',
    },
    {
      what: 'the owner of the calling service',
      change: { caller: { kind: 'service', personKey: 'i|svc', ownerKey: 'i|rita' } },
      answer: 'own_service',
    },
    {
      what: 'a service that nobody owns',
      change: { caller: { kind: 'service', personKey: 'i|svc', ownerKey: null } },
      answer: 'unowned_service',
    },
    { what: 'a settled call', change: { state: 'denied' }, answer: 'settled' },
    {
      what: 'a person without a key',
      change: { person: { ...breaker, key: '' } },
      answer: 'not_break_glass',
    },
  ];
  it.each(cases)('$what: $answer', ({ change, answer }) => {
    const result = mayBreakGlass({ ...base, person: breaker, ...change });
    expect(result.ok ? 'ok' : result.code).toBe(answer);
  });
});
