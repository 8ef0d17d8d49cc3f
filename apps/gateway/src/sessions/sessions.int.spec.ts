import type { Role } from '@holdpoint/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Ledger } from '../audit/ledger.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { Database } from '../platform/database.ts';
import { startGatewayContext, type GatewayContext } from '../testing/gateway-context.ts';
import { SessionsService } from './sessions.service.ts';

const ISSUER = 'http://issuer.example.com';
const REQUEST = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"exact":"as sent"}}';
const ANSWER = '{"jsonrpc":"2.0","id":1,"result":{"email":"[masked]"}}';

let gateway: GatewayContext;
let context: INestApplicationContext;
let sessions: SessionsService;
const sessionId = uuidv7();
const connection = { id: uuidv7(), slug: 'demo' };

beforeAll(async () => {
  gateway = await startGatewayContext();
  context = await gateway.open();
  sessions = context.get(SessionsService);
  const { pool } = context.get(Database);
  await pool.query(
    `insert into connection (id, slug, title, url, read_only, chain, caller_groups)
     values ($1, 'demo', 'Demo', 'http://127.0.0.1:9/mcp', '{}', '[{"groups":["reviewers"]}]', '{}')`,
    [connection.id],
  );
  await pool.query(
    `insert into session (id, connection_id, caller_key, caller, client, era) values ($1, $2, $3, $4, $5, 'legacy')`,
    [sessionId, connection.id, `${ISSUER}|agent`, caller(), { name: 'inspector', version: '1' }],
  );
  await record();
});
afterAll(() => gateway.close());

describe('the list of sessions', () => {
  it('counts calls, holds, denials and masked answers', async () => {
    const { items } = await sessions.list({ limit: 10, q: 'INSPECTOR' });
    expect(items).toHaveLength(1);
    expect(items[0]?.counts).toEqual({ calls: 1, held: 1, denied: 0, masked: 1 });
    expect((await sessions.list({ limit: 10, q: 'nobody' })).items).toEqual([]);
    expect((await sessions.list({ limit: 10, connection: 'other' })).items).toEqual([]);
  });
});

describe('the replay', () => {
  it('shows a reviewer the exact request, after recording that it was opened', async () => {
    const before = await reveals();
    const replay = await sessions.replay(sessionId, null, personWith('reviewer'));
    const [received] = replay.items;
    expect(received).toMatchObject({ kind: 'call.received', title: 'The agent called query' });
    expect(received?.frames).toMatchObject([{ text: REQUEST, withheld: null }]);
    expect(await reveals()).toBe(before + 1);
    await sessions.replay(sessionId, null, personWith('reviewer'));
    expect(await reveals()).toBe(before + 1);
  });

  it('shows an auditor the digest of the request, and the masked answer', async () => {
    const before = await reveals();
    const replay = await sessions.replay(sessionId, null, personWith('auditor'));
    expect(replay.items[0]?.frames).toMatchObject([{ text: null, withheld: 'role' }]);
    expect(replay.items[0]?.frames[0]?.digest).toMatch(/^[0-9a-f]{64}$/);
    const answered = replay.items.find(({ kind }) => kind === 'call.answered');
    expect(answered?.frames).toMatchObject([{ text: ANSWER, withheld: null }]);
    expect(answered?.title).toBe('query was answered, with 1 value masked');
    expect(await reveals()).toBe(before);
  });

  it('still shows the digest of a payload that retention deleted', async () => {
    await context.get(Database).pool.query('delete from frame where sealed');
    const replay = await sessions.replay(sessionId, null, personWith('admin'));
    expect(replay.items[0]?.frames).toMatchObject([{ text: null, withheld: 'retention' }]);
  });

  it('of an unknown session is refused', async () => {
    const unknown = sessions.replay(uuidv7(), null, personWith('admin'));
    await expect(unknown).rejects.toMatchObject({ code: 'not_found' });
  });
});

async function record(): Promise<void> {
  const call = {
    connection,
    sessionId,
    callId: uuidv7(),
    who: `${ISSUER}|agent`,
    method: 'tools/call',
    target: 'query',
  };
  const held = { ...call, approvalId: uuidv7() };
  const ledger = context.get(Ledger);
  await context.get(Database).transaction(async (client) => {
    await ledger.appendIn(client, {
      ...call,
      kind: 'call.received',
      frames: [{ edge: 'agent-to-gateway', bytes: Buffer.from(REQUEST), sealed: true }],
    });
    await ledger.appendIn(client, { ...held, kind: 'approval.held' });
    await ledger.appendIn(client, {
      ...held,
      kind: 'call.answered',
      data: { masks: [{ path: ['email'], by: 'email', as: 'redact' }] },
      frames: [{ edge: 'gateway-to-agent', bytes: Buffer.from(ANSWER), sealed: false }],
    });
    await ledger.appendIn(client, { ...call, kind: 'call.answered', data: { masks: [] } });
  });
}

async function reveals(): Promise<number> {
  const { rows } = await context
    .get(Database)
    .pool.query<{ count: number }>(
      `select count(*)::int as count from entry where kind = 'frame.revealed'`,
    );
  return rows[0]?.count ?? 0;
}

function caller() {
  return {
    key: `${ISSUER}|agent`,
    issuer: ISSUER,
    subject: 'agent',
    kind: 'service',
    displayName: 'Agent',
    clientId: 'agent',
    groups: [],
    ownerKey: null,
  };
}

function personWith(role: Role): SignedInPerson {
  return {
    key: `${ISSUER}|${role}`,
    name: `The ${role}`,
    email: null,
    issuer: ISSUER,
    subject: role,
    groups: [`${role}s`],
    groupsAt: 0,
    roles: [role],
  };
}
