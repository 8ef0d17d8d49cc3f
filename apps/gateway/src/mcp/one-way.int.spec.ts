import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { inflateRawSync } from 'node:zlib';
import { toolCall } from '../testing/agent.ts';
import { CREDENTIAL, startMcpBench, type McpBench } from '../testing/mcp-bench.ts';
import { event, json, stream, textResult } from '../testing/scripted-upstream.ts';

let bench: McpBench;

beforeAll(async () => {
  bench = await startMcpBench();
});
afterAll(() => bench.close());
afterEach(() => bench.upstream.reset());

/** What an agent, or a proxy in front of it, may send along. */
const STRAY = {
  cookie: 'session=agent-cookie',
  forwarded: 'for=10.1.2.3;host=agent-host',
  'x-forwarded-for': '10.1.2.3',
  'x-forwarded-host': 'agent-host',
  'x-anything': 'agent-header',
  'x-api-key': 'agent-key',
  'proxy-authorization': 'Basic agent-proxy',
  'user-agent': 'agent-program',
  te: 'trailers',
  'accept-language': 'xx-agent',
};

describe('the agent’s side stays with the gateway', () => {
  // Guarantee (invariant 5): of an agent's headers nothing goes upstream but what is rebuilt.
  it('sends exactly its own headers, on each of the three verbs', async () => {
    const agent = await bench.agent();
    Object.assign(agent.headers, STRAY);
    await (await agent.initialize()).text();
    await (await agent.post(toolCall(1, 'read'))).text();
    await (await agent.listen()).text();
    await (await agent.send('DELETE', undefined, {})).text();
    expect(bench.upstream.asked.map(({ verb }) => verb)).toEqual(['POST', 'POST', 'GET', 'DELETE']);
    const allowed = new Set([
      'accept',
      'accept-encoding',
      'authorization',
      'connection',
      'content-length',
      'content-type',
      'host',
      'mcp-session-id',
      'user-agent',
    ]);
    for (const { headers } of bench.upstream.asked) {
      expect(Object.keys(headers).filter((name) => !allowed.has(name))).toEqual([]);
      expect(headers.authorization).toBe(`Bearer ${CREDENTIAL}`);
      expect(headers['user-agent']).toBe('holdpoint');
      expect(Object.values(headers).join('\n')).not.toContain('agent');
      expect(JSON.stringify(headers)).not.toContain(agent.token);
    }
  });

  it('tells a cookie nothing: without a token it is nobody', async () => {
    const agent = await bench.agent();
    const answer = await agent.post(toolCall(1, 'read'), { ...STRAY, authorization: 'Basic x' });
    expect(answer.status).toBe(401);
    expect(bench.upstream.asked).toEqual([]);
  });
});

describe('the upstream’s side stays with the gateway', () => {
  const leaky = {
    'set-cookie': 'upstream=1',
    'www-authenticate': 'Bearer realm="upstream"',
    server: 'upstream/1',
    'x-powered-by': 'upstream',
    'access-control-allow-origin': '*',
    link: '<http://upstream>; rel=next',
  };
  const own = [
    'cache-control',
    'connection',
    'content-length',
    'content-type',
    'date',
    'keep-alive',
    'mcp-session-id',
    'transfer-encoding',
    'x-accel-buffering',
    'x-content-type-options',
  ];

  // Guarantee (invariant 5): of an upstream's headers nothing comes back.
  it.each(['body', 'stream', 'refusal'])('answers with its own headers alone: %s', async (form) => {
    const agent = await bench.agent();
    bench.upstream.on('tools/call', (asked, response) => {
      for (const [name, value] of Object.entries(leaky)) response.setHeader(name, value);
      if (form === 'body') json(response, textResult(asked.id, 'x'));
      else if (form === 'stream') stream(response).end(event(textResult(asked.id, 'x')));
      else json(response, '{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no"}}', 400);
    });
    const answer = await agent.post(toolCall(1, 'read'));
    await answer.last();
    expect(Object.keys(answer.headers).filter((name) => !own.includes(name))).toEqual([]);
    expect(JSON.stringify(answer.headers)).not.toContain('upstream');
  });

  // Guarantee (invariants 5 and 10): the upstream's session id is nobody's handle.
  it('gives out a handle that is not the upstream’s, and takes the upstream’s from no one', async () => {
    const agent = await bench.agent();
    const answer = await agent.initialize();
    await answer.text();
    const handle = String(answer.headers['mcp-session-id']);
    await (await agent.post(toolCall(1, 'read'))).text();
    const upstreamId = String(bench.upstream.calls()[0]?.headers['mcp-session-id']);
    expect(upstreamId).toMatch(/^upstream-session-/);
    expect(handle).not.toContain(upstreamId);
    const stolen = await agent.post(toolCall(2, 'read'), { 'mcp-session-id': upstreamId });
    expect(stolen.status).toBe(404);
    expect(bench.upstream.calls()).toHaveLength(1);
  });

  // Guarantee (invariant 5): a refused credential is the gateway's matter; the agent must not sign in again for it.
  it.each([401, 403])('keeps a %i of the upstream to itself', async (status) => {
    const agent = await bench.agent();
    bench.upstream.on('tools/call', (_asked, response) => {
      response.writeHead(status, leaky).end('go away');
    });
    const answer = await agent.post(toolCall(1, 'read'));
    expect(answer.status).toBe(200);
    expect(answer.headers['www-authenticate']).toBeUndefined();
    expect(await answer.text()).toContain('upstream_credential_refused');
  });

  // Guarantee (invariant 5): an upstream that echoes what it was sent shows the agent no credential.
  it.each(['body', 'stream'])('removes its credential from an echo in a %s', async (form) => {
    const agent = await bench.agent();
    bench.upstream.on('tools/call', (asked, response) => {
      const echo = textResult(asked.id, JSON.stringify(asked.headers));
      if (form === 'body') json(response, echo);
      else stream(response, `: ${CREDENTIAL}\n\n`).end(event(echo, `id: ${CREDENTIAL}\n`));
    });
    const answer = await agent.post(toolCall(1, 'read'));
    const seen = answer.isStream ? JSON.stringify(await answer.rest()) : await answer.text();
    expect(seen).toContain('[credential removed]');
    expect(seen).not.toContain(CREDENTIAL);
    expect(seen).not.toContain(Buffer.from(CREDENTIAL).toString('base64url').slice(4, 20));
  });
});

describe('at rest', () => {
  // Guarantee (invariant 5): neither credential nor token stands anywhere in the database.
  it('holds the upstream’s credential, its session ids and the agent’s token and handle in no row', async () => {
    const agent = await bench.agent();
    bench.upstream.on('tools/call', (asked, response) =>
      json(response, textResult(asked.id, String(asked.headers.authorization))),
    );
    const handle = String((await agent.initialize()).headers['mcp-session-id']);
    await (await agent.post(toolCall(1, 'read'))).text();
    const held = await agent.post(toolCall(2, 'write', '{"at":"rest"}'));
    await bench.decide('approve');
    await held.last();
    const upstreamId = String(bench.upstream.calls()[0]?.headers['mcp-session-id']);
    const rows = await everything();
    expect(rows.length).toBeGreaterThan(20);
    for (const secret of [CREDENTIAL, upstreamId, agent.token, handle])
      expect(rows.filter((row) => row.includes(secret))).toEqual([]);
    // The search itself finds what is there.
    expect(rows.some((row) => row.includes('[credential removed]'))).toBe(true);
  });
});

/** Every cell of every table as text; bytes as they are and, where they are deflated, inflated. */
async function everything(): Promise<readonly string[]> {
  const { pool } = bench.database;
  const { rows: tables } = await pool.query<{ name: string }>(
    `select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables
      where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const { rows } = await pool.query<Record<string, unknown>>(`select * from ${name}`);
    for (const cell of rows.flatMap((row) => Object.values(row))) found.push(...readings(cell));
  }
  return found;
}

function readings(cell: unknown): readonly string[] {
  if (!Buffer.isBuffer(cell))
    return [typeof cell === 'string' ? cell : (JSON.stringify(cell) ?? '')];
  try {
    return [cell.toString('latin1'), inflateRawSync(cell).toString('latin1')];
  } catch {
    return [cell.toString('latin1')];
  }
}
