import { apiErrorSchema, connectionTestSchema, policyValidationSchema } from '@holdpoint/contracts';
import { findFreePort } from '@holdpoint/testkit';
import { approve, clearInbox, heldCall, registerConnection, untilState } from './world/admin.ts';
import { expect, test } from './world/fixtures.ts';
import { codeOf } from './world/person.ts';
import { connectAgent } from './world/stock-agent.ts';
import { serviceToken, signedToken } from './world/tokens.ts';
import {
  INITIALIZE,
  refusalCode,
  send,
  toolCall,
  WireAgent,
  type WireAnswer,
} from './world/wire-agent.ts';
import { freshOrderId, type World } from './world/world.ts';

const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

test.afterAll(({ world }) => clearInbox(world));

/** A refusal is JSON with a stable code; what went wrong inside stays in the log. */
function expectRefusal(answer: WireAnswer, status: number, code: string): void {
  expect({ status: answer.status, code: refusalCode(answer) }).toEqual({ status, code });
  expect(answer.headers.get('content-type')).toContain('application/json');
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  expect(answer.raw).not.toMatch(/\n\s+at |node_modules|\.ts:\d|\.js:\d/);
}

test.describe('tokens', () => {
  const past = Math.floor(Date.now() / 1000) - 600;
  const future = past + 4_000;

  interface TokenCase {
    readonly what: string;
    readonly token: (world: World) => Promise<string> | string;
  }
  const claimsOf = (world: World, claims: Readonly<Record<string, unknown>>) => ({
    iss: world.started.issuer,
    aud: world.started.mcp,
    sub: 'demo-agent',
    client_id: 'demo-agent',
    groups: ['data-agents'],
    iat: past,
    exp: future,
    ...claims,
  });
  const cases: readonly TokenCase[] = [
    { what: 'that is no JWT', token: () => 'not-a-token' },
    { what: 'that expired', token: (world) => signedToken(world, claimsOf(world, { exp: past })) },
    {
      what: 'for another connection',
      token: (world) => serviceToken(world, 'demo-agent', `${world.started.console}/mcp/other`),
    },
    {
      what: 'for another audience',
      token: (world) => signedToken(world, claimsOf(world, { aud: 'https://elsewhere.example' })),
    },
    {
      what: 'of another issuer',
      token: (world) => signedToken(world, claimsOf(world, { iss: 'https://elsewhere.example' })),
    },
    {
      what: 'whose signature is not its own',
      token: async (world) => `${(await serviceToken(world, 'demo-agent')).slice(0, -8)}AAAAAAAA`,
    },
  ];

  // Guarantee: signature, issuer, expiry and audience are checked before anything else happens.
  for (const { what, token } of cases) {
    test(`a token ${what} is refused with a challenge`, async ({ world }) => {
      const answer = await send(world.started.mcp, PING, {
        authorization: `Bearer ${await token(world)}`,
      });
      expectRefusal(answer, 401, 'unauthenticated');
      expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
    });
  }

  test('the same claims, signed and in time, are accepted', async ({ world }) => {
    const token = await signedToken(world, claimsOf(world, {}));
    const answer = await send(world.started.mcp, INITIALIZE, { authorization: `Bearer ${token}` });
    expect(answer.status).toBe(200);
  });

  test('without a token the challenge leads to the sign-in', async ({ world }) => {
    const answer = await send(world.started.mcp, PING, {});
    expectRefusal(answer, 401, 'unauthenticated');
    const challenge = answer.headers.get('www-authenticate') ?? '';
    const address = /resource_metadata="([^"]+)"/.exec(challenge)?.[1] ?? '';
    expect(new URL(address).origin).toBe(world.started.console);
    const metadata = await fetch(address);
    expect(metadata.headers.get('content-type')).toContain('application/json');
    expect(await metadata.json()).toMatchObject({
      resource: world.started.mcp,
      authorization_servers: [world.started.issuer],
    });
  });
});

// Guarantee: to whoever may not use it, a connection doesn't exist.
test('a connection of other groups and one that is not there answer alike', async ({ world }) => {
  const missing = `${world.started.console}/mcp/not-there`;
  const forbidden = await send(world.started.mcp, PING, {
    authorization: `Bearer ${await serviceToken(world, 'outsider-agent')}`,
  });
  const unknown = await send(missing, PING, {
    authorization: `Bearer ${await serviceToken(world, 'demo-agent', missing)}`,
  });
  expectRefusal(forbidden, 404, 'unknown_connection');
  expectRefusal(unknown, 404, 'unknown_connection');
  expect(forbidden.raw).toBe(unknown.raw);
});

interface FrameCase {
  readonly what: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly code: string;
}
const call = toolCall(7, 'query', { sql: 'SELECT 1' });
const FRAMES: readonly FrameCase[] = [
  { what: 'JSON that breaks off', body: call.slice(0, -3), status: 400, code: 'malformed_frame' },
  { what: 'no JSON', body: 'DELETE FROM orders', status: 400, code: 'malformed_frame' },
  { what: 'nothing', body: '', status: 400, code: 'malformed_frame' },
  { what: 'trailing bytes', body: `${call} {}`, status: 400, code: 'malformed_frame' },
  {
    what: 'a key twice',
    body: call.replace('"sql":"SELECT 1"', '"sql":"SELECT 1","sql":"DELETE FROM orders"'),
    status: 400,
    code: 'malformed_frame',
  },
  {
    what: 'a method twice, in another case',
    body: call.replace('"method"', '"Method":"ping","method"'),
    status: 400,
    code: 'invalid_request',
  },
  {
    what: 'invalid UTF-8',
    body: new Uint8Array([...new TextEncoder().encode('{"jsonrpc":"'), 0xff, 0x22, 0x7d]),
    status: 400,
    code: 'malformed_frame',
  },
  {
    what: 'a batch of a revision without batches',
    body: `[${call}]`,
    headers: { 'mcp-protocol-version': '2025-11-25' },
    status: 400,
    code: 'batch_unsupported',
  },
  {
    what: 'another content type',
    body: call,
    headers: { 'content-type': 'text/plain' },
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    what: 'a compressed body',
    body: call,
    headers: { 'content-encoding': 'gzip' },
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    what: 'an answer it could not read',
    body: call,
    headers: { accept: 'text/html' },
    status: 406,
    code: 'not_acceptable',
  },
  {
    what: 'the origin of a foreign page',
    body: call,
    headers: { origin: 'https://evil.example' },
    status: 403,
    code: 'origin_refused',
  },
  {
    what: 'more than a frame may hold',
    body: toolCall(7, 'query', { sql: 'x'.repeat(MAX_FRAME_BYTES) }),
    status: 413,
    code: 'frame_too_large',
  },
  {
    what: 'a header that contradicts the body',
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 7,
      method: 'tools/call',
      params: {
        name: 'query',
        arguments: { sql: 'SELECT 1' },
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': {},
          'io.modelcontextprotocol/clientInfo': { name: 'e2e', version: '1' },
        },
      },
    }),
    headers: {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'describe_table',
    },
    status: 400,
    code: 'header_mismatch',
  },
];

for (const { what, body, headers = {}, status, code } of FRAMES) {
  // Guarantee: only frames that every reader reads alike go on; the rest is refused, nothing forwarded.
  test(`${what} is refused as ${code}, and nothing is forwarded`, async ({ world }) => {
    const before = await world.production.executions();
    const authorization = `Bearer ${await serviceToken(world, 'demo-agent')}`;
    const answer = await send(world.started.mcp, body, { authorization, ...headers });
    expectRefusal(answer, status, code);
    expect(await world.production.executions()).toBe(before);
  });
}

// Guarantee: handles belong to the caller that got them.
test('another caller’s session id resolves for no one else', async ({ world }) => {
  const owner = await WireAgent.connect(world);
  const before = await world.production.executions();
  const foreign = await serviceToken(world, 'second-agent');
  const answer = await send(owner.endpoint, toolCall(1, 'query', { sql: 'SELECT 1' }), {
    ...owner.headers,
    authorization: `Bearer ${foreign}`,
  });
  expectRefusal(answer, 404, 'unknown_session');
  expect(await world.production.executions()).toBe(before);
  expect((await owner.query('SELECT 1')).status).toBe(200);
});

test('a request id that is in flight is refused', async ({ world }) => {
  const agent = await WireAgent.connect(world);
  const order = freshOrderId();
  const id = agent.nextId;
  const first = agent.query(`DELETE FROM orders WHERE id = ${order}`);
  await heldCall(world, `id = ${order}`);
  const twin = await send(
    agent.endpoint,
    toolCall(id, 'query', { sql: 'SELECT 1' }),
    agent.headers,
  );
  expectRefusal(twin, 400, 'duplicate_request_id');
  await agent.notify('notifications/cancelled', { requestId: id });
  await first;
});

test('a policy with a typo is refused with the place of the mistake', async ({ world }) => {
  const admin = await world.person('morgan');
  const source = 'rules:\n  - id: hold-it\n    match: { tools: [query] }\n    efect: hold\n';
  const checked = await admin.post('/api/policy/validate', { source }, policyValidationSchema);
  expect(checked.ok).toBe(false);
  expect(checked.issues.some((issue) => issue.line === 4)).toBe(true);
  const published = await admin.write('POST', '/api/policy/publish', { source, base: 1 });
  expect(published.status).toBe(400);
  expect(codeOf(published)).toBe('policy_invalid');
});

test('a verdict on a settled approval is refused, and changes nothing', async ({ world }) => {
  const agent = await connectAgent(world, 'modern');
  const order = freshOrderId();
  const answered = agent.call('query', { sql: `DELETE FROM orders WHERE id = ${order}` });
  const { id } = await heldCall(world, `id = ${order}`);
  await approve(world, id);
  await answered;
  const riley = await world.person('riley');
  const late = { verdict: 'deny', step: 0, reason: 'Too late.' };
  const answer = await riley.write('POST', `/api/approvals/${id}/verdict`, late);
  expect({ status: answer.status, code: codeOf(answer) }).toEqual({ status: 409, code: 'settled' });
  expect((await untilState(world, id, 'delivered')).verdicts).toHaveLength(1);
  await agent.close();
});

const API_CASES = [
  { what: 'no approval', path: '/api/approvals/00000000-0000-7000-8000-000000000000', status: 404 },
  { what: 'an id that is none', path: '/api/approvals/first', status: 400 },
  { what: 'no session', path: '/api/sessions/00000000-0000-7000-8000-000000000000', status: 404 },
  { what: 'an address that is none', path: '/api/nothing', status: 404 },
] as const;

for (const { what, path, status } of API_CASES) {
  test(`the API answers ${what} with JSON and a code`, async ({ world }) => {
    const answer = await (await world.person('avery')).read(path);
    expect(answer.status).toBe(status);
    expect(apiErrorSchema.parse(answer.body).error.code).not.toBe('internal');
    expect(JSON.stringify(answer.body)).not.toMatch(/\\n\s+at |node_modules/);
  });
}

test.describe('an upstream that fails', () => {
  test('a wrong credential is named, and the agent isn’t asked for another token', async ({
    world,
  }) => {
    const broken = await registerConnection(world, { slug: 'demo-credential', token: 'wrong-one' });
    const authorization = `Bearer ${await serviceToken(world, 'demo-agent', broken.endpoint)}`;
    const answer = await send(broken.endpoint, INITIALIZE, { authorization });
    expect(answer.status).not.toBe(401);
    expect(answer.headers.get('www-authenticate')).toBeNull();
    expect(refusalCode(answer)).toBe('upstream_credential_refused');
    expect(answer.raw).not.toContain('wrong-one');
    const admin = await world.person('morgan');
    const tested = await admin.post(
      '/api/connections/test',
      { id: broken.id, url: broken.url, allowPrivate: true },
      connectionTestSchema,
    );
    expect(tested).toMatchObject({ ok: false, failure: 'unauthorized' });
  });

  test('an address where nothing answers is named', async ({ world }) => {
    const url = `http://127.0.0.1:${await findFreePort()}/mcp`;
    const gone = await registerConnection(world, { slug: 'demo-gone', url });
    const authorization = `Bearer ${await serviceToken(world, 'demo-agent', gone.endpoint)}`;
    const answer = await send(gone.endpoint, INITIALIZE, { authorization });
    expect(refusalCode(answer)).toBe('upstream_unreachable');
  });

  // Guarantee: addresses of the cloud's metadata service are refused, whatever is ticked.
  test('a metadata address is refused', async ({ world }) => {
    const admin = await world.person('morgan');
    const tested = await admin.post(
      '/api/connections/test',
      { url: 'http://169.254.169.254/latest/meta-data/', allowPrivate: true },
      connectionTestSchema,
    );
    expect(tested).toMatchObject({ ok: false, failure: 'address_refused' });
  });

  test('a stopped upstream fails the call, which has not run', async ({
    own: { stack, world },
  }) => {
    const agent = await WireAgent.connect(world);
    const order = freshOrderId();
    const held = agent.query(`DELETE FROM orders WHERE id = ${order}`);
    const { id } = await heldCall(world, `id = ${order}`);
    const before = await world.production.executions();
    await stack.stopUpstream();
    await approve(world, id);
    expect(refusalCode(await held)).toBe('upstream_unreachable');
    await untilState(world, id, 'failed');
    await stack.startUpstream();
    expect(await world.production.executions()).toBe(before);
  });

  // Guarantee: once a byte may have left, only a complete answer ends a call; all else is `unknown`.
  test('an upstream that hangs leaves the outcome unknown, and is not asked twice', async ({
    own: { stack, world },
  }) => {
    await stack.startUpstream({ hang: 'after' });
    const agent = await WireAgent.connect(world);
    const order = freshOrderId();
    const before = await world.production.executions();
    const held = agent.query(`DELETE FROM orders WHERE id = ${order}`);
    const { id } = await heldCall(world, `id = ${order}`);
    await approve(world, id);
    const answer = await held;
    expect(['upstream_timeout', 'outcome_unknown']).toContain(refusalCode(answer));
    expect(answer.raw).toContain('may have run');
    await untilState(world, id, 'unknown');
    expect(await world.production.executions()).toBe(before + 1);
    await stack.startUpstream();
  });
});
