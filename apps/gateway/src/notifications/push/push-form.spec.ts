import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Notice } from '../events/notice.ts';
import { MAX_BYTES, pushForm } from './push-form.ts';

const ID = '0192f0c1-2345-7890-abcd-ef0123456789';
const notice = (written: string, event: Notice['event'] = 'approval.held'): Notice => ({
  event,
  at: '2026-11-28T12:00:00.000Z',
  severity: 'normal',
  sentence: written,
  facts: {
    ...{ kind: 'approval', approvalId: ID, state: 'held', method: 'tools/call' },
    ...{ target: written, callerKey: 'i|a', why: written, current: 0, verdicts: [] },
    connection: { id: 'c', slug: 'demo', title: 'Demo' },
    caller: { name: written, kind: 'service', clientId: null },
    steps: [{ chain: written, reviewers: { groups: [written], people: [] }, needsPasskey: true }],
  },
  arguments: { text: `ARGUED ${written}`, characters: 9, omitted: 0, masked: 0 },
  decision: { step: 0, digest: null },
  link: `https://holdpoint.example.com/inbox/${ID}`,
});

describe('what a browser is pushed', () => {
  // Guarantee: whatever an agent writes, the headline is ours, there is no address, and it fits.
  it('has no headline, address or argument of an agent, and fits', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 3000 }),
      fc.constant('https://evil.example/inbox '.repeat(200)),
      fc.constant('\u{202e}'.repeat(2000)),
    );
    fc.assert(
      fc.property(hostile, (text) => {
        const form = pushForm(notice(text), 'sentence');
        expect(form).toMatchObject({ headline: 'Held for approval', approval: ID, tag: ID });
        expect(Buffer.byteLength(JSON.stringify(form))).toBeLessThanOrEqual(MAX_BYTES);
        expect(JSON.stringify(form)).not.toContain('://');
        expect(form.body).not.toContain('ARGUED');
        expect(form.body.split('\n')).toHaveLength(4);
      }),
    );
  });

  it('says how much of a long text is left out', () => {
    const { body } = pushForm(notice('\u{1F600}'.repeat(400)), 'sentence');
    expect(body).toContain('… (175 more characters).');
  });

  it('says only that a call waits where that was chosen', () => {
    expect(pushForm(notice('secret plan'), 'bare')).toMatchObject({
      headline: 'Held for approval',
      body: 'A call waits for your verdict.',
    });
  });

  it.each([
    { event: 'approval.held', alert: 'once' },
    { event: 'approval.escalated', alert: 'again' },
    { event: 'approval.settled', alert: 'silent' },
  ] as const)('sounds $alert for $event', ({ event, alert }) => {
    expect(pushForm(notice('x', event), 'sentence').alert).toBe(alert);
  });
});
