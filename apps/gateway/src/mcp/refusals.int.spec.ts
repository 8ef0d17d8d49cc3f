import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ERRORS, type ErrorCode } from '@holdpoint/contracts';
import { toolCall, type Agent, type AgentAnswer } from '../testing/agent.ts';
import { PUBLIC_URL, startMcpBench, type McpBench } from '../testing/mcp-bench.ts';

const MAX_FRAME = 64 * 1024;

let bench: McpBench;
let agent: Agent;

beforeAll(async () => {
  bench = await startMcpBench({
    HOLDPOINT_MAX_FRAME_BYTES: String(MAX_FRAME),
    HOLDPOINT_MAX_HELD_PER_CALLER: '2',
  });
  agent = await bench.agent();
  const region = { type: 'string', 'x-mcp-header': 'Region' };
  const inputSchema = { type: 'object', properties: { region } };
  bench.upstream.tools.set('routed', { name: 'routed', inputSchema });
});
afterAll(() => bench.close());
afterEach(() => bench.upstream.reset());

const READ = toolCall('x', 'read');
const MODERN = {
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': 'tools/call',
  'mcp-name': 'read',
};
const modernCall = (meta: string) => toolCall('x', 'read', '{}', meta);
const ENVELOPE =
  '{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}';

interface Case {
  readonly description: string;
  readonly code: ErrorCode;
  /** The id that the refusal carries: the request's, once it could be read. */
  readonly id?: string | null;
  readonly ask: () => Promise<AgentAnswer>;
}

const malformed = (description: string, code: ErrorCode, body: string | Uint8Array): Case => ({
  description,
  code,
  ask: () => agent.post(body),
});

const CASES: readonly Case[] = [
  {
    description: 'no token',
    code: 'unauthenticated',
    ask: () => agent.post(READ, { authorization: '' }),
  },
  {
    description: 'a token that nobody signed',
    code: 'unauthenticated',
    ask: () => agent.post(READ, { authorization: `Bearer ${agent.token}x` }),
  },
  {
    description: 'a token for another connection',
    code: 'unauthenticated',
    ask: async () =>
      agent.post(READ, {
        authorization: `Bearer ${await bench.issuer.token('robot', ['agents'], `${PUBLIC_URL}/mcp/other`)}`,
      }),
  },
  {
    description: 'another origin',
    code: 'origin_refused',
    ask: () => agent.post(READ, { origin: 'http://evil.example' }),
  },
  {
    description: 'a connection that is not there',
    code: 'unknown_connection',
    ask: async () => (await bench.agent('robot', 'nowhere')).post(READ),
  },
  {
    description: 'an unknown session',
    code: 'unknown_session',
    id: 'x',
    ask: () => agent.post(READ, { 'mcp-session-id': 'made-up' }),
  },
  {
    description: 'a stream without a session',
    code: 'method_not_allowed',
    ask: () => agent.listen(),
  },
  {
    description: 'another verb',
    code: 'method_not_allowed',
    ask: () => agent.send('PUT', READ, {}),
  },
  {
    description: 'an answer it doesn’t take',
    code: 'not_acceptable',
    ask: () => agent.post(READ, { accept: 'application/json' }),
  },
  {
    description: 'another content type',
    code: 'unsupported_media_type',
    ask: () => agent.post(READ, { 'content-type': 'text/plain' }),
  },
  {
    description: 'a compressed body',
    code: 'unsupported_media_type',
    ask: () => agent.post(READ, { 'content-encoding': 'gzip' }),
  },
  {
    description: 'a body that says it is too large',
    code: 'frame_too_large',
    ask: () => agent.post(' '.repeat(MAX_FRAME + 1)),
  },
  {
    description: 'a body that turns out too large',
    code: 'frame_too_large',
    ask: () => agent.post(' '.repeat(MAX_FRAME * 4), { 'transfer-encoding': 'chunked' }),
  },
  malformed('no JSON', 'malformed_frame', '{"jsonrpc":'),
  malformed('trailing bytes', 'malformed_frame', `${READ}x`),
  malformed('a byte order mark', 'malformed_frame', `\ufeff${READ}`),
  malformed('bytes that are no UTF-8', 'malformed_frame', Buffer.from([0x7b, 0xff, 0x7d])),
  malformed(
    'a key twice',
    'malformed_frame',
    READ.replace('"arguments":{}', '"arguments":{"a":1,"a":2}'),
  ),
  malformed(
    'keys that differ by case',
    'invalid_request',
    READ.replace('"arguments"', '"Name":"x","arguments"'),
  ),
  malformed(
    'a member beside the request’s own',
    'invalid_request',
    READ.replace('"method"', '"arguments":{},"method"'),
  ),
  malformed('no version', 'invalid_request', '{"id":1,"method":"ping"}'),
  malformed('an id that is no id', 'invalid_request', '{"jsonrpc":"2.0","id":1.5,"method":"ping"}'),
  malformed(
    'a call without its id',
    'invalid_request',
    '{"jsonrpc":"2.0","method":"tools/call","params":{"name":"read"}}',
  ),
  malformed('a reply to nothing', 'unexpected_reply', '{"jsonrpc":"2.0","id":1,"result":{}}'),
  {
    description: 'a header that contradicts the body',
    code: 'header_mismatch',
    id: 'x',
    ask: () => agent.post(modernCall(ENVELOPE), { ...MODERN, 'mcp-name': 'write' }),
  },
  {
    description: 'a modern call without its headers',
    code: 'header_mismatch',
    id: 'x',
    ask: () => agent.post(modernCall(ENVELOPE)),
  },
  {
    description: 'a modern call without capabilities',
    code: 'missing_meta',
    id: 'x',
    ask: () =>
      agent.post(modernCall('{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}'), MODERN),
  },
  {
    description: 'a modern call without the header of an argument',
    code: 'header_mismatch',
    id: 'x',
    ask: () =>
      agent.post(toolCall('x', 'routed', '{"region":"eu"}', ENVELOPE), {
        ...MODERN,
        'mcp-name': 'routed',
      }),
  },
  {
    description: 'a modern call whose argument’s header says something else',
    code: 'header_mismatch',
    id: 'x',
    ask: () =>
      agent.post(toolCall('x', 'routed', '{"region":"eu"}', ENVELOPE), {
        ...MODERN,
        'mcp-name': 'routed',
        'mcp-param-region': 'us',
      }),
  },
  {
    description: 'a list of everybody’s tasks, which the revision no longer has',
    code: 'unknown_method',
    id: 'x',
    ask: () =>
      agent.post(
        `{"jsonrpc":"2.0","id":"x","method":"tasks/list","params":{"_meta":${ENVELOPE}}}`,
        { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tasks/list' },
      ),
  },
];

describe('a refusal of the exchange', () => {
  // Guarantee (invariant 3): each has its documented status and code, nothing goes upstream, no stack is shown.
  it.each(CASES.map((each) => [each.description, each] as const))(
    'of %s',
    async (_what, { code, id, ask }) => {
      const answer = await ask();
      const text = await answer.text();
      expect({ status: answer.status, ...JSON.parse(text) }).toEqual({
        status: ERRORS[code].http,
        jsonrpc: '2.0',
        id: id ?? null,
        error: {
          code: ERRORS[code].rpc,
          message: expect.stringMatching(/^\P{Control}{10,300}$/u),
          data: expect.objectContaining({ code }),
        },
      });
      expect(answer.headers).toMatchObject({
        'content-type': 'application/json',
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      });
      expect(answer.headers['www-authenticate'] !== undefined).toBe(code === 'unauthenticated');
      expect(text).not.toMatch(/\bat .*\.ts|node_modules/);
      expect(bench.upstream.asked).toEqual([]);
    },
  );
});

describe('a refusal of an exchange', () => {
  const post = (headers: readonly string[], body: Uint8Array) => {
    const { hostname, port, pathname } = new URL(agent.url);
    const socket = connect(Number(port), hostname);
    const head = [`POST ${pathname} HTTP/1.1`, ...headers, `Content-Length: ${body.length}`];
    // Like many clients: it reads only when all of its message is written.
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    return new Promise<string>((resolve, reject) => {
      socket.on('error', reject);
      socket.write(body, () => resolve(text(socket)));
    });
  };
  const MESSAGE = ['Content-Type: application/json', 'Accept: */*'];
  const host = () => `Host: ${new URL(agent.url).host}`;
  const bearer = () => `Authorization: Bearer ${agent.token}`;

  it.each([
    ['too large a message', () => [host(), bearer(), ...MESSAGE], 413, 'frame_too_large'],
    ['a message without a token', () => [host(), ...MESSAGE], 401, 'unauthenticated'],
  ])('of %s reaches a client that writes all of it first', async (_what, headers, status, code) => {
    const answer = await post(headers(), Buffer.alloc(20 * 1024 * 1024, ' '));
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain(`"${code}"`);
    expect(answer.toLowerCase()).toContain('connection: close');
  });

  // Guarantee: a proxy that checked the one reading doesn't vouch for the other.
  it.each([
    ['Authorization', () => [host(), bearer(), 'authorization: Bearer other', ...MESSAGE]],
    ['Host', () => [host(), 'host: other.example', bearer(), ...MESSAGE]],
    ['Content-Type', () => [host(), bearer(), ...MESSAGE, 'content-type: text/plain']],
  ])('that says %s twice comes before anything is read', async (_name, headers) => {
    const answer = await post(headers(), Buffer.from(READ));
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).toContain('"invalid_request"');
    expect(bench.upstream.asked).toEqual([]);
  });
});

describe('a refusal of the call', () => {
  // Guarantee: a tool's refusal is a result that the model reads; any other method's is a JSON-RPC error of its own.
  it('by policy names the rule’s message', async () => {
    const answer = await agent.post(toolCall('x', 'forbidden'));
    expect(answer.status).toBe(200);
    expect(JSON.parse(await answer.text())).toMatchObject({
      id: 'x',
      result: {
        isError: true,
        content: [{ type: 'text', text: expect.stringContaining('Nobody may do this.') }],
        _meta: { 'holdpoint/refusal': { code: 'denied' } },
      },
    });
    expect(bench.upstream.asked).toEqual([]);
  });

  it('for too many holds says how many wait', async () => {
    const busy = await bench.agent('busy');
    const held = [
      await busy.post(toolCall(1, 'write', '{"n":1}')),
      await busy.post(toolCall(2, 'write', '{"n":2}')),
    ];
    const third = await busy.post(toolCall(3, 'write', '{"n":3}'));
    expect(await third.text()).toContain('"too_many_holds"');
    const other = await busy.post(
      '{"jsonrpc":"2.0","id":4,"method":"resources/read","params":{"uri":"x:y"}}',
    );
    expect(JSON.parse(await other.text())).toMatchObject({
      id: 4,
      error: { code: ERRORS.too_many_holds.rpc },
    });
    for (const _each of held) await bench.decide('deny');
    for (const each of held) expect(await each.last()).toContain('Not today.');
    expect(bench.upstream.asked).toEqual([]);
  });

  it('because nobody could approve it is a denial', async () => {
    await bench.connect({ slug: 'orphan', chain: [{ groups: [], people: [] }] });
    const orphan = await bench.agent('robot', 'orphan');
    expect(await (await orphan.post(toolCall(1, 'write'))).text()).toContain('nobody is left');
    expect(bench.upstream.asked).toEqual([]);
  });

  it('because no policy can be read comes before anything leaves', async () => {
    await bench.publish('rules: [');
    const answer = await agent.post(READ);
    expect(answer.status).toBe(503);
    expect(JSON.parse(await answer.text())).toMatchObject({
      id: 'x',
      error: { code: 4415, data: { code: 'policy_unusable' } },
    });
    expect(bench.upstream.asked).toEqual([]);
    await bench.publish('rules: []');
  });
});
