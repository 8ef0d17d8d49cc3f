import { describe, expect, it } from '@jest/globals';
import { line } from '../senders/plain.ts';
import { noticeOf } from './notice.ts';

const noticeAbout = (target: string) =>
  noticeOf(
    {
      event: 'approval.held',
      at: new Date(0),
      facts: {
        kind: 'approval',
        approvalId: '01a222af-c949-7151-a36f-2c5bdec4a318',
        state: 'held',
        method: 'tools/call',
        target,
        callerKey: 'i|a',
        why: 'why',
        connection: { id: 'c', slug: 'demo', title: 'Demo' },
        caller: { name: 'Agent', kind: 'service', clientId: null },
        steps: [{ chain: 'x', reviewers: { groups: ['g'], people: [] }, needsPasskey: false }],
        current: 0,
        verdicts: [],
      },
    },
    { arguments: { text: '{}', characters: 2, omitted: 0, masked: 0 }, digest: 'd' },
    'https://holdpoint.example.com',
  );

// Guarantee: nobody approves by a message that names only the beginning of what would run.
describe('the digest of what is shown', () => {
  it('is there while the name of what would run is shown whole, and goes where it is cut', () => {
    const room = 500 - noticeAbout('').sentence.length;
    const whole = noticeAbout('x'.repeat(room - 1));
    expect(line(whole.sentence)).toBe(whole.sentence);
    expect(whole.decision).toEqual({ step: 0, digest: 'd' });
    const cut = noticeAbout('x'.repeat(room + 1));
    expect(line(cut.sentence)).toContain('more character');
    expect(cut.decision).toEqual({ step: 0, digest: null });
  });
});
