import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { titleOf } from './entry-title.ts';
import { visible } from './visible-text.ts';

const entry = (kind: string, more: Record<string, unknown> = {}) => ({
  id: '',
  at: '',
  kind,
  ...JSON.parse(JSON.stringify(more)),
});

describe('titleOf', () => {
  it.each([
    ['call.received', { target: 'query' }, 'The agent called query'],
    ['call.received', { method: 'ping' }, 'The agent called ping'],
    [
      'call.answered',
      { target: 'q', data: { masks: [1, 2] } },
      'q was answered, with 2 values masked',
    ],
    [
      'call.answered',
      { target: 'q', data: { masks: [1, 2], maskCount: 700 } },
      'q was answered, with 700 values masked',
    ],
    [
      'call.answered',
      { target: 'q', connection: { slug: 'crm' }, data: { inputRequired: ['x'], maskCount: 1 } },
      'crm needs input to go on with q, with 1 value masked',
    ],
    [
      'call.answered',
      { target: 'q', connection: { slug: 'crm' }, data: { inputRequired: ['x'], refused: 'x' } },
      'crm needs input for q that it may not ask for',
    ],
    ['call.continued', { target: 'q', data: { by: 'waiting' } }, 'The agent went on waiting for q'],
    [
      'call.continued',
      { target: 'q', data: { by: 'input' } },
      'The agent gave the input that q needs',
    ],
    [
      'call.received',
      {
        target: 'q',
        data: {
          decision: { effect: 'allow', observed: [{ wouldBe: 'hold' }, { wouldBe: 'allow' }] },
        },
      },
      'The agent called q; a rule on trial would have decided otherwise',
    ],
    ['approval.rejudged', { target: 'q' }, 'q was judged again by the policy in force'],
    [
      'approval.rejudged',
      { target: 'q', data: { to: 7, addedSteps: 0 } },
      'q was judged again by policy 7',
    ],
    [
      'approval.rejudged',
      { target: 'q', data: { to: 7, addedSteps: 2 } },
      'q was judged again by policy 7, which asks for more',
    ],
    [
      'approval.rejudged',
      { target: 'q', data: { to: 7, state: 'denied' } },
      'q was judged again by policy 7, which denies it',
    ],
    ['verdict.given', { data: { person: 'Ana', verdict: 'deny' } }, 'Ana denied'],
    [
      'verdict.given',
      { data: { person: 'Ana', verdict: 'approve', via: 'webhook' } },
      'Ana approved by a webhook callback',
    ],
    [
      'verdict.given',
      { data: { person: 'Ana', verdict: 'approve', actingFor: 'Ben', passkey: {} } },
      'Ana approved for Ben with a passkey',
    ],
    ['policy.published', { data: { person: 'Ana', number: 3 } }, 'Ana published policy 3'],
    [
      'catalogue.accepted',
      { target: 'query', data: { person: 'Ana', how: 'person' } },
      'Ana accepted the definition of query',
    ],
    [
      'catalogue.accepted',
      { connection: { slug: 'crm' }, data: { how: 'first-list', kind: 'prompt', items: [{}, {}] } },
      '2 prompts of crm were accepted on first use',
    ],
    [
      'catalogue.accepted',
      { connection: { slug: 'crm' }, data: { how: 'setting', kind: 'tool', items: [{}] } },
      '1 tool of crm was accepted by the connection’s setting',
    ],
    [
      'catalogue.changed',
      { connection: { slug: 'crm' }, data: { kind: 'resource', items: [{}] } },
      'crm changed 1 resource',
    ],
    [
      'catalogue.blocked',
      { target: 'query', data: { person: 'Ana' } },
      'Ana blocked query as it is defined',
    ],
    [
      'call.cancelled',
      { target: 'query', data: { by: 'freeze' } },
      'query was broken off by a freeze',
    ],
    ['caller.frozen', { target: 'i|c', who: 'i|a' }, 'i|a froze the caller i|c'],
    ['everything.unfrozen', { who: 'i|a' }, 'i|a unfroze everything'],
    ['connection.frozen', { connection: { slug: 'prod' }, who: 'i|a' }, 'i|a froze prod'],
    [
      'service-identity.updated',
      { target: 'night\u202ely', data: { person: 'Ana' } },
      'Ana changed the service identity night\\u{202e}ly',
    ],
    ['something.new', {}, 'something.new'],
    ['constructor', {}, 'constructor'],
  ])('of %s with %j is "%s"', (kind, more, title) => {
    expect(titleOf(entry(kind, more))).toBe(title);
  });
});

/** Guarantee: nothing an agent names can reorder, hide or lengthen the sentence around it. */
describe('visible', () => {
  it('writes out what would not be seen', () => {
    expect(visible('a\u202eb\u200bc\u0000d')).toBe('a\\u{202e}b\\u{200b}c\\u{0}d');
    expect(visible('tag\u{e0041}')).toBe('tag\\u{e0041}');
  });

  it('says what it cut', () => {
    expect(visible('x'.repeat(130))).toBe(`${'x'.repeat(120)}… (10 more characters)`);
  });

  it('never lets a control or format character through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(visible(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      }),
    );
  });
});
