import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { toolCall } from '../testing/agent.ts';
import { PUBLIC_URL, startMcpBench, until, type McpBench } from '../testing/mcp-bench.ts';
import { event, json, stream, textResult } from '../testing/scripted-upstream.ts';

let bench: McpBench;

beforeAll(async () => {
  bench = await startMcpBench();
  await bench.connect({ slug: 'other' });
});
afterAll(() => bench.close());
afterEach(() => bench.upstream.reset());

async function withSession(name = 'robot', slug = 'demo') {
  const agent = await bench.agent(name, slug);
  await (await agent.initialize()).text();
  bench.upstream.reset();
  return agent;
}

describe('a session handle', () => {
  // Guarantee (invariant 10): a handle resolves for the caller that got it, on its connection, and for no one else.
  it.each([
    ['another caller', 'intruder', 'demo'],
    ['its own caller on another connection', 'robot', 'other'],
  ])('is worth nothing to %s', async (_what, name, slug) => {
    const handle = String((await withSession()).headers['mcp-session-id']);
    const thief = await bench.agent(name, slug);
    const headers = { 'mcp-session-id': handle };
    for (const answer of [
      await thief.post(toolCall(1, 'read'), headers),
      await thief.post('{"jsonrpc":"2.0","method":"notifications/initialized"}', headers),
      await thief.post('{"jsonrpc":"2.0","id":"s","result":{}}', headers),
      await thief.listen(headers),
      await thief.send('DELETE', undefined, headers),
    ]) {
      expect(answer.status).toBe(404);
      expect(await answer.text()).toContain('unknown_session');
    }
    expect(bench.upstream.asked).toEqual([]);
  });

  it('stands in no row, and ends with its session on every replica', async () => {
    const agent = await withSession();
    expect((await agent.send('DELETE', undefined, {})).status).toBe(200);
    expect((await agent.post(toolCall(1, 'read'))).status).toBe(404);
  });

  it('survives its replica', async () => {
    const second = await bench.open();
    const agent = await withSession();
    const there = await bench.agent('robot', 'demo', second);
    Object.assign(there.headers, agent.headers);
    expect(await (await there.post(toolCall(1, 'read'))).text()).toBe(textResult('1', 'done'));
    expect(bench.upstream.calls()[0]?.headers['mcp-session-id']).toMatch(/^upstream-session-/);
    await second.close();
  });
});

describe('a request id', () => {
  // Guarantee (invariant 10): two answers under one id can't be told apart, so the second request is refused.
  it('is refused while it is in flight, and free again with its answer', async () => {
    const agent = await withSession();
    const held = await agent.post(toolCall('a', 'write', '{"id":1}'));
    await held.next();
    const twin = await agent.post('{"jsonrpc":"2.0","id":"\\u0061","method":"ping"}');
    expect(twin.status).toBe(400);
    expect(JSON.parse(await twin.text())).toMatchObject({ id: 'a', error: { code: 4412 } });
    expect((await agent.post('{"jsonrpc":"2.0","id":1,"method":"ping"}')).status).toBe(200);
    await bench.decide('deny');
    await held.last();
    for (let n = 0; n < 20; n += 1)
      expect((await agent.post('{"jsonrpc":"2.0","id":"a","method":"ping"}')).status).toBe(200);
  });

  it('of another session is none of its business', async () => {
    const [first, second] = [await withSession(), await withSession()];
    const held = await first.post(toolCall(5, 'write', '{"id":2}'));
    await held.next();
    expect((await second.post(toolCall(5, 'read'))).status).toBe(200);
    // And cancels nothing there.
    await second.post(
      '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5}}',
    );
    await bench.decide('approve');
    expect(await held.last()).toBe(textResult('5', 'done'));
  });
});

describe('a connection', () => {
  // Guarantee (invariant 9): to whoever may not use it, it doesn't exist.
  it('answers a caller outside its groups as if it were not there', async () => {
    const token = (slug: string) =>
      bench.issuer.token('guest', ['guests'], `${PUBLIC_URL}/mcp/${slug}`);
    const texts = [];
    for (const slug of ['demo', 'nowhere']) {
      const agent = await bench.agent('guest', slug);
      const answer = await agent.post(toolCall(1, 'read'), {
        authorization: `Bearer ${await token(slug)}`,
      });
      expect(answer.status).toBe(404);
      texts.push(await answer.text());
    }
    expect(texts[0]).toBe(texts[1]);
    expect(bench.upstream.asked).toEqual([]);
  });
});

describe('what the upstream asks of the client', () => {
  const sampling =
    '{"jsonrpc":"2.0","id":"ask-1","method":"sampling/createMessage","params":{"maxTokens":1.0,"messages":[]}}';
  const elicitation =
    '{"jsonrpc":"2.0","id":"ask-2","method":"elicitation/create","params":{"message":"Password?","requestedSchema":{}}}';
  const reply =
    '{"jsonrpc":"2.0","id":"ask-1","result":{"role":"assistant","content":{"type":"text","text":"4"},"model":"m"}}';

  // Guarantee: what policy allows passes unharmed, and the client's reply goes up, once.
  it('passes where policy allows it, and the reply goes up once', async () => {
    const agent = await withSession();
    let finish: () => void = () => undefined;
    bench.upstream.on('tools/call', (asked, response) => {
      stream(response, event(sampling));
      finish = () => response.end(event(textResult(asked.id, 'asked')));
    });
    const call = await agent.post(toolCall(1, 'read'));
    expect(await call.nextData()).toBe(sampling);
    const replies = await Promise.all([agent.post(reply), agent.post(reply)]);
    expect(replies.map(({ status }) => status).sort()).toEqual([202, 400]);
    expect(bench.upstream.asked.filter(({ text }) => text === reply)).toHaveLength(1);
    finish();
    expect(await call.last()).toBe(textResult('1', 'asked'));
  });

  // Guarantee (invariant 3): what nobody allowed never reaches the client, and the upstream learns it.
  it('is refused to the upstream where it is not allowed', async () => {
    const agent = await withSession();
    bench.upstream.on('tools/call', (asked, response) => {
      stream(response, event(elicitation));
      void until(async () => bench.upstream.asked.length === 2, 'it is refused').then(() =>
        response.end(event(textResult(asked.id, 'unasked'))),
      );
    });
    const events = await (await agent.post(toolCall(1, 'read'))).rest();
    expect(JSON.stringify(events)).not.toContain('Password?');
    expect(JSON.parse(bench.upstream.asked[1]?.text ?? '')).toMatchObject({
      id: 'ask-2',
      error: { code: 4801 },
    });
    expect((await agent.post(reply.replace('ask-1', 'ask-2'))).status).toBe(400);
  });

  it('takes no reply to what was never asked, or was asked of another', async () => {
    const [agent, other] = [await withSession(), await withSession('intruder')];
    bench.upstream.on('tools/call', (asked, response) => {
      stream(response).end(
        event(sampling.replace('ask-1', 'ask\\u0000-3')) +
          event(sampling) +
          event(textResult(asked.id, 'x')),
      );
    });
    await (await agent.post(toolCall(1, 'read'))).rest();
    for (const each of [
      await other.post(reply),
      await agent.post(reply.replace('ask-1', 'ask-9')),
      await agent.post('{"jsonrpc":"2.0","id":1,"result":{}}'),
    ]) {
      expect(each.status).toBe(400);
      expect(await each.text()).toContain('unexpected_reply');
    }
    expect((await agent.post(reply)).status).toBe(202);
  });

  it('does not hold on to a socket for a reply that the upstream answers with a stream', async () => {
    const agent = await withSession();
    let closed = 0;
    bench.upstream.on('notifications/initialized', (_asked, response) => {
      response.on('close', () => (closed += 1));
      stream(response, ': open end\n\n');
    });
    expect(
      (await agent.post('{"jsonrpc":"2.0","method":"notifications/initialized"}')).status,
    ).toBe(202);
    await until(async () => closed === 1, 'the stream is given up');
  });
});

describe('a task of the upstream', () => {
  const get = (id: number) =>
    `{"jsonrpc":"2.0","id":${id},"method":"tasks/get","params":{"taskId":"task-1"}}`;

  // Guarantee (invariant 10): a task id is worth nothing to anyone but who got it, and its result is masked as the call's.
  it('is polled by the session that got it, masked by the rules of its call', async () => {
    const [agent, thief, same] = [
      await withSession(),
      await withSession('intruder'),
      await withSession(),
    ];
    bench.upstream.on('tools/call', (asked, response) =>
      json(
        response,
        `{"jsonrpc":"2.0","id":${asked.id},"result":{"resultType":"task","taskId":"task-1","status":"working"}}`,
      ),
    );
    bench.upstream.on('tasks/get', (asked, response) =>
      json(
        response,
        `{"jsonrpc":"2.0","id":${asked.id},"result":{"taskId":"task-1","status":"completed","result":{"content":[],"structuredContent":{"badge":"B-1112223"}}}}`,
      ),
    );
    await (await agent.post(toolCall(1, 'staff'))).text();
    for (const each of [thief, same])
      expect(await (await each.post(get(2))).text()).toContain('"denied"');
    expect(bench.upstream.calls('tasks/get')).toEqual([]);
    const text = await (await agent.post(get(2))).text();
    expect(text).toContain('"completed"');
    expect(text).not.toContain('B-1112223');
    // Nobody gets a list of everyone's.
    expect(
      await (await agent.post('{"jsonrpc":"2.0","id":3,"method":"tasks/list"}')).text(),
    ).toContain('"denied"');
  });

  // Guarantee (invariant 10): what becomes of a task is told to nobody but who got it.
  it('is listened to by the session that got it', async () => {
    const [agent, thief] = [await withSession(), await withSession('intruder')];
    bench.upstream.on('tools/call', (asked, response) =>
      json(
        response,
        `{"jsonrpc":"2.0","id":${asked.id},"result":{"resultType":"task","taskId":"task-2","status":"working"}}`,
      ),
    );
    await (await agent.post(toolCall(1, 'staff'))).text();
    const { rows } = await bench.database.pool.query<{ source: string }>(
      'select source from policy_version order by number desc limit 1',
    );
    const before = rows[0]?.source ?? '';
    await bench.publish(
      `${before}  - { id: listen, match: { methods: [subscriptions/listen] }, effect: allow }\n`,
    );
    const listen = (id: number, params: string) =>
      `{"jsonrpc":"2.0","id":${id},"method":"subscriptions/listen","params":${params}}`;
    const [beside, among] = ['{"taskIds":["task-2"]}', '{"notifications":{"taskIds":["task-2"]}}'];
    for (const params of [beside, among, '{"taskIds":["task-2",7]}', '{"taskIds":"task-2"}'])
      expect(await (await thief.post(listen(2, params))).text()).toContain('"denied"');
    expect(bench.upstream.calls('subscriptions/listen')).toEqual([]);
    for (const params of [beside, among, '{"notifications":{}}'])
      await (await agent.post(listen(3, params))).text();
    expect(bench.upstream.calls('subscriptions/listen')).toHaveLength(3);
    await bench.publish(before);
  });
});

describe('lists', () => {
  it('show a caller what isn’t denied to it, and are its own to cache', async () => {
    const agent = await withSession();
    const names = JSON.parse(
      await (await agent.post('{"jsonrpc":"2.0","id":1,"method":"tools/list"}')).text(),
    ).result.tools.map((tool: { name: string }) => tool.name);
    expect(names).toContain('read');
    expect(names).not.toContain('forbidden');
    bench.upstream.on('tools/list', (asked, response) =>
      json(
        response,
        `{"jsonrpc":"2.0","id":${asked.id},"result":{"tools":[],"ttlMs":1,"cacheScope":"public"}}`,
      ),
    );
    expect(
      await (await agent.post('{"jsonrpc":"2.0","id":2,"method":"tools/list"}')).text(),
    ).toContain('"private"');
  });
});
