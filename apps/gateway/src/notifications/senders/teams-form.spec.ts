import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Notice } from '../events/notice.ts';
import { teamsForm } from './teams-form.ts';

const LINK = 'https://holdpoint.example.com/inbox/1';
const notice = (written: string): Notice => ({
  event: 'approval.held',
  at: '2026-11-28T12:00:00.000Z',
  severity: 'normal',
  sentence: written,
  facts: {
    ...{ kind: 'approval', approvalId: 'a', state: 'held', method: 'tools/call' },
    ...{ target: written, callerKey: 'i|a', why: written, current: 0, verdicts: [] },
    connection: { id: 'c', slug: 'demo', title: 'Demo' },
    caller: { name: written, kind: 'service', clientId: null },
    steps: [{ chain: written, reviewers: { groups: [written], people: [] }, needsPasskey: false }],
  },
  arguments: { text: written, characters: written.length, omitted: 0, masked: 0 },
  decision: { step: 0, digest: null },
  link: LINK,
});

function partsOf(value: unknown): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(partsOf);
  return Array.isArray(value) ? inner : [{ ...value }, ...inner];
}

describe('a card for Teams', () => {
  // Guarantee: whatever an agent writes, one link, no Markdown and no mention.
  it('has one action, ours, and every text in a run without Markdown', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.constant('[x](https://evil.example) <at>U</at>'),
        ),
        (text) => {
          const parts = partsOf(teamsForm(notice(text), true));
          const actions = parts.filter(({ type }) => String(type).startsWith('Action.'));
          expect(actions).toEqual([
            { type: 'Action.OpenUrl', title: 'Open in Holdpoint', url: LINK },
          ]);
          const texts = parts.filter((part) => 'text' in part);
          expect(new Set(texts.map(({ type }) => type))).toEqual(new Set(['TextRun']));
          expect(parts.some((part) => 'msteams' in part || 'selectAction' in part)).toBe(false);
        },
      ),
    );
  });

  it('leaves the arguments out where the channel gets none, and says so', () => {
    const json = JSON.stringify(teamsForm(notice('written by an agent'), false));
    expect(json).not.toContain('monospace');
    expect(json).toContain('The arguments are not shown here');
  });
});
