import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { clientSettingSchema } from '@holdpoint/contracts';
import { KNOWN_CLIENTS, limitsOf } from './client-settings.ts';
import { planHold, type HoldAsked } from './hold-plan.ts';

const legacy: HoldAsked = {
  era: 'legacy',
  protocolVersion: '2025-11-25',
  method: 'tools/call',
  hasProgressToken: false,
  isResumable: true,
  client: { name: 'some-program', version: '1.0' },
  round: 0,
  connection: { clients: [], holdDeadlineMs: 50_000 },
};
const modern: HoldAsked = {
  ...legacy,
  era: 'modern',
  protocolVersion: '2026-07-28',
  isResumable: false,
};
const named = (name: string) => ({ client: { name, version: '2.1.330' } });
const settings = (...clients: readonly object[]) => ({
  clients: clients.map((each) => clientSettingSchema.parse(each)),
  holdDeadlineMs: 50_000,
});

const deadline = (deadlineMs: number) => ({ rung: 'deadline', deadlineMs, closeAfterMs: null });
const rounds = (deadlineMs: number) => ({ rung: 'rounds', deadlineMs, closeAfterMs: null });
const progress = { rung: 'progress', deadlineMs: null, closeAfterMs: null };
const polled = { closeAfterMs: 25_000 };

describe('planHold', () => {
  it.each<[string, HoldAsked, object]>([
    ['an unknown legacy client', legacy, deadline(50_000)],
    [
      'one with a token that nobody knows to reset',
      { ...legacy, hasProgressToken: true },
      deadline(50_000),
    ],
    ['one without a name', { ...legacy, client: { name: null, version: null } }, deadline(50_000)],
    ['an unknown modern client', modern, rounds(50_000)],
    [
      // Its own 60 seconds count for each round, whatever the connection would bear.
      'an unknown modern client of a patient connection',
      { ...modern, connection: { clients: [], holdDeadlineMs: 3_600_000 } },
      rounds(50_000),
    ],
    [
      'one that an admin knows to be patient',
      { ...modern, connection: settings({ name: 'some-*', holdDeadlineS: 300 }) },
      rounds(300_000),
    ],
    ['a modern client in its eighth round', { ...modern, round: 7 }, rounds(50_000)],
    ['a modern client after its eighth round', { ...modern, round: 8 }, deadline(50_000)],
    [
      'a modern method that knows no rounds',
      { ...modern, method: 'completion/complete' },
      deadline(50_000),
    ],
    ['a modern prompt', { ...modern, method: 'prompts/get' }, rounds(50_000)],
    [
      'Claude Code with a token',
      { ...legacy, ...named('claude-code'), hasProgressToken: true },
      { ...progress, ...polled },
    ],
    [
      'Claude Code without one',
      { ...legacy, ...named('claude-code') },
      { ...deadline(240_000), ...polled },
    ],
    [
      'Claude Code of the modern era',
      { ...modern, ...named('claude-code'), hasProgressToken: true },
      rounds(240_000),
    ],
    [
      'Claude Desktop',
      { ...legacy, ...named('claude-ai'), hasProgressToken: true },
      deadline(220_000),
    ],
    [
      'Claude Desktop behind mcp-remote',
      { ...legacy, ...named('claude-ai (via mcp-remote 0.15.1)') },
      deadline(220_000),
    ],
    [
      'another client behind mcp-remote',
      { ...legacy, ...named('thing (via mcp-remote 0.15.1)') },
      { ...deadline(50_000), ...polled },
    ],
    ['mcporter', { ...legacy, ...named('mcporter') }, { ...deadline(50_000), ...polled }],
    [
      'mcporter of an older revision',
      { ...legacy, ...named('mcporter'), protocolVersion: '2025-06-18' },
      deadline(50_000),
    ],
    [
      'mcporter without a session',
      { ...legacy, ...named('mcporter'), isResumable: false },
      deadline(50_000),
    ],
    [
      'mcporter, where a refusal would be an error',
      { ...legacy, ...named('mcporter'), method: 'resources/read' },
      deadline(50_000),
    ],
    ['Cursor', { ...legacy, ...named('cursor-vscode'), hasProgressToken: true }, deadline(50_000)],
    ['Codex', { ...legacy, ...named('codex-mcp-client') }, deadline(50_000)],
  ])('%s', (_who, asked, plan) => {
    expect(planHold(asked)).toEqual(plan);
  });

  it.each<[string, HoldAsked['connection'], object]>([
    ['a pattern for its name', settings({ name: 'SOME-*', holdDeadlineS: 7 }), deadline(7000)],
    [
      'the first of two that match',
      settings({ name: '*', holdDeadlineS: 7 }, { name: 'some-program', holdDeadlineS: 8 }),
      deadline(7000),
    ],
    [
      'a version that matches',
      settings({ name: '*', version: '1.*', holdDeadlineS: 7 }),
      deadline(7000),
    ],
    [
      'a version that doesn’t',
      settings({ name: '*', version: '2.*', holdDeadlineS: 7 }),
      deadline(50_000),
    ],
    [
      'no deadline of its own',
      settings({ name: '*', polling: true }),
      { ...deadline(50_000), ...polled },
    ],
    [
      'a short deadline',
      settings({ name: '*', polling: true, holdDeadlineS: 2 }),
      { ...deadline(2000), closeAfterMs: 1000 },
    ],
    ['a reset, but no token', settings({ name: '*', resetsOnProgress: true }), deadline(50_000)],
  ])('takes what an admin set: %s', (_what, connection, plan) => {
    expect(planHold({ ...legacy, connection })).toEqual(plan);
  });

  it('puts an admin’s setting before what is known of a client', () => {
    const connection = settings({ name: 'claude-code', holdDeadlineS: 20 });
    const asked = { ...legacy, ...named('claude-code'), hasProgressToken: true, connection };
    expect(planHold(asked)).toEqual(deadline(20_000));
  });
});

describe('limitsOf', () => {
  // Guarantee: a client that never resumes a stream is never cut off, whatever an admin wrote.
  it('never polls @ai-sdk/mcp', () => {
    const client = { name: 'ai-sdk-mcp-client', version: '2.0.99' };
    expect(limitsOf(client, settings({ name: '*', polling: true })).polling).toBe(false);
    const named = clientSettingSchema.safeParse({ name: client.name, polling: true });
    expect(named.error?.issues).toMatchObject([{ path: ['polling'] }]);
  });
});

describe('docs/connect-an-agent.md', () => {
  it('has what is known of each client', async () => {
    const path = new URL('../../../../docs/connect-an-agent.md', import.meta.url);
    const rows = (await readFile(path, 'utf8')).split('\n').filter((line) => line.startsWith('|'));
    for (const { name, holdDeadlineS, resetsOnProgress, polling } of KNOWN_CLIENTS) {
      const cells = rows.find((row) => row.includes(`\`${name}\``))?.split('|') ?? [];
      const waits = holdDeadlineS === null ? 'the connection’s time' : `${holdDeadlineS} s`;
      expect([name, cells[3]?.replace("'", '’')]).toEqual([name, expect.stringContaining(waits)]);
      const yesOrNo = (is: boolean) => (is ? 'yes' : 'no');
      expect([name, ...cells.slice(4, 6).map((cell) => cell.trim())]).toEqual([
        name,
        yesOrNo(resetsOnProgress),
        yesOrNo(polling),
      ]);
    }
  });
});
