import type { ApprovalSummary } from '@holdpoint/contracts';
import { describe, expect, it } from '@jest/globals';
import { nextPending, reconcile, withoutGone } from './stable-list.ts';

function approval(id: string, minute: number): ApprovalSummary {
  return {
    id,
    state: 'held',
    stateReason: null,
    connection: { id: 'c', slug: 'demo', title: 'Demo' },
    method: 'tools/call',
    target: 'query',
    caller: {
      key: 'https://issuer|agent',
      issuer: 'https://issuer',
      subject: 'agent',
      kind: 'service',
      displayName: 'Agent',
      clientId: null,
      groups: [],
      ownerKey: null,
    },
    owner: null,
    client: { name: null, version: null },
    why: 'why',
    preview: '',
    previewCut: false,
    heldAt: `2026-01-01T00:${String(minute).padStart(2, '0')}:00.000Z`,
    expiresAt: '2026-01-01T01:00:00.000Z',
    settledAt: null,
    agentWaiting: true,
    currentStep: 0,
    stepCount: 1,
    mayDecide: { ok: true, step: 0 },
  };
}
const shown = (rows: ReturnType<typeof reconcile>) =>
  rows.map((row) => (row.gone ? `(${row.approval.id})` : row.approval.id));

// Guarantee: what the reviewer is about to act on never moves under the hand.
describe('the inbox list', () => {
  const first = reconcile([], [approval('b', 2), approval('a', 1)]);

  it('starts with the longest waiting', () => {
    expect(shown(first)).toEqual(['a', 'b']);
  });
  it('adds what is new at the end, even when it waits longer', () => {
    expect(shown(reconcile(first, [approval('z', 0), approval('a', 1), approval('b', 2)]))).toEqual(
      ['a', 'b', 'z'],
    );
  });
  it('keeps what left in its place, marked', () => {
    expect(shown(reconcile(first, [approval('b', 2)]))).toEqual(['(a)', 'b']);
  });
  it('drops what left when the person moves on, but not the opened one', () => {
    const rows = reconcile(first, []);
    expect(shown(withoutGone(rows, 'b'))).toEqual(['(b)']);
  });
  it('finds the next pending one, from the top again at the end', () => {
    expect(nextPending(first, 'a')).toBe('b');
    expect(nextPending(first, 'b')).toBe('a');
    expect(nextPending(first, null)).toBe('a');
    expect(nextPending(reconcile(first, [approval('b', 2)]), 'b')).toBeNull();
  });
});
