import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent, toolCall, type AgentAnswer } from '../testing/agent.ts';
import { CREDENTIAL, startMcpBench, until, type McpBench } from '../testing/mcp-bench.ts';
import { startSseServer, type SseServer } from '../testing/sse-server.ts';

let bench: McpBench;
let server: SseServer;

beforeAll(async () => {
  bench = await startMcpBench({ HOLDPOINT_UPSTREAM_TIMEOUT_MS: '4000' });
  server = await startSseServer();
  await bench.connect({ slug: 'older', url: server.url, transport: 'sse' });
  await bench.connect({ slug: 'found', url: server.url });
});
afterAll(async () => {
  await bench.close();
  await server.close();
});
afterEach(() => server.reset());

async function session(slug = 'older', name = 'robot'): Promise<Agent> {
  const agent = await bench.agent(name, slug);
  expect(await (await agent.initialize()).last()).toContain('"older"');
  await agent.post('{"jsonrpc":"2.0","method":"notifications/initialized"}');
  return agent;
}

async function nextAnswer(answer: AgentAnswer, id: string): Promise<string> {
  for (;;) {
    const data = await answer.nextData();
    if (data.includes(`"id":${id},`)) return data;
  }
}

describe('an upstream over HTTP+SSE', () => {
  it('answers an agent of Streamable HTTP, the bytes as they came', async () => {
    const agent = await session();
    const odd = '{"content":[],"structuredContent":{"n":1e400,"z":-0.0,"x-new":{"\\u0061":[1.0]}}}';
    server.on('tools/call', (posted, say) =>
      say(`{"jsonrpc":"2.0","id":${posted.id},"result":${odd}}`),
    );
    const frame = ` {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","arguments":{"n":1e400}}}`;
    expect(await (await agent.post(frame)).last()).toBe(`{"jsonrpc":"2.0","id":1,"result":${odd}}`);
    const [call] = server.calls();
    expect(call?.text).toBe(frame);
    expect(call?.headers).toMatchObject({ authorization: `Bearer ${CREDENTIAL}` });
    expect(call?.headers).not.toHaveProperty('mcp-session-id');
    expect((await agent.send('DELETE', undefined, {})).status).toBe(200);
    expect((await agent.post(toolCall(2, 'read'))).status).toBe(404);
  });

  it('is found out when its tools are listed, never by sending what an agent sent', async () => {
    const agent = await session('found');
    expect(await (await agent.post(toolCall(1, 'read'))).last()).toContain('done');
    expect(server.calls('initialize')).toHaveLength(1);
    const { rows } = await bench.database.pool.query(
      `select detected_transport from connection where slug = 'found'`,
    );
    expect(rows).toEqual([{ detected_transport: 'sse' }]);
  });

  it('holds, masks and denies as any other', async () => {
    const agent = await session();
    server.on('tools/call', (posted, say) =>
      say(
        `{"jsonrpc":"2.0","id":${posted.id},"result":{"content":[{"type":"text","text":"kim@example.com"}]}}`,
      ),
    );
    const held = await agent.post(toolCall(1, 'write'));
    await bench.decide('approve');
    const text = await held.last();
    expect(text).not.toContain('kim@example.com');
    const denied = await agent.post(toolCall(2, 'write'));
    await bench.decide('deny');
    expect(await denied.last()).toContain('Not today.');
    expect(server.calls()).toHaveLength(1);
  });

  it('asks the agent while it works, and gets the reply', async () => {
    const agent = await session();
    server.on('tools/call', (_posted, say) => {
      say(
        '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"t","progress":1}}',
      );
      say('{"jsonrpc":"2.0","id":"ask","method":"sampling/createMessage","params":{}}');
    });
    server.on('', (_reply, say) => say('{"jsonrpc":"2.0","id":5,"result":{"content":[]}}'));
    const call = await agent.post(toolCall(5, 'read', '{}', '{"progressToken":"t"}'));
    expect(await call.nextData()).toContain('"progress":1');
    expect(await call.nextData()).toContain('sampling/createMessage');
    const reply = '{"jsonrpc":"2.0","id":"ask","result":{"model":"m"}}';
    expect((await agent.post(reply)).status).toBe(202);
    expect(await call.last()).toBe('{"jsonrpc":"2.0","id":5,"result":{"content":[]}}');
    expect(server.posted.at(-1)?.text).toBe(reply);
  });

  it('says on its own account what an agent listens to', async () => {
    const agent = await session();
    server.streams.at(-1)?.write('data: {"jsonrpc":"2.0","method":"notifications/early"}\n\n');
    const listening = await agent.listen();
    expect(await listening.nextData()).toContain('early');
    server.streams.at(-1)?.write('event: endpoint\ndata: http://elsewhere.example/\n\n');
    server.streams
      .at(-1)
      ?.write('id: 3\nretry: 1\ndata: {"jsonrpc":"2.0","method":"notifications/x"}\n\n');
    expect(await listening.next()).toEqual({
      kind: 'message',
      data: '{"jsonrpc":"2.0","method":"notifications/x"}',
    });
    expect(await (await agent.post(toolCall(1, 'read'))).last()).toContain('done');
    listening.leave();
  });

  // Guarantee: with several calls on one stream, what is said between is masked as any of them.
  it('masks what may belong to any call under way as all of them', async () => {
    const agent = await session();
    const pending: (() => void)[] = [];
    server.on('tools/call', (posted, say) => {
      pending.push(() => say(`{"jsonrpc":"2.0","id":${posted.id},"result":{"content":[]}}`));
    });
    const [plain, staff] = await Promise.all([
      agent.post(toolCall(1, 'read')),
      agent.post(toolCall(2, 'staff')),
    ]);
    await until(async () => pending.length === 2, 'both run');
    server.streams
      .at(-1)
      ?.write(
        'data: {"jsonrpc":"2.0","method":"notifications/message","params":{"badge":"B-1234567"}}\n\n',
      );
    for (const finish of pending) finish();
    const said = JSON.stringify([await plain.rest(), await staff.rest()]);
    expect(said).toContain('notifications/message');
    expect(said).not.toContain('B-1234567');
  });

  it('tells a client of the stateless era to begin as older ones do', async () => {
    const agent = await bench.agent('robot', 'older');
    const meta =
      '{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}';
    const answer = await agent.post(
      `{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":${meta}}}`,
      { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'server/discover' },
    );
    expect(answer.status).toBe(404);
    expect(JSON.parse(await answer.text())).toMatchObject({ id: 1, error: { code: -32601 } });
    expect(server.posted).toEqual([]);
  });

  it('serves an agent of HTTP+SSE too', async () => {
    const { url, token } = await bench.agent('robot', 'older');
    const stream = await new Agent(`${url}/sse`, token).listen();
    const messages = new Agent(new URL(await stream.nextData(), url).href, token);
    const { body } = { body: toolCall(4, 'write', '{"over":"sse"}') };
    await messages.post(
      '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2024-11-05","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}',
    );
    expect(await nextAnswer(stream, '0')).toContain('"older"');
    await messages.post('{"jsonrpc":"2.0","method":"notifications/initialized"}');
    server.streams.at(-1)?.write('data: {"jsonrpc":"2.0","method":"notifications/x"}\n\n');
    expect(await stream.nextData()).toContain('notifications/x');
    await messages.post(body);
    await bench.decide('approve');
    expect(await nextAnswer(stream, '4')).toContain('done');
    stream.leave();
  });
});

describe('an HTTP+SSE upstream that fails', () => {
  // Guarantee (invariant 2): sent and unanswered is unknown, and nothing is sent again.
  it('leaves a call unknown when its stream dies, and runs it once', async () => {
    const agent = await session();
    server.on('tools/call', (_posted, _say, stream) => void stream.destroy());
    const answer = await agent.post(toolCall(1, 'write', '{"n":"dies"}'));
    const id = await bench.decide('approve');
    expect(await answer.last()).toContain('may have run');
    const { rows } = await bench.database.pool.query('select state from approval where id = $1', [
      id,
    ]);
    expect(rows).toEqual([{ state: 'unknown' }]);
    const next = await agent.post(toolCall(2, 'read'));
    expect(next.status).toBe(404);
    expect(await next.text()).toContain('"unknown_session"');
    expect(server.calls()).toHaveLength(1);
    expect(server.calls('initialize')).toHaveLength(1);
  });

  // Guarantee (invariant 5): the credential goes to the origin that an admin entered, whatever the server says.
  it.each(['http://127.0.0.1:9/messages', '//elsewhere.example/m', 'https://user@[::1]/m'])(
    'is refused when it wants its messages at %s',
    async (endpoint) => {
      server.endpoint = endpoint;
      const agent = await bench.agent('robot', 'older');
      const answer = await agent.initialize();
      expect(await answer.last()).toContain('another origin');
      expect(server.posted).toEqual([]);
    },
  );

  it('is told apart from one that answers late: silence ends in unknown', async () => {
    const agent = await session();
    server.on('tools/call', () => undefined);
    expect(await (await agent.post(toolCall(1, 'read'))).last()).toContain(
      'did not answer in time',
    );
    // Guarantee: the answer that comes too late is nobody's, whoever reuses its id.
    expect(await (await agent.post(toolCall(1, 'read'))).last()).toContain('Use a new id');
    expect(server.calls()).toHaveLength(1);
  });

  it('can’t answer for another call, nor flood the gateway with one frame', async () => {
    const agent = await session();
    server.on('tools/call', (posted, say) => {
      say('{"jsonrpc":"2.0","id":"other","result":{}}');
      say(`{"jsonrpc":"2.0","id":${posted.id},"result":{"content":[]}}`);
    });
    expect(await (await agent.post(toolCall(1, 'read'))).rest()).toHaveLength(1);
    server.on('tools/call', (_posted, _say, stream) => {
      const chunk = 'x'.repeat(1024 * 1024);
      for (let at = 0; at < 17; at += 1) stream.write(at === 0 ? `data: ${chunk}` : chunk);
    });
    expect(await (await agent.post(toolCall(2, 'read'))).last()).toContain('larger than');
  });

  // Guarantee: what an agent doesn't read isn't read from its upstream either, and nothing is lost by it.
  it('is slowed down by an agent that reads slowly, for longer than its time to answer', async () => {
    const agent = await session('older', 'slow-robot');
    const big = 'x'.repeat(1024 * 1024);
    const count = 24;
    server.on('tools/call', (posted, say) => {
      for (let at = 0; at < count; at += 1)
        say(`{"jsonrpc":"2.0","method":"notifications/x","params":{"at":${at},"big":"${big}"}}`);
      say(`{"jsonrpc":"2.0","id":${posted.id},"result":{"content":[]}}`);
    });
    const call = await agent.post(toolCall(1, 'read'));
    await new Promise((resolve) => setTimeout(resolve, 5000));
    const { rows } = await bench.database.pool.query<{ taken: number }>(
      `select count(*)::int as taken from entry where kind = 'upstream.notification' and who like '%slow-robot'`,
    );
    expect(rows[0]?.taken).toBeLessThan(20);
    // A comment keeps proxies awake where it takes long.
    const messages = (await call.rest()).filter(({ kind }) => kind === 'message');
    expect(messages).toHaveLength(count + 1);
  });

  // Guarantee (invariant 5): a new credential never goes to an old address.
  it('hears nothing more once its connection leads elsewhere', async () => {
    const { id } = await bench.connect({ slug: 'moving', url: server.url, transport: 'sse' });
    const agent = await session('moving');
    await bench.database.pool.query(
      `update connection set url = url || '?moved', version = version + 1 where id = $1`,
      [id],
    );
    await bench.refresh();
    server.posted.length = 0;
    expect((await agent.post(toolCall(1, 'read'))).status).toBe(404);
    expect(server.posted).toEqual([]);
  });

  it('keeps two agents’ sessions on streams of their own', async () => {
    const before = server.streams.length;
    const [mine, theirs] = [await session(), await session('older', 'other-robot')];
    expect(server.streams.length).toBeGreaterThanOrEqual(before + 2);
    server.on('tools/call', (posted, say) =>
      say(
        `{"jsonrpc":"2.0","id":${posted.id},"result":{"content":[],"n":${JSON.stringify(posted.text)}}}`,
      ),
    );
    const [a, b] = await Promise.all([
      mine.post(toolCall(1, 'read', '{"n":"a"}')),
      theirs.post(toolCall(1, 'read', '{"n":"b"}')),
    ]);
    expect([await a.last(), await b.last()]).toEqual([
      expect.stringContaining('\\"a\\"'),
      expect.stringContaining('\\"b\\"'),
    ]);
  });
});
