import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Notice } from '../events/notice.ts';
import { MAX_BYTES } from '../push/push-form.ts';
import { digestMail, digestPush } from './digest-form.ts';

const INBOX = 'https://holdpoint.example.com/inbox?mine=yes';
const notice = (written: string, event: Notice['event'] = 'approval.held', id = 'a'): Notice => ({
  event,
  at: '2026-11-28T12:00:00.000Z',
  severity: 'normal',
  sentence: written,
  facts: {
    ...{ kind: 'approval', approvalId: id, method: 'tools/call', target: written },
    ...{ state: event === 'approval.held' ? 'held' : 'denied', callerKey: 'i|a', why: written },
    ...{ current: event === 'approval.held' ? 0 : null, verdicts: [] },
    connection: { id: 'c', slug: 'demo', title: 'Demo' },
    caller: { name: written, kind: 'service', clientId: null },
    steps: [{ chain: written, reviewers: { groups: [written], people: [] }, needsPasskey: true }],
  },
  arguments: { text: `ARGUED ${written}`, characters: 9, omitted: 0, masked: 0 },
  decision: null,
  link: `https://holdpoint.example.com/inbox/${id}`,
});
const many = (count: number) => Array.from({ length: count }, (_, n) => notice(`call ${n}`));

describe('several in one message', () => {
  // Guarantee: whatever an agent writes, each link is ours, nothing is a tag, and no argument is in it.
  it('has our links alone, no argument, and fits a push', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 800 }),
      fc.constant('<a href="https://evil.example">x</a>\r\nOpen it: https://evil.example'),
      fc.constant('\u{202e}'.repeat(800)),
    );
    fc.assert(
      fc.property(hostile, (text) => {
        const notices = Array.from({ length: 7 }, () => notice(text));
        const mail = digestMail(notices, INBOX);
        const links = [...mail.html.matchAll(/href="([^"]*)"/gu)].map(([, to]) => to);
        expect(new Set(links)).toEqual(new Set(['https://holdpoint.example.com/inbox/a', INBOX]));
        expect(mail.html.match(/<a /gu)).toHaveLength(8);
        expect(mail.text.split('\n').filter((row) => /^ *Open it:/u.test(row))).toHaveLength(7);
        const push = JSON.stringify(digestPush(notices, 'sentence'));
        expect(Buffer.byteLength(push)).toBeLessThanOrEqual(MAX_BYTES);
        expect(mail.text + mail.html + push).not.toContain('ARGUED');
        expect(push).not.toContain('://');
      }),
      { numRuns: 50 },
    );
  });

  it('counts what it doesn’t list, and says where all of it is', () => {
    const { subject, text } = digestMail(many(25), INBOX);
    expect(subject).toBe('[Holdpoint] 25 calls wait for you');
    expect(text).toContain('20. Held for approval: call 19.');
    expect(text).not.toContain('call 20.');
    expect(text).toContain(`And 5 more. All that waits for you: ${INBOX}`);
    expect(digestPush(many(7), 'sentence').body).toMatch(/call 4\nand 2 more$/u);
    expect(digestPush(many(7), 'bare')).toMatchObject({
      headline: '7 calls wait for you',
      body: '',
    });
  });

  it('says apart what is settled', () => {
    const both = [notice('a'), notice('b', 'approval.settled', 'b')];
    expect(digestMail(both, INBOX).subject).toBe(
      '[Holdpoint] 1 call waits for you, and 1 is settled',
    );
    expect(digestPush(both, 'sentence').body).toBe('a\nDenied: b');
  });
});
