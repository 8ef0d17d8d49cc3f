import { describe, expect, it } from '@jest/globals';
import type { KnownBlock } from '@slack/types';
import fc from 'fast-check';
import type { Notice } from '../events/notice.ts';
import { APPROVE, DENY, escaped, slackForm } from './slack-form.ts';

const notice = (written: string): Notice => ({
  event: 'approval.held',
  at: '2026-11-28T12:00:00.000Z',
  severity: 'normal',
  sentence: written,
  facts: {
    ...{ kind: 'approval', approvalId: '01a222af-c949-7151-a36f-2c5bdec4a318', state: 'held' },
    ...{ method: 'tools/call', target: written, callerKey: 'i|a', why: written },
    connection: { id: 'c', slug: 'demo', title: 'Demo' },
    caller: { name: written, kind: 'service', clientId: null },
    steps: [{ chain: written, reviewers: { groups: [written], people: [] }, needsPasskey: false }],
    current: 0,
    verdicts: [],
  },
  arguments: { text: written, characters: written.length, omitted: 0, masked: 0 },
  decision: { step: 0, digest: 'd' },
  link: 'https://holdpoint.example.com/inbox/1',
});

/** Every object of the form that Slack would parse, and every link in it. */
function parsedBySlack(value: unknown, found: { mrkdwn: unknown[]; urls: unknown[] }): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (
      key === 'type' &&
      ['mrkdwn', 'link', 'user', 'usergroup', 'broadcast'].includes(String(inner))
    )
      found.mrkdwn.push(value);
    if (key === 'url') found.urls.push(inner);
    parsedBySlack(inner, found);
  }
}

describe('a message for Slack', () => {
  // Guarantee: whatever an agent writes, one link and three buttons, all ours.
  it('holds nothing that Slack parses but our link, whatever is written', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.constant('<!channel|x> <@U1>')),
        (text) => {
          const { text: fallback, blocks } = slackForm(notice(text), true);
          const found = { mrkdwn: [], urls: [] };
          parsedBySlack(blocks, found);
          expect(found).toEqual({ mrkdwn: [], urls: ['https://holdpoint.example.com/inbox/1'] });
          expect(fallback).not.toMatch(/[<>]/u);
        },
      ),
    );
  });

  it('is made of blocks that Slack knows', () => {
    const types = slackForm(notice('x'), true).blocks.map(({ type }) => type);
    expect(types).toEqual([
      'header',
      'section',
      'section',
      'rich_text',
      'actions',
    ] satisfies KnownBlock['type'][]);
  });

  // Guarantee: nobody approves by a message that doesn't show all of the call, its name included.
  it.each([
    { what: 'all of it is shown', written: 'x', withArguments: true, can: true },
    { what: 'the arguments are left out', written: 'x', withArguments: false, can: false },
    { what: 'the sentence fits', written: 'x'.repeat(500), withArguments: true, can: true },
    {
      what: 'the sentence is too long as it is written out',
      written: '\u200b'.repeat(400),
      withArguments: true,
      can: false,
    },
  ])('can be approved by: $can, where $what', ({ written, withArguments, can }) => {
    const json = JSON.stringify(slackForm(notice(written), withArguments).blocks);
    expect(json.includes(APPROVE)).toBe(can);
    expect(json).toContain(DENY);
  });

  it('escapes the three characters that begin anything', () => {
    expect(escaped('a & <b>')).toBe('a &amp; &lt;b&gt;');
  });
});
