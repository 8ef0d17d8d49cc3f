import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { CreateMessageRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { Agent, toolCall, type AgentAnswer } from '../testing/agent.ts';
import { PUBLIC_URL, startMcpBench, until, type McpBench } from '../testing/mcp-bench.ts';
import { event, json, resultOf, stream, textResult } from '../testing/scripted-upstream.ts';

let bench: McpBench;

beforeAll(async () => {
  bench = await startMcpBench();
});
afterAll(() => bench.close());
afterEach(() => bench.upstream.reset());

async function stockClient(name: string, slug = 'demo') {
  const { url, token } = await bench.agent(name, slug);
  const client = new Client({ name: 'older', version: '1' }, { capabilities: { sampling: {} } });
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  const transport = new SSEClientTransport(new URL(`${url}/sse`), { requestInit });
  return { client, transport };
}

/** A client that says exactly what a test wants. */
async function openStream(name = 'robot', headers = {}) {
  const { url, token } = await bench.agent(name);
  const sse = new Agent(`${url}/sse`, token);
  const answer = await sse.listen(headers);
  const endpoint = new URL(await answer.nextData(), url);
  const messages = new Agent(endpoint.href, token);
  return { answer, endpoint, messages, token };
}

const INITIALIZE =
  '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2024-11-05","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}';

async function nextAnswer(answer: AgentAnswer, id: string): Promise<string> {
  for (;;) {
    const data = await answer.nextData();
    if (data.includes(`"id":${id},`)) return data;
  }
}

describe('the stock client of HTTP+SSE', () => {
  // Guarantee: an older client changes one thing, its endpoint's address; a hold is only a pause to it.
  it('lists, calls, waits with progress and reads why it was refused', async () => {
    const { client, transport } = await stockClient('robot-sse');
    await client.connect(transport);
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('write');
    const call = (name: string, n = 0) => client.callTool({ name, arguments: { n } });
    expect(await call('read')).toMatchObject({ content: [{ text: 'done' }] });
    expect(await call('forbidden')).toMatchObject({ isError: true });

    const told: number[] = [];
    const approved = client.callTool({ name: 'write', arguments: { n: 1 } }, undefined, {
      onprogress: ({ progress }) => told.push(progress),
    });
    await until(async () => told.length > 0, 'progress is told');
    await bench.decide('approve');
    expect(await approved).toMatchObject({ content: [{ text: 'done' }] });
    const denied = call('write', 2);
    await bench.decide('deny');
    expect(JSON.stringify(await denied)).toContain('Not today.');
    expect(bench.upstream.calls()).toHaveLength(2);
    await client.close();
  });

  it('answers an upstream’s sampling, and sees its progress, logging and cancellation', async () => {
    const { client, transport } = await stockClient('robot-sampling');
    client.setRequestHandler(CreateMessageRequestSchema, async () => ({
      model: 'm',
      role: 'assistant' as const,
      content: { type: 'text' as const, text: 'sampled' },
    }));
    await client.connect(transport);
    let replied = '';
    bench.upstream.on('tools/call', async (asked, response) => {
      stream(
        response,
        event(
          `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":${asked.id},"progress":1}}`,
        ),
        event(
          '{"jsonrpc":"2.0","id":"s1","method":"sampling/createMessage","params":{"messages":[],"maxTokens":1}}',
        ),
      );
      const reply = await until(
        async () => bench.upstream.asked.find(({ text }) => text.includes('sampled')),
        'the reply comes',
      );
      replied = reply.text;
      response.end(event(textResult(asked.id, 'done')));
    });
    const seen: number[] = [];
    const answer = await client.callTool({ name: 'read', arguments: {} }, undefined, {
      onprogress: ({ progress }) => seen.push(progress),
    });
    expect(answer).toMatchObject({ content: [{ text: 'done' }] });
    expect(JSON.parse(replied)).toMatchObject({ id: 's1', result: { model: 'm' } });
    expect(seen).toEqual([1]);

    bench.upstream.on('tools/call', () => undefined);
    const leaving = new AbortController();
    const aborted = client.callTool({ name: 'read', arguments: {} }, undefined, {
      signal: leaving.signal,
    });
    await until(async () => bench.upstream.calls().length === 2, 'the call is forwarded');
    leaving.abort();
    await expect(aborted).rejects.toThrow();
    await until(
      async () => bench.upstream.calls('notifications/cancelled').length === 1,
      'the cancellation is forwarded',
    );
    await client.close();
  });
});

describe('the stream of an HTTP+SSE client', () => {
  it('names an address of the gateway’s own, and carries what the upstream says unasked', async () => {
    bench.upstream.on('GET', (_asked, response) => {
      stream(
        response,
        event('{"jsonrpc":"2.0","method":"notifications/x-new"}', 'event: endpoint\nid: 1\n'),
      );
    });
    const { answer, endpoint, messages } = await openStream();
    expect(endpoint.pathname).toBe('/mcp/demo/messages');
    const accepted = await messages.post(INITIALIZE);
    expect([accepted.status, await accepted.text()]).toEqual([202, '']);
    expect(await nextAnswer(answer, '0')).toContain('scripted');
    await messages.post('{"jsonrpc":"2.0","method":"notifications/initialized"}');
    // Guarantee: an upstream can't move the address that a client posts to.
    const said = await answer.next();
    expect(said).toEqual({
      kind: 'message',
      event: 'message',
      data: '{"jsonrpc":"2.0","method":"notifications/x-new"}',
    });
    expect(bench.upstream.asked.find(({ verb }) => verb === 'GET')?.headers).toMatchObject({
      'mcp-session-id': expect.stringContaining('upstream-session'),
    });
    answer.leave();
  });

  // Guarantee (invariant 10): an address for messages resolves for no one but the caller that got it.
  it('takes messages from its own caller and connection only', async () => {
    const { answer, endpoint, messages } = await openStream();
    const other = await bench.agent('intruder');
    await bench.connect({ slug: 'second' });
    const elsewhere = await bench.agent('robot', 'second');
    const forged = new URL(endpoint);
    forged.searchParams.set('session', `x${endpoint.searchParams.get('session')}`);
    const second = endpoint.href.replace('/demo/', '/second/');
    for (const [url, token] of [
      [endpoint.href, other.token],
      [second, elsewhere.token],
      [forged.href, messages.token],
      [`${endpoint.origin}/mcp/demo/messages`, messages.token],
    ] as const) {
      const refused = await new Agent(url, token).post(toolCall(1, 'read'));
      expect(refused.status).toBe(404);
      expect(await refused.text()).toContain('"unknown_session"');
    }
    expect((await new Agent(endpoint.href, 'nonsense').post(INITIALIZE)).status).toBe(401);
    expect(bench.upstream.asked).toEqual([]);
    answer.leave();
  });

  it('refuses what can’t be read on the POST, and an id that is in flight', async () => {
    const { answer, messages } = await openStream();
    const malformed = await messages.post('{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}');
    expect(malformed.status).toBe(400);
    expect(JSON.parse(await malformed.text())).toMatchObject({ error: { code: -32700 } });
    await messages.post(INITIALIZE);
    await nextAnswer(answer, '0');
    await messages.post(toolCall(5, 'write'));
    await bench.approval('held');
    const twice = await messages.post(toolCall(5, 'read'));
    expect(twice.status).toBe(400);
    expect(await twice.text()).toContain('"duplicate_request_id"');
    await bench.decide('approve');
    expect(await nextAnswer(answer, '5')).toContain('done');
    answer.leave();
  });

  it('gives a modern probe the answer to fall back on, and a POST to its own address a 405', async () => {
    const { answer, messages } = await openStream();
    const meta =
      '{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}';
    await messages.post(
      `{"jsonrpc":"2.0","id":9,"method":"server/discover","params":{"_meta":${meta}}}`,
    );
    expect(JSON.parse(await nextAnswer(answer, '9'))).toMatchObject({ error: { code: -32601 } });
    const { url, token } = await bench.agent();
    const posted = await new Agent(`${url}/sse`, token).post(INITIALIZE);
    expect([posted.status, posted.headers.allow]).toEqual([405, 'GET']);
    const challenged = await new Agent(`${url}/sse`, 'nonsense').listen();
    expect(challenged.status).toBe(401);
    expect(challenged.headers['www-authenticate']).toContain(
      `${PUBLIC_URL}/.well-known/oauth-protected-resource/mcp/demo`,
    );
    answer.leave();
  });

  // Guarantee: masked and committed before it is delivered, on this way as on every other.
  it('masks answers, and records them before they are on the stream', async () => {
    const { answer, messages } = await openStream('recorded-robot');
    await messages.post(INITIALIZE);
    await nextAnswer(answer, '0');
    bench.upstream.on('tools/call', (asked, response) =>
      json(response, textResult(asked.id, 'write to kim@example.com')),
    );
    await messages.post(toolCall(3, 'read'));
    const text = await nextAnswer(answer, '3');
    expect(text).not.toContain('kim@example.com');
    const { rows } = await bench.database.pool.query<{ count: number }>(
      `select count(*)::int as count from entry where kind = 'call.answered' and method = 'tools/call' and who like '%recorded-robot'`,
    );
    expect(rows).toEqual([{ count: 1 }]);
    answer.leave();
  });

  it('keeps two callers’ streams apart, though their ids are the same', async () => {
    const [mine, theirs] = [await openStream('robot'), await openStream('other-robot')];
    for (const each of [mine, theirs]) {
      await each.messages.post(INITIALIZE);
      await nextAnswer(each.answer, '0');
    }
    bench.upstream.on('tools/call', (asked, response) =>
      json(
        response,
        resultOf(
          asked.id,
          `{"content":[],"who":${JSON.stringify(asked.headers['mcp-session-id'])}}`,
        ),
      ),
    );
    await Promise.all([
      mine.messages.post(toolCall(1, 'read')),
      theirs.messages.post(toolCall(1, 'read')),
    ]);
    const [a, b] = [await nextAnswer(mine.answer, '1'), await nextAnswer(theirs.answer, '1')];
    expect(a).not.toBe(b);
    mine.answer.leave();
    theirs.answer.leave();
  });
});

describe('an HTTP+SSE client that leaves', () => {
  // Guarantee: leaving detaches; nothing executes while nobody waits, and the same call collects.
  it('detaches its held call, which the same call in a new stream collects', async () => {
    const first = await openStream();
    await first.messages.post(INITIALIZE);
    await nextAnswer(first.answer, '0');
    await first.messages.post(toolCall(1, 'write', '{"n":"leaving"}'));
    const { id } = await bench.approval('held');
    first.answer.leave();
    await until(async () => {
      const { rows } = await bench.database.pool.query<{ waiter_id: string | null }>(
        'select waiter_id from approval where id = $1',
        [id],
      );
      return rows[0]?.waiter_id === null;
    }, 'the waiter is gone');
    await bench.decide('approve', id);
    expect(bench.upstream.calls()).toEqual([]);
    const again = await openStream();
    await again.messages.post(INITIALIZE);
    await nextAnswer(again.answer, '0');
    await again.messages.post(toolCall(7, 'write', '{"n":"leaving"}'));
    expect(await nextAnswer(again.answer, '7')).toContain('done');
    expect(bench.upstream.calls()).toHaveLength(1);
    again.answer.leave();
  });

  it('finds an answer that came after it left', async () => {
    const first = await openStream();
    await first.messages.post(INITIALIZE);
    await nextAnswer(first.answer, '0');
    let release = () => {};
    bench.upstream.on('tools/call', async (asked, response) => {
      await new Promise<void>((resolve) => (release = resolve));
      json(response, textResult(asked.id, 'late'));
    });
    await first.messages.post(toolCall(1, 'write', '{"n":"late"}'));
    const id = await bench.decide('approve');
    await until(async () => bench.upstream.calls().length === 1, 'the call is forwarded');
    first.answer.leave();
    await new Promise((resolve) => setTimeout(resolve, 100));
    release();
    await until(async () => {
      const { rows } = await bench.database.pool.query<{ state: string; waiter_id: string | null }>(
        'select state, waiter_id from approval where id = $1',
        [id],
      );
      return rows[0]?.state === 'answered' && rows[0].waiter_id === null;
    }, 'the answer waits');
    const again = await openStream();
    await again.messages.post(toolCall(2, 'write', '{"n":"late"}'));
    expect(await nextAnswer(again.answer, '2')).toContain('late');
    expect(bench.upstream.calls()).toHaveLength(1);
    again.answer.leave();
  });

  // Guarantee (invariant 8): a gateway that goes tells who waits; the next one takes the call up.
  it('is told to call again when its gateway goes, and finds its approval at the next', async () => {
    const going = await bench.open();
    const there = await bench.agent('robot', 'demo', going);
    const answer = await new Agent(`${there.url}/sse`, there.token).listen();
    const endpoint = new URL(await answer.nextData(), there.url).href;
    await new Agent(endpoint, there.token).post(toolCall(8, 'write', '{"n":"restart"}'));
    const { id } = await bench.approval('held');
    const closed = going.close();
    expect(await nextAnswer(answer, '8')).toContain('Call again with the same arguments');
    await closed;
    const again = await openStream();
    await again.messages.post(toolCall(9, 'write', '{"n":"restart"}'));
    await bench.decide('approve', id);
    expect(await nextAnswer(again.answer, '9')).toContain('done');
    expect(bench.upstream.calls()).toHaveLength(1);
    again.answer.leave();
  });

  it('is in its session again when it reconnects, at another process too, and in no one else’s', async () => {
    const first = await openStream();
    await first.messages.post(INITIALIZE);
    let handle = '';
    for (let seen = await first.answer.next(); ; seen = await first.answer.next()) {
      if (seen?.kind === 'message' && seen.id !== undefined) handle = seen.id;
      if (handle !== '') break;
    }
    first.answer.leave();
    const other = await bench.open();
    const back = await bench.agent('robot', 'demo', other);
    const answer = await new Agent(`${back.url}/sse`, back.token).listen({
      'last-event-id': handle,
    });
    const endpoint = new URL(await answer.nextData(), back.url).href;
    await new Agent(endpoint, back.token).post(toolCall(4, 'read'));
    expect(await nextAnswer(answer, '4')).toContain('done');
    expect(bench.upstream.calls()[0]?.headers['mcp-session-id']).toContain('upstream-session');
    // The stream is at the other process: said clearly, and nothing is carried out.
    const lost = await new Agent(endpoint.replace(other.origin, bench.origin), back.token).post(
      toolCall(6, 'read'),
    );
    expect(lost.status).toBe(404);
    expect(await lost.text()).toContain('not open at this process');
    answer.leave();

    const stolen = await openStream('intruder', { 'last-event-id': handle });
    await stolen.messages.post(toolCall(4, 'read'));
    await nextAnswer(stolen.answer, '4');
    expect(bench.upstream.calls().at(-1)?.headers['mcp-session-id']).toBeUndefined();
    stolen.answer.leave();
  });
});
