import type { ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { toolCall, type Agent } from '../testing/agent.ts';
import { startMcpBench, until, type McpBench } from '../testing/mcp-bench.ts';
import { event, json, stream, textResult, type Asked } from '../testing/scripted-upstream.ts';

let bench: McpBench;
let agent: Agent;

beforeAll(async () => {
  bench = await startMcpBench({ HOLDPOINT_UPSTREAM_TIMEOUT_MS: '3000' });
  agent = await bench.agent();
});
afterAll(() => bench.close());
afterEach(() => bench.upstream.reset());

type Fault = (asked: Asked, response: ServerResponse) => void;

/** Everything after which nobody can say that the call did not run. */
const UNKNOWN: readonly (readonly [string, string, Fault])[] = [
  [
    'closes in the middle of a body',
    'outcome_unknown',
    (_asked, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 });
      response.write('{"jsonrpc":');
      setTimeout(() => response.destroy(), 20);
    },
  ],
  [
    'resets before it answers',
    'outcome_unknown',
    (_asked, response) => response.socket?.resetAndDestroy(),
  ],
  [
    'closes in the middle of a stream',
    'outcome_unknown',
    (_asked, response) => {
      stream(response, ': here\n\n');
      setTimeout(() => response.destroy(), 20);
    },
  ],
  [
    'ends its stream without an answer',
    'outcome_unknown',
    (_asked, response) => void stream(response).end(),
  ],
  [
    'ends its stream in the middle of the answer',
    'outcome_unknown',
    (asked, response) => void stream(response).end(`data: ${textResult(asked.id, 'cut')}\n`),
  ],
  ['says nothing', 'upstream_timeout', () => undefined],
  [
    'falls silent in a stream',
    'upstream_timeout',
    (_asked, response) => void stream(response, ': here\n\n'),
  ],
  [
    'answers with HTML',
    'outcome_unknown',
    (_asked, response) =>
      void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>ok</h1>'),
  ],
  ['answers with what is no JSON', 'outcome_unknown', (_asked, response) => json(response, 'OK')],
  [
    'answers with JSON that is no message',
    'outcome_unknown',
    (_asked, response) => json(response, '{"ok":true}'),
  ],
  [
    'answers another id',
    'outcome_unknown',
    (_asked, response) => json(response, textResult('999', 'x')),
  ],
  [
    'answers the id as a string',
    'outcome_unknown',
    (asked, response) => json(response, textResult(`"${asked.id}"`, 'x')),
  ],
  [
    'answers another id in a stream',
    'outcome_unknown',
    (_asked, response) => void stream(response).end(event(textResult('999', 'x'))),
  ],
  [
    'answers a refusal of another id',
    'outcome_unknown',
    (_asked, response) =>
      json(response, '{"jsonrpc":"2.0","id":999,"error":{"code":-1,"message":"x"}}', 400),
  ],
  [
    'accepts without an answer',
    'outcome_unknown',
    (_asked, response) => void response.writeHead(202).end(),
  ],
  [
    'breaks down',
    'outcome_unknown',
    (_asked, response) => void response.writeHead(500).end('oops'),
  ],
  [
    'breaks down in JSON',
    'outcome_unknown',
    (_asked, response) => json(response, '{"error":"oops"}', 502),
  ],
  [
    'compresses unasked',
    'outcome_unknown',
    (_asked, response) =>
      void response
        .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
        .end(Buffer.from([31, 139, 8])),
  ],
  [
    'answers endlessly',
    'upstream_bad_answer',
    (_asked, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const chunk = 'x'.repeat(1024 * 1024);
      const more = () => {
        while (!response.destroyed && response.write(chunk));
        response.once('drain', more);
      };
      more();
    },
  ],
  [
    'streams an answer without end',
    'upstream_bad_answer',
    (_asked, response) => {
      stream(response, 'data: ');
      const chunk = 'x'.repeat(1024 * 1024);
      const more = () => {
        while (!response.destroyed && response.write(chunk));
        response.once('drain', more);
      };
      more();
    },
  ],
];

/** Complete answers that refuse: nothing has run. */
const FAILED: readonly (readonly [string, string, Fault])[] = [
  [
    'redirects',
    'upstream_bad_answer',
    (_asked, response) =>
      void response.writeHead(307, { location: `${bench.upstream.url}/elsewhere` }).end(),
  ],
  [
    'refuses without saying why',
    'upstream_bad_answer',
    (_asked, response) => void response.writeHead(400).end('bad'),
  ],
  [
    'refuses in JSON that is no message',
    'upstream_bad_answer',
    (_asked, response) => json(response, '{"message":"bad"}', 422),
  ],
  [
    'refuses the credential',
    'upstream_credential_refused',
    (_asked, response) => void response.writeHead(401).end(),
  ],
];

describe.each([
  ['unknown', UNKNOWN],
  ['failed', FAILED],
] as const)('an outcome that is %s', (outcome, faults) => {
  // Guarantee (invariant 2): nothing is sent twice, whatever the upstream does, and no outcome is guessed.
  it.each(faults)('of an allowed call, when the upstream %s', async (_what, code, fault) => {
    bench.upstream.on('tools/call', fault);
    const text = await (await agent.post(toolCall(1, 'read'))).last();
    expect(JSON.parse(text)).toMatchObject({
      id: 1,
      result: { isError: true, _meta: { 'holdpoint/refusal': { code } } },
    });
    expect(bench.upstream.asked).toHaveLength(1);
    const { rows } = await bench.database.pool.query<{ kind: string }>(
      'select kind from entry where call_id is not null order by id desc limit 1',
    );
    expect(rows[0]?.kind).toBe(`call.${outcome}`);
  });

  it.each(faults)('of a held call, when the upstream %s', async (what, code, fault) => {
    bench.upstream.on('tools/call', fault);
    const args = JSON.stringify({ what });
    const answer = await agent.post(toolCall(1, 'write', args));
    const id = await bench.decide('approve');
    expect(await answer.last()).toContain(code);
    expect(await bench.stateOf(id)).toBe(outcome);
    expect(bench.upstream.asked).toHaveLength(1);
    // The same call again is a new one: it asks people anew and sends nothing.
    const again = await agent.post(toolCall(2, 'write', args));
    expect((await bench.approval('held')).id).not.toBe(id);
    await bench.decide('deny');
    await again.last();
    expect(bench.upstream.asked).toHaveLength(1);
  });
});

describe('an upstream that is not there', () => {
  // Guarantee (invariant 2): `failed` is said only where it is certain that no byte was written.
  it('leaves the call failed, not unknown', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const address = closed.address();
    const port = typeof address === 'object' ? address?.port : 0;
    closed.close();
    await once(closed, 'close');
    await bench.connect({ slug: 'gone', url: `http://127.0.0.1:${port}/`, defaultEffect: 'allow' });
    const gone = await bench.agent('robot', 'gone');
    const answer = await gone.post(
      '{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"x:y"}}',
    );
    expect(JSON.parse(await answer.text())).toMatchObject({ id: 1, error: { code: 4809 } });
    // A tool that nobody could list is held, and its approved call fails as well.
    const held = await gone.post(toolCall(2, 'anything'));
    const id = await bench.decide('approve');
    expect(await held.last()).toContain('upstream_unreachable');
    expect(await bench.stateOf(id)).toBe('failed');
    for (const each of [await gone.post('{"jsonrpc":"2.0","method":"notifications/initialized"}')])
      expect(await each.text()).toContain('upstream_unreachable');
  });

  it('is not looked for where the address is forbidden', async () => {
    await bench.connect({ slug: 'inward', allowPrivate: false, defaultEffect: 'allow' });
    const inward = await bench.agent('robot', 'inward');
    const answer = await inward.post('{"jsonrpc":"2.0","id":1,"method":"ping"}');
    expect(await answer.text()).toContain('address_refused');
    expect(bench.upstream.asked).toEqual([]);
  });
});

describe('a session that the upstream forgot', () => {
  it('ends here too, and the client is told to initialize again', async () => {
    const mine = await bench.agent();
    await (await mine.initialize()).text();
    bench.upstream.on('tools/call', (_asked, response) => void response.writeHead(404).end());
    expect((await mine.post(toolCall(1, 'read'))).status).toBe(404);
    expect((await mine.post(toolCall(2, 'read'))).status).toBe(404);
    expect(bench.upstream.calls()).toHaveLength(1);
  });
});

describe('an agent that leaves after its call was forwarded', () => {
  // Guarantee (invariants 2 and 8): a legacy client may come back; the answer is kept and nothing runs again.
  it('finds the answer of its held call when it calls again', async () => {
    let answerNow: () => void = () => undefined;
    bench.upstream.on('tools/call', (asked, response) => {
      answerNow = () => json(response, textResult(asked.id, 'ran once'));
    });
    const frame = (id: number) => toolCall(id, 'write', '{"leaves":true}');
    const first = await agent.post(frame(1));
    await first.next();
    const id = await bench.decide('approve');
    await until(async () => bench.upstream.calls().length === 1, 'the call is forwarded');
    first.leave();
    await until(async () => (await bench.approval('claimed')).waiter_id === null, 'it is detached');
    const second = await agent.post(frame(2));
    await second.next();
    answerNow();
    expect(await second.last()).toBe(textResult('2', 'ran once'));
    await until(async () => (await bench.stateOf(id)) === 'delivered', 'it is delivered');
    expect(bench.upstream.calls()).toHaveLength(1);
  });
});
