import { notificationPreferenceSchema } from '@holdpoint/contracts';
import { describe, expect, it } from '@jest/globals';
import type { ApprovalEventFacts } from '../events/event-facts.ts';
import { heldBackUntil, type AboutToTell } from './comes-through.ts';

const MORNING = new Date('2026-11-29T07:00:00Z');
const facts = (needsPasskey = false): ApprovalEventFacts => ({
  ...{ kind: 'approval', approvalId: 'a', state: 'held', method: 'tools/call', target: 'query' },
  connection: { id: 'c', slug: 'demo', title: 'Demo' },
  caller: { name: 'Agent', kind: 'service', clientId: null },
  ...{ callerKey: 'i|a', why: 'x', current: 0, verdicts: [] },
  steps: [{ chain: 'c', reviewers: { groups: ['g'], people: [] }, needsPasskey }],
});
const NIGHT: AboutToTell = {
  ...{ event: 'approval.held', facts: facts(), isSilent: false },
  now: new Date('2026-11-29T02:00:00Z'),
  deadline: new Date('2026-11-29T12:00:00Z'),
};
const wishes = (changes = {}) =>
  notificationPreferenceSchema.parse({
    timeZone: 'Europe/Berlin',
    quiet: { days: ['sat', 'sun'], from: '22:00', to: '08:00' },
    ...changes,
  });

describe('in quiet hours', () => {
  const early = new Date('2026-11-29T06:00:00Z');
  const cases = [
    { what: 'a held call waits for the morning', of: {}, wish: {}, told: MORNING },
    { what: 'a reminder does, too', of: { event: 'approval.reminded' }, wish: {}, told: MORNING },
    {
      what: 'an escalation comes through',
      of: { event: 'approval.escalated' },
      wish: {},
      told: null,
    },
    {
      what: 'no escalation does where that was chosen',
      ...{ of: { event: 'approval.escalated' }, wish: { escalations: false }, told: MORNING },
    },
    { what: 'what is over by then comes through', of: { deadline: early }, wish: {}, told: null },
    {
      what: 'not even that does where that was chosen',
      ...{ of: { deadline: early }, wish: { deadlines: false }, told: MORNING },
    },
    {
      what: 'what is as severe as was chosen comes through',
      ...{ of: { facts: facts(true) }, wish: { least: 'high' }, told: null },
    },
    { what: 'what makes no sound comes through', of: { isSilent: true }, wish: {}, told: null },
  ] as const satisfies readonly {
    what: string;
    of: Partial<AboutToTell>;
    wish: object;
    told: Date | null;
  }[];
  it.each(cases)('$what', ({ of, wish, told }) => {
    expect(heldBackUntil(wishes(wish), { ...NIGHT, ...of })).toEqual(told);
  });
});
