import { describe, expect, it } from '@jest/globals';
import type { ApprovalSummary } from '@holdpoint/contracts';
import fc from 'fast-check';
import { ApiFailure } from '../../lib/api.ts';
import { idsOf } from './arrangement.ts';
import { InboxSync } from './inbox-sync.ts';

function approval(id: string): ApprovalSummary {
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
    heldAt: '2026-01-01T00:00:00.000Z',
    expiresAt: '2026-01-01T01:00:00.000Z',
    settledAt: null,
    agentWaiting: true,
    currentStep: 0,
    stepCount: 1,
    rejudged: null,
    mayDecide: { ok: true, step: 0, actingFor: null },
    inbox: { group: 'g', snoozedUntil: null },
    watch: { claim: null, open: [] },
  };
}

/** A gateway that answers when it is let: what it says is what was so when it was asked. */
function gateway() {
  let listed: readonly string[] = [];
  let fails = false;
  const open: (() => void)[] = [];
  const answer = <T>(said: T): Promise<T> =>
    new Promise((resolve, reject) => {
      const failed = fails;
      open.push(() => {
        if (failed) reject(new ApiFailure('network', 'Not now.'));
        else resolve(said);
      });
    });
  return {
    set: (ids: readonly string[]) => (listed = ids),
    fail: (now: boolean) => (fails = now),
    get asked() {
      return open.length;
    },
    /** Lets every question be answered, and those that follow from the answers. */
    async settle() {
      for (let next = open.shift(); next !== undefined; next = open.shift()) {
        next();
        for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
      }
    },
    questions: {
      index: () =>
        answer({
          groups: ['g'],
          items: listed.map((id) => ({ id, group: 0 })),
          capped: false,
          snoozedCount: 0,
          nextWakeAt: null,
          pendingCount: listed.length,
        }),
      rows: (ids: readonly string[]) =>
        answer({
          items: ids.map((id) => ({ approval: approval(id), listed: listed.includes(id) })),
          pendingCount: listed.length,
        }),
    },
  };
}

const waiting = (sync: InboxSync) => {
  const { arrangement } = sync.snapshot();
  if (arrangement === undefined) return null;
  return idsOf(arrangement).filter((id) => !arrangement.gone.has(id));
};

describe('InboxSync', () => {
  it('asks one question at a time, rows only for what is in sight', async () => {
    const there = gateway();
    there.set(['a', 'b', 'c']);
    const sync = new InboxSync(there.questions, null, 2);
    sync.refresh();
    sync.refresh();
    expect(there.asked).toBe(1);
    await there.settle();
    sync.see(['a', 'b']);
    expect(there.asked).toBe(1);
    await there.settle();
    expect([...sync.snapshot().rows.keys()]).toEqual(['a', 'b']);
    sync.see(['a', 'b']);
    expect(there.asked).toBe(0);
  });

  it('keeps what it has while the gateway can’t be asked, and catches up', async () => {
    const there = gateway();
    there.set(['a']);
    const sync = new InboxSync(there.questions, null, 2);
    sync.refresh();
    await there.settle();
    there.fail(true);
    there.set(['b', 'c']);
    sync.refresh();
    await there.settle();
    expect(sync.snapshot().failure?.code).toBe('network');
    expect(waiting(sync)).toEqual(['a']);
    there.fail(false);
    sync.refresh();
    await there.settle();
    expect(sync.snapshot().failure).toBeUndefined();
    expect(waiting(sync)).toEqual(['b', 'c']);
  });

  // Guarantee: whatever hints are lost, doubled or late, after one look at the index the list is the gateway's.
  it('ends with what the gateway lists, whatever was heard on the way', async () => {
    const ids = fc.subarray(['a', 'b', 'c', 'd', 'e', 'f']);
    const step = fc.oneof(
      fc.record({ kind: fc.constant('change' as const), ids }),
      fc.record({ kind: fc.constant('hear' as const), ids }),
      fc.record({ kind: fc.constant('see' as const), ids }),
      fc.record({ kind: fc.constant('fail' as const), ids }),
      fc.record({ kind: fc.constant('settle' as const), ids }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const there = gateway();
        const sync = new InboxSync(there.questions, 'grouped', 2);
        let last: readonly string[] = [];
        for (const { kind, ids: some } of steps) {
          if (kind === 'change') there.set((last = some));
          if (kind === 'hear') sync.hear(some);
          if (kind === 'see') sync.see(some);
          if (kind === 'fail') there.fail(some.length > 3);
          if (kind === 'settle') await there.settle();
        }
        await there.settle();
        there.fail(false);
        sync.refresh();
        await there.settle();
        expect([...(waiting(sync) ?? [])].toSorted()).toEqual([...last].toSorted());
      }),
    );
  });
});
