import { routeMatchSchema, type NotificationEvent } from '@holdpoint/contracts';
import { describe, expect, it } from '@jest/globals';
import type { ApprovalEventFacts, EventFacts } from '../events/event-facts.ts';
import { isTaken, isWithin, severityOf } from './routing.ts';

const step = (chain: string, groups: string[], needsPasskey = false) => ({
  chain,
  reviewers: { groups, people: [] },
  needsPasskey,
});
const held: ApprovalEventFacts = {
  kind: 'approval',
  approvalId: 'a',
  state: 'held',
  method: 'tools/call',
  target: 'query',
  connection: { id: 'c', slug: 'prod-orders', title: 'Orders' },
  caller: { name: 'Agent', kind: 'service', clientId: null },
  callerKey: 'http://issuer.example.com|agent',
  why: 'A person looks at every write.',
  steps: [step('dba-then-security', ['dba']), step('dba-then-security', ['security'], true)],
  current: 0,
  verdicts: [],
};
const MONDAY_NOON = new Date('2026-11-30T11:00:00Z'); // 12:00 in Berlin
const taken = (
  match: Record<string, unknown>,
  {
    event = 'approval.held',
    facts = held,
    at = MONDAY_NOON,
  }: Partial<{
    event: NotificationEvent;
    facts: EventFacts;
    at: Date;
  }> = {},
) => isTaken(routeMatchSchema.parse({ events: [event], ...match }), { event, facts, at });

describe('a route', () => {
  const cases = [
    { what: 'that names nothing takes all', match: {}, is: true },
    { what: 'takes only its events', match: { events: ['approval.settled'] }, is: false },
    { what: 'takes a connection by pattern', match: { connections: ['prod-*'] }, is: true },
    { what: 'leaves other connections', match: { connections: ['staging-*'] }, is: false },
    { what: 'takes the chain that asks', match: { chains: ['dba-*'] }, is: true },
    { what: 'takes the step that asks', match: { steps: [1] }, is: true },
    { what: 'leaves a step that does not ask yet', match: { steps: [2] }, is: false },
    { what: 'takes a group that is asked', match: { groups: ['dba', 'x'] }, is: true },
    { what: 'leaves a group of a later step', match: { groups: ['security'] }, is: false },
    { what: 'needs all it names', match: { groups: ['dba'], steps: [2] }, is: false },
    { what: 'leaves what is less urgent', match: { minSeverity: 'high' }, is: false },
  ];
  it.each(cases)('$what', ({ match, is }) => {
    expect(taken(match)).toBe(is);
  });

  it('of a later step takes the chain once it moved on, more urgent where it needs a passkey', () => {
    const facts = { ...held, current: 1 };
    expect(taken({ groups: ['security'] }, { facts, event: 'approval.advanced' })).toBe(true);
    expect(severityOf({ event: 'approval.advanced', facts })).toBe('high');
  });

  it('takes the groups that an escalation asks besides', () => {
    const facts = { ...held, asked: { step: 1, of: 2, groups: ['leads'], people: [] } };
    expect(taken({ groups: ['leads'] }, { facts, event: 'approval.escalated' })).toBe(true);
    expect(taken({ groups: ['leads'] })).toBe(false);
  });

  it('of any step hears of the settlement', () => {
    const facts = { ...held, state: 'approved', current: null } as const;
    const settled = { facts, event: 'approval.settled' } as const;
    expect(taken({ groups: ['security'] }, settled)).toBe(true);
    expect(taken({ groups: ['others'] }, settled)).toBe(false);
  });

  it('of connections hears of what is frozen there, or everywhere', () => {
    const frozen = (slug: string | null) => ({
      event: 'freeze.set' as const,
      facts: { kind: 'freeze', scope: 'caller', slug, title: '', reason: '', person: '' } as const,
    });
    expect(taken({ connections: ['prod-*'] }, frozen('prod-orders'))).toBe(true);
    expect(taken({ connections: ['prod-*'] }, frozen('staging'))).toBe(false);
    expect(taken({ connections: ['prod-*'] }, frozen(null))).toBe(true);
  });
});

describe('hours', () => {
  const week = ['mon', 'tue', 'wed', 'thu', 'fri'] as const;
  const office = { timeZone: 'Europe/Berlin', days: [...week], from: '09:00', to: '17:00' };
  const cases = [
    { what: 'by the clocks of the zone', at: '2026-11-30T08:00:00Z', inside: true },
    { what: 'not before', at: '2026-11-30T07:59:59Z', inside: false },
    { what: 'not from the end on', at: '2026-11-30T16:00:00Z', inside: false },
    { what: 'not on other days', at: '2026-11-29T10:00:00Z', inside: false },
    { what: 'in summer time, too', at: '2026-07-06T07:00:00Z', inside: true },
  ];
  it.each(cases)('$what', ({ at, inside }) => {
    expect(isWithin({ ...office, when: 'inside' }, new Date(at))).toBe(inside);
    expect(isWithin({ ...office, when: 'outside' }, new Date(at))).toBe(!inside);
  });

  it('over midnight belong to the day they begin on', () => {
    const night = {
      ...office,
      days: ['fri' as const],
      from: '22:00',
      to: '06:00',
      when: 'inside' as const,
    };
    expect(isWithin(night, new Date('2026-11-27T22:00:00Z'))).toBe(true); // Friday, 23:00
    expect(isWithin(night, new Date('2026-11-28T04:00:00Z'))).toBe(true); // Saturday, 05:00
    expect(isWithin(night, new Date('2026-11-28T22:00:00Z'))).toBe(false); // Saturday, 23:00
    expect(isWithin(night, new Date('2026-11-27T04:00:00Z'))).toBe(false); // Friday, 05:00
  });
});
