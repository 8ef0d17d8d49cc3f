import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { toolCall, type Agent } from '../testing/agent.ts';
import { startMcpBench, type McpBench } from '../testing/mcp-bench.ts';
import { event, json, resultOf, stream, textResult } from '../testing/scripted-upstream.ts';

let bench: McpBench;
let agent: Agent;
let open: Agent;

beforeAll(async () => {
  bench = await startMcpBench();
  await bench.connect({ slug: 'open', defaultEffect: 'allow' });
  await bench.connect({ slug: 'closed', defaultEffect: 'deny' });
  agent = await bench.agent();
  open = await bench.agent('robot', 'open');
});
afterAll(() => bench.close());
afterEach(() => bench.upstream.reset());

/** Literals and members that a parse and a stringify would not bring back. */
const ODD =
  '{"big":1e400,"one":1.0,"long":12345678901234567890,"tiny":-0.0e-7,"esc":"\\u0041\\/\\ud83d\\ude00","é":"ü😀","":null, "spaced" : [ 1 ,2 ] ,"deep":{"a":{"b":[[],{}]}}}';

describe('from the agent to the upstream', () => {
  // Guarantee (invariant 6): what passed the strict parse goes on as the bytes that came.
  it('forwards a frame byte for byte, unknown members and literals and all', async () => {
    const frame = `\n {"jsonrpc":"2.0","id":"\\u0061","method":"tools/call","params":{"arguments":${ODD},"name":"read","extra":${ODD}}}\n`;
    await (await agent.post(frame)).text();
    expect(bench.upstream.calls()[0]?.text).toBe(frame);
  });

  // Guarantee (invariant 2): what no reviewer is shown and no digest covers goes nowhere.
  it('refuses members beside the call, held or allowed', async () => {
    for (const tool of ['read', 'write']) {
      const frame = toolCall(1, tool).replace('"method"', '"arguments":{"force":true},"method"');
      const answer = await agent.post(frame);
      expect(answer.status).toBe(400);
      expect(JSON.parse(await answer.text()).error).toMatchObject({
        code: -32600,
        data: { code: 'invalid_request' },
      });
    }
    expect(bench.upstream.calls()).toEqual([]);
    const { rows } = await bench.database.pool.query('select id from approval');
    expect(rows).toEqual([]);
  });

  it('forwards any frame of JSON byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), fc.integer(), async (args, id) => {
        bench.upstream.reset();
        const frame = toolCall(id, 'read', `{"value":${args}}`);
        const answer = await (await agent.post(frame)).text();
        // Ambiguous keys may be refused; what passes passes whole.
        const [asked] = bench.upstream.calls();
        if (asked === undefined) expect(answer).toMatch(/-32600|-32700/);
        else expect(asked.text).toBe(frame);
      }),
      { numRuns: 60 },
    );
  });

  it('forwards a held frame byte for byte, too', async () => {
    const frame = toolCall('held', 'write', ODD);
    const answer = await agent.post(frame);
    await bench.decide('approve');
    await answer.last();
    expect(bench.upstream.calls().map(({ text }) => text)).toEqual([frame]);
  });

  it('passes a frame of 15 MiB each way', async () => {
    const blob = 'x'.repeat(15 * 1024 * 1024);
    bench.upstream.on('tools/call', (asked, response) =>
      json(response, textResult(asked.id, blob)),
    );
    const frame = toolCall(1, 'read', `{"blob":"${blob}"}`);
    const text = await (await agent.post(frame)).text();
    expect(bench.upstream.calls()[0]?.text.length).toBe(frame.length);
    expect(text.length).toBeGreaterThan(blob.length);
  });
});

describe('from the upstream to the agent', () => {
  // Guarantee (invariant 6): what no mask touches arrives unharmed, whatever it is.
  it.each([
    [
      'unknown members, types and literals',
      resultOf(
        '1',
        `{"content":[{"type":"x-hologram","v":${ODD}}],"structuredContent":${ODD},"x":${ODD}}`,
      ),
    ],
    ['members twice', '{"jsonrpc":"2.0","id":1,"result":{"content":[],"a":1,"a":2}}'],
    ['no version, spaces and line breaks', '{ "id" : 1 ,\n "result":\t{"content" : [ ] } }'],
    [
      'an error with odd data',
      `{"jsonrpc":"2.0","id":1,"error":{"code":-32099.0,"message":"m","data":${ODD}}}`,
    ],
    [
      'lone surrogates',
      '{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"\\ud800"}]}}',
    ],
  ])('passes %s byte for byte', async (_what, frame) => {
    bench.upstream.on('tools/call', (_asked, response) => json(response, frame));
    expect(await (await agent.post(toolCall(1, 'read'))).text()).toBe(frame);
    bench.upstream.on('tools/call', (_asked, response) => {
      stream(response).end(event(frame.replaceAll('\n', '\ndata: ')));
    });
    expect(await (await agent.post(toolCall(1, 'read'))).last()).toBe(frame);
  });

  it('passes any answer of JSON byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(
        // A long run of digits may happen to be a card number, and is masked then.
        fc.json({ noUnicodeString: false }).filter((text) => !/\d{9}/.test(text)),
        fc.boolean(),
        async (value, asStream) => {
          const frame = resultOf('7', `{"content":[],"structuredContent":{"v":${value}}}`);
          bench.upstream.on('tools/call', (_asked, response) => {
            if (asStream) stream(response).end(event(frame));
            else json(response, frame);
          });
          expect(await (await agent.post(toolCall(7, 'read'))).last()).toBe(frame);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('passes comments, retry, event names and notifications it never heard of, in order', async () => {
    const note = '{"jsonrpc":"2.0","method":"x/never-heard-of","params":[1.0]}';
    bench.upstream.on('tools/call', (asked, response) => {
      stream(response, ': beat\n\n', 'retry: 1234\n\n', event(note, 'event: odd\n')).end(
        event(textResult(asked.id, 'end')),
      );
    });
    const events = await (await agent.post(toolCall(1, 'read'))).rest();
    expect(events.slice(0, 3)).toEqual([
      { kind: 'comment', comment: 'beat' },
      { kind: 'message', retry: 1234 },
      { kind: 'message', event: 'odd', data: note },
    ]);
    expect(events).toHaveLength(4);
  });

  it('passes the status of a refusal that a client probes with', async () => {
    bench.upstream.on('initialize', (asked, response) =>
      json(
        response,
        `{"jsonrpc":"2.0","id":${asked.id},"error":{"code":-32602,"message":"no"}}`,
        400,
      ),
    );
    const answer = await (await bench.agent()).initialize();
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('-32602');
  });
});

describe('what nobody here has heard of', () => {
  const request = '{"jsonrpc":"2.0","id":1,"method":"x/new","params":{"a":1}}';
  const notification = '{"jsonrpc":"2.0","method":"notifications/x-new","params":{"a":1}}';

  // Guarantee (invariant 6): an unknown request takes the connection's default effect.
  it('passes as a request where the default is allow', async () => {
    expect((await open.post(request)).status).toBe(200);
    expect(bench.upstream.calls('x/new').map(({ text }) => text)).toEqual([request]);
  });

  it('is held as a request where the default is hold', async () => {
    const answer = await agent.post(request);
    expect(answer.isStream).toBe(true);
    await bench.decide('deny');
    expect(JSON.parse(await answer.last())).toMatchObject({ id: 1, error: { code: 4801 } });
    expect(bench.upstream.asked).toEqual([]);
  });

  it('is denied as a request where the default is deny', async () => {
    const closed = await bench.agent('robot', 'closed');
    expect(await (await closed.post(request)).text()).toContain('"denied"');
    expect(bench.upstream.asked).toEqual([]);
  });

  // Guarantee (invariant 6): an unknown notification passes only where the default is allow; else it is dropped and recorded.
  it('passes as a notification only where the default is allow', async () => {
    const closed = await bench.agent('robot', 'closed');
    for (const each of [agent, closed]) expect((await each.post(notification)).status).toBe(202);
    expect(bench.upstream.asked).toEqual([]);
    expect((await open.post(notification)).status).toBe(202);
    expect(bench.upstream.asked.map(({ text }) => text)).toEqual([notification]);
    const { rowCount } = await bench.database.pool.query(
      `select 1 from entry where kind = 'notification.dropped'`,
    );
    expect(rowCount).toBe(2);
  });
});

describe('resumable streams', () => {
  const note = (n: number) =>
    `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":${n}}}`;

  // Guarantee (invariants 6 and 10): event ids pass, bound to the session they were given out in.
  it('gives out ids that resume in their own session only', async () => {
    const first = await bench.agent();
    await (await first.initialize()).text();
    bench.upstream.on('GET', (asked, response) => {
      const from = asked.headers['last-event-id'];
      stream(response).end(event(note(from === undefined ? 1 : 2), 'id: place-1\n'));
    });
    const [seen] = await (await first.listen()).rest();
    const id = seen?.kind === 'message' ? (seen.id ?? '') : '';
    expect(id).not.toBe('');
    const resumed = await (await first.listen({ 'last-event-id': id })).rest();
    expect(resumed[0]).toMatchObject({ data: note(2) });
    expect(bench.upstream.asked.at(-1)?.headers['last-event-id']).toBe('place-1');

    const same = await bench.agent();
    await (await same.initialize()).text();
    const other = await bench.agent('intruder');
    await (await other.initialize()).text();
    const before = bench.upstream.asked.length;
    for (const each of [same, other])
      expect((await each.listen({ 'last-event-id': id })).status).toBe(400);
    for (const forged of ['place-1', `${id}x`, 'e30.e30', ''])
      expect((await first.listen({ 'last-event-id': forged })).status).toBe(400);
    expect(bench.upstream.asked).toHaveLength(before);
  });

  // Guarantee: what its upstream closes early is closed early, and resumed where it was; the call runs once.
  it('hands an answer whose stream was closed early to the agent that comes back for it', async () => {
    const mine = await bench.agent();
    await (await mine.initialize()).text();
    bench.upstream.on('tools/call', (_asked, response) => {
      stream(response).end('id: prime\nretry: 10\ndata:\n\n');
    });
    bench.upstream.on('GET', (asked, response) => {
      expect(asked.headers['last-event-id']).toBe('prime');
      stream(response).end(event(textResult('9', 'later')));
    });
    const [opened, ...more] = await (await mine.post(toolCall(9, 'read'))).rest();
    expect(opened).toMatchObject({ data: '', retry: 10 });
    expect(more).toEqual([]);
    const id = opened?.kind === 'message' ? (opened.id ?? '') : '';
    const rest = await mine.listen({ 'last-event-id': id });
    expect(await rest.last()).toBe(textResult('9', 'later'));
    expect(bench.upstream.calls()).toHaveLength(1);
  });

  // Guarantee: the answer on a resumed stream is masked as the call's own, and no other answer comes that way.
  it.each([
    ['of its call', undefined],
    [
      'that were published away since',
      'rules:\n  - { id: staff, match: { tools: [staff] }, effect: allow }\n',
    ],
  ])('masks a resumed answer by the rules %s', async (_which, policy) => {
    const { rows } = await bench.database.pool.query<{ source: string }>(
      'select source from policy_version order by number desc limit 1',
    );
    const mine = await bench.agent();
    await (await mine.initialize()).text();
    const badge = resultOf('11', '{"content":[],"structuredContent":{"badge":"B-1234567"}}');
    bench.upstream.on('tools/call', (_asked, response) => {
      stream(response, event(note(1), 'id: p1\n'));
    });
    bench.upstream.on('GET', (_asked, response) => {
      stream(response).end(event(badge) + event(resultOf('12', '{"content":[]}')));
    });
    const call = await mine.post(toolCall(11, 'staff'));
    const first = await call.next();
    const id = first?.kind === 'message' ? (first.id ?? '') : '';
    if (policy !== undefined) await bench.publish(policy);
    const events = await (await mine.listen({ 'last-event-id': id })).rest();
    call.leave();
    expect(JSON.stringify(events)).not.toContain('B-1234567');
    expect(events).toHaveLength(1);
    const plain = await (await mine.listen()).rest();
    expect(plain).toEqual([]);
    if (policy !== undefined) await bench.publish(rows[0]?.source ?? '');
  });
});
