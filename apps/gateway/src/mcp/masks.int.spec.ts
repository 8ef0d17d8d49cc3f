import { inflateRawSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { toolCall, type Agent } from '../testing/agent.ts';
import { startMcpBench, type McpBench } from '../testing/mcp-bench.ts';
import { event, json, resultOf, stream } from '../testing/scripted-upstream.ts';

let bench: McpBench;
let agent: Agent;

beforeAll(async () => {
  bench = await startMcpBench();
  agent = await bench.agent();
  await (await agent.initialize()).text();
});
afterAll(() => bench.close());
afterEach(() => bench.upstream.reset());

/** A bound against hangs, not a measure of speed. */
const A_HANG_MS = 30_000;
const EMAIL = 'grace.planted@example.com';
const CARD = '4111111111111111';
const PAY = '98765.43';
const PLANTED = `"${EMAIL} and ${CARD}"`;

/** Each edge on which an upstream can say something; the frame goes before the call's answer. */
const NOTES: readonly (readonly [string, string])[] = [
  [
    'a progress message',
    `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1,"message":${PLANTED}}}`,
  ],
  [
    'a log message',
    `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":{"note":${PLANTED},"salary":${PAY}}}}`,
  ],
  ['an unknown notification', `{"jsonrpc":"2.0","method":"x/note","params":{"any":[${PLANTED}]}}`],
  [
    'a sampling request to the client',
    `{"jsonrpc":"2.0","id":"s","method":"sampling/createMessage","params":{"maxTokens":1,"messages":[{"role":"user","content":{"type":"text","text":${PLANTED}}}]}}`,
  ],
];
const ANSWERS: readonly (readonly [string, string])[] = [
  ['a text', `{"content":[{"type":"text","text":${PLANTED}}]}`],
  [
    'structured content',
    `{"content":[],"structuredContent":{"who":${PLANTED},"salary":${PAY},"deep":[{"salary":${PAY}}]}}`,
  ],
  [
    'JSON inside a text',
    `{"content":[{"type":"text","text":${JSON.stringify(`{"who":${PLANTED},"salary":${PAY}}`)}}]}`,
  ],
  [
    'an embedded resource',
    `{"content":[{"type":"resource","resource":{"uri":"x:y","text":${PLANTED}}}]}`,
  ],
  ['_meta', `{"content":[],"_meta":{"x/trace":${PLANTED}}}`],
  ['an unknown member', `{"content":[],"x":{"y":${PLANTED}}}`],
  ['a tool error', `{"isError":true,"content":[{"type":"text","text":${PLANTED}}]}`],
];

describe('what a mask names', () => {
  // Guarantee (invariants 1 and 6): nothing masked reaches the agent or the database, on any edge.
  it.each(NOTES)('does not reach the agent in %s', async (_what, note) => {
    bench.upstream.on('tools/call', (asked, response) => {
      stream(response).end(event(note) + event(resultOf(asked.id, '{"content":[]}')));
    });
    expectClean(JSON.stringify(await (await agent.post(toolCall(1, 'read'))).rest()));
  });

  it.each(ANSWERS)(
    'does not reach the agent in %s, by body and by stream',
    async (_what, result) => {
      for (const send of ['body', 'stream']) {
        bench.upstream.on('tools/call', (asked, response) => {
          if (send === 'body') json(response, resultOf(asked.id, result));
          else stream(response).end(event(resultOf(asked.id, result)));
        });
        expectClean(await (await agent.post(toolCall(1, 'read'))).last());
      }
    },
  );

  it('does not reach the agent in an error’s message and data', async () => {
    bench.upstream.on('tools/call', (asked, response) =>
      json(
        response,
        `{"jsonrpc":"2.0","id":${asked.id},"error":{"code":-1,"message":${PLANTED},"data":{"salary":${PAY},"x":${PLANTED}}}}`,
      ),
    );
    expectClean(await (await agent.post(toolCall(1, 'read'))).text());
  });

  it('does not reach the agent in lists and other methods', async () => {
    bench.upstream.on('ping', (asked, response) =>
      json(response, resultOf(asked.id, `{"x":${PLANTED}}`)),
    );
    bench.upstream.on('tools/list', (asked, response) =>
      json(
        response,
        resultOf(asked.id, `{"tools":[{"name":"read","description":${PLANTED},"inputSchema":{}}]}`),
      ),
    );
    for (const method of ['ping', 'tools/list'])
      expectClean(await (await agent.post(`{"jsonrpc":"2.0","id":1,"method":"${method}"}`)).text());
  });

  it('reads the same in both twins', async () => {
    const data = `{"who":${PLANTED},"salary":${PAY}}`;
    bench.upstream.on('tools/call', (asked, response) =>
      json(
        response,
        resultOf(
          asked.id,
          `{"content":[{"type":"text","text":${JSON.stringify(data)}}],"structuredContent":${data}}`,
        ),
      ),
    );
    const { result } = JSON.parse(await (await agent.post(toolCall(1, 'read'))).text());
    expect(JSON.parse(result.content[0].text)).toEqual(result.structuredContent);
  });

  // Guarantee: what is said during a call is masked by the rules of that call, not only by those for everyone.
  it('is masked in a call’s notifications by the rules for its tool', async () => {
    const note =
      '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":{"badge":"B-7654321"}}}';
    bench.upstream.on('tools/call', (asked, response) => {
      stream(response).end(event(note) + event(resultOf(asked.id, '{"content":[]}')));
    });
    const events = JSON.stringify(await (await agent.post(toolCall(1, 'staff'))).rest());
    expect(events).toContain('notifications/message');
    expect(events).not.toContain('B-7654321');
    expect(JSON.stringify(await (await agent.post(toolCall(1, 'read'))).rest())).toContain(
      'B-7654321',
    );
  });

  it('is masked by a rule that was published while the call was held', async () => {
    const { rows } = await bench.database.pool.query<{ source: string }>(
      'select source from policy_version order by number desc limit 1',
    );
    const before = rows[0]?.source ?? '';
    bench.upstream.on('tools/call', (asked, response) =>
      json(
        response,
        resultOf(
          asked.id,
          `{"content":[],"structuredContent":{"shoe":"size-4711","mail":"${EMAIL}"}}`,
        ),
      ),
    );
    const held = await agent.post(toolCall(1, 'write', '{"while":"held"}'));
    await held.next();
    await bench.publish(
      `${before}\n  - id: shoes\n    match: { tools: [write] }\n    mask: [{ field: "**.shoe", as: redact }]\n`,
    );
    await bench.decide('approve');
    const text = await held.last();
    expect(text).toContain('structuredContent');
    expect(text).not.toContain('size-4711');
    expect(text).not.toContain(EMAIL);
    await bench.publish(before);
  });
});

describe('an answer that, masked, breaks its own schema', () => {
  const contact =
    '{"content":[{"type":"text","text":"see contact"}],"structuredContent":{"contact":"grace.planted@example.com"}}';

  // Guarantee (invariant 3): a client that validates must not choke, and must not call again.
  it('is withheld from a tool call, with an error that the model can read', async () => {
    bench.upstream.on('tools/call', (asked, response) =>
      json(response, resultOf(asked.id, contact)),
    );
    const text = await (await agent.post(toolCall(1, 'typed'))).text();
    expectClean(text);
    expect(JSON.parse(text)).toMatchObject({
      result: { isError: true, _meta: { 'holdpoint/refusal': { code: 'answer_withheld' } } },
    });
  });

  it('is judged by a schema whose pattern can’t stall the gateway', async () => {
    bench.upstream.tools.set('evil', {
      name: 'evil',
      inputSchema: { type: 'object' },
      outputSchema: { type: 'object', properties: { a: { type: 'string', pattern: '^(a+)+$' } } },
    });
    bench.upstream.on('tools/call', (asked, response) =>
      json(
        response,
        resultOf(
          asked.id,
          `{"content":[],"structuredContent":{"a":"${'a'.repeat(40)}!","b":${PLANTED}}}`,
        ),
      ),
    );
    await bench.connect({ slug: 'evil', defaultEffect: 'allow' });
    const evil = await bench.agent('robot', 'evil');
    const startedAt = Date.now();
    expectClean(await (await evil.post(toolCall(1, 'evil'))).last());
    expect(Date.now() - startedAt).toBeLessThan(A_HANG_MS);
  });
});

describe('a message with more to mask than one may hold', () => {
  const flood = JSON.stringify(`${EMAIL} `.repeat(30_000));

  // Guarantee: one allowed read can't stall the gateway, and nothing of its answer gets out unmasked.
  it('is withheld from a tool call, with advice that the model can read', async () => {
    bench.upstream.on('tools/call', (asked, response) =>
      json(response, resultOf(asked.id, `{"content":[{"type":"text","text":${flood}}]}`)),
    );
    const text = await (await agent.post(toolCall(1, 'read'))).text();
    expectClean(text);
    expect(JSON.parse(text)).toMatchObject({
      result: {
        isError: true,
        content: [{ text: expect.stringContaining('narrow the query') }],
        _meta: { 'holdpoint/refusal': { code: 'answer_withheld' } },
      },
    });
  });

  it('is dropped as a notification and refused as a request, on record', async () => {
    const note = `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":${flood}}}`;
    const question = `{"jsonrpc":"2.0","id":"s","method":"sampling/createMessage","params":{"maxTokens":1,"messages":[{"role":"user","content":{"type":"text","text":${flood}}}]}}`;
    bench.upstream.on('tools/call', (asked, response) => {
      const answer = resultOf(asked.id, '{"content":[]}');
      stream(response).end(event(note) + event(question) + event(answer));
    });
    const events = JSON.stringify(await (await agent.post(toolCall(1, 'read'))).rest());
    expect(events).not.toContain('notifications/message');
    expect(events).not.toContain('sampling/createMessage');
    const { rows } = await bench.database.pool.query<{ kind: string }>(
      `select kind from entry where content::json #>> '{data,withheld}' = 'budget' order by id`,
    );
    expect(rows.map(({ kind }) => kind)).toEqual([
      'call.answered',
      'upstream.notification_dropped',
      'upstream.request',
    ]);
  });
});

describe('at rest', () => {
  // Guarantee: answers are stored in their masked form only.
  it('no frame and no entry holds a planted value', async () => {
    const { rows } = await bench.database.pool.query<{
      encoding: string;
      bytes: Buffer;
      sealed: boolean;
    }>('select encoding, bytes, sealed from frame');
    const open = rows.filter(({ sealed }) => !sealed);
    expect(open.length).toBeGreaterThan(20);
    for (const { encoding, bytes } of open)
      expectClean((encoding === 'deflate-raw' ? inflateRawSync(bytes) : bytes).toString('utf8'));
    const entries = await bench.database.pool.query<{ content: string }>(
      'select content from entry',
    );
    for (const { content } of entries.rows) expectClean(content);
  });
});

function expectClean(text: string): void {
  expect(text).not.toBe('');
  for (const planted of [EMAIL, CARD, PAY, 'grace.planted']) expect(text).not.toContain(planted);
}
