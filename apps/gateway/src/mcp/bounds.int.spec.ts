import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { toolCall, type Agent, type AgentAnswer } from '../testing/agent.ts';
import { startMcpBench, until, type McpBench } from '../testing/mcp-bench.ts';
import { json, stream, textResult } from '../testing/scripted-upstream.ts';

const CALLS = 3;
const HELD = 2;
const STREAMS = 2;
const MAX_FRAME = 256 * 1024;
/** Room for this many whole frames of one caller. */
const SHARE = 4;

let bench: McpBench;
let greedy: Agent;
let other: Agent;
/** What the upstream is to answer later. */
const waiting: (() => void)[] = [];

beforeAll(async () => {
  bench = await startMcpBench({
    HOLDPOINT_MAX_CALLS_PER_CALLER: String(CALLS),
    HOLDPOINT_MAX_HELD_PER_CALLER: String(HELD),
    HOLDPOINT_MAX_STREAMS_PER_CALLER: String(STREAMS),
    HOLDPOINT_MAX_FRAME_BYTES: String(MAX_FRAME),
    HOLDPOINT_MAX_PENDING_BYTES: String(4 * SHARE * MAX_FRAME),
    HOLDPOINT_UPSTREAM_TIMEOUT_MS: '60000',
  });
  greedy = await bench.agent('greedy');
  other = await bench.agent('other');
});
afterAll(() => bench.close());
afterEach(() => {
  for (const answer of waiting.splice(0)) answer();
  bench.upstream.reset();
});

const read = (id: string, args = '{}') => toolCall(id, 'read', args);
const codeOf = async (answer: AgentAnswer): Promise<unknown> =>
  (JSON.parse(await answer.text()) as { error?: { data?: { code?: unknown } } }).error?.data?.code;

/** The upstream keeps every call waiting until the test is over, but for those of `free`. */
function keepWaiting(free: string): void {
  bench.upstream.on('tools/call', ({ id, text }, response) => {
    if (text.includes(free)) return json(response, textResult(id, 'done'));
    waiting.push(() => json(response, textResult(id, 'late')));
  });
}

/** A request of which only the head and the first bytes leave. */
function startSlowly(agent: Agent, declaredBytes?: number): ClientRequest {
  const outgoing = request(agent.url, {
    method: 'POST',
    agent: false,
    headers: {
      authorization: `Bearer ${agent.token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(declaredBytes === undefined
        ? { 'transfer-encoding': 'chunked' }
        : { 'content-length': declaredBytes }),
    },
  });
  outgoing.on('error', () => undefined).write('{"jsonrpc":');
  return outgoing;
}

/** The greedy caller is at its limit when its next call is turned away. */
async function whenRefused(agent: Agent): Promise<AgentAnswer> {
  return until(async () => {
    const answer = await agent.post('{');
    if (answer.status === 429) return answer;
    await answer.text();
    return undefined;
  }, 'the caller is refused');
}

async function whenAdmitted(agent: Agent): Promise<void> {
  await until(async () => {
    const answer = await agent.post('{');
    await answer.text();
    return answer.status === 400;
  }, 'the caller is let in again');
}

// Guarantee: no caller can take what another one needs. Told by order: the other caller is answered
// while everything of the first is still open.
describe('a caller at its limit is refused at once, and the others go on', () => {
  it('with calls that the upstream doesn’t answer', async () => {
    keepWaiting('"other"');
    const open = Array.from({ length: CALLS + HELD }, (_, at) => greedy.post(read(`g${at}`)));
    await until(async () => waiting.length === CALLS + HELD, 'all of them wait at the upstream');

    const refused = await greedy.post(read('one-more'));
    expect(refused.status).toBe(429);
    expect(refused.headers['retry-after']).toBe('1');
    expect(await codeOf(refused)).toBe('too_many_calls');
    for (let turn = 0; turn < 3 * (CALLS + HELD); turn += 1)
      expect((await other.post(read(`o${turn}`, '{"who":"other"}'))).status).toBe(200);
    expect(waiting).toHaveLength(CALLS + HELD);

    for (const answer of waiting.splice(0)) answer();
    for (const answer of await Promise.all(open)) expect(answer.status).toBe(200);
    await whenAdmitted(greedy);
  });

  it('with bodies that never end', async () => {
    const open = Array.from({ length: CALLS + HELD }, () => startSlowly(greedy, 100));
    await whenRefused(greedy);
    expect((await other.post(read('o1'))).status).toBe(200);
    expect(await codeOf(await greedy.post(read('g')))).toBe('too_many_calls');

    for (const each of open) each.destroy();
    await whenAdmitted(greedy);
  });

  it('with large bodies that never end', async () => {
    const open = Array.from({ length: SHARE }, () => startSlowly(greedy, MAX_FRAME));
    const refused = await whenRefused(greedy);
    expect(await codeOf(refused)).toBe('too_many_calls');
    const large = read('o', `{"text":"${'x'.repeat(MAX_FRAME / 2)}"}`);
    expect((await other.post(large)).status).toBe(200);

    for (const each of open) each.destroy();
    await whenAdmitted(greedy);
  });

  it('with bodies that don’t say how long they are', async () => {
    const open = Array.from({ length: SHARE }, () => startSlowly(greedy));
    await whenRefused(greedy);
    expect((await other.post(read('o'))).status).toBe(200);

    for (const each of open) each.destroy();
    await whenAdmitted(greedy);
    // Once it is read, it weighs what it is.
    const whole = Array.from({ length: CALLS }, (_, at) =>
      greedy.post(read(`c${at}`), { 'transfer-encoding': 'chunked' }),
    );
    for (const answer of await Promise.all(whole)) expect(answer.status).toBe(200);
  });

  it('with values that take more memory than their text', async () => {
    const many = `[${Array.from({ length: MAX_FRAME / 8 }, () => '1').join()}]`;
    const refused = await greedy.post(read('many', `{"list":${many}}`));
    expect(refused.status).toBe(429);
    expect(bench.upstream.calls()).toEqual([]);
    expect((await other.post(read('o'))).status).toBe(200);
    await whenAdmitted(greedy);
  });

  it('with held calls', async () => {
    const held = await Promise.all(
      Array.from({ length: HELD }, (_, at) =>
        greedy.post(toolCall(`h${at}`, 'write', `{"n":${at}}`)),
      ),
    );
    const refused = await greedy.post(toolCall('h', 'write', '{"n":99}'));
    expect(await refused.last()).toContain('too_many_holds');
    // What a caller has waiting takes nothing of what it may have running.
    for (let turn = 0; turn < CALLS; turn += 1)
      expect((await greedy.post(read(`r${turn}`))).status).toBe(200);
    expect((await other.post(read('o'))).status).toBe(200);
    for (const each of held) each.leave();
  });

  it('with open streams', async () => {
    const opened: ServerResponse[] = [];
    bench.upstream.on('GET', (_asked, response) => void opened.push(stream(response)));
    const [reader, neighbour] = [await bench.agent('greedy'), await bench.agent('other')];
    await reader.initialize();
    await neighbour.initialize();
    const streams = await Promise.all(Array.from({ length: STREAMS }, () => reader.listen()));
    const refused = await reader.listen();
    expect(refused.status).toBe(429);
    expect(await codeOf(refused)).toBe('too_many_calls');
    expect((await reader.post(read('r'))).status).toBe(200);
    const others = await neighbour.listen();
    expect(others.status).toBe(200);

    others.leave();
    for (const each of streams) each.leave();
    await until(async () => {
      const again = await reader.listen();
      again.leave();
      return again.status === 200;
    }, 'a stream may be opened again');
  });

  it('with answers that it doesn’t read', async () => {
    const large = 'x'.repeat(MAX_FRAME - 1024);
    bench.upstream.on('tools/call', ({ id, text }, response) =>
      json(response, textResult(id, text.includes('other') ? 'done' : large)),
    );
    const unread: IncomingMessage[] = [];
    for (let turn = 0; turn < CALLS + HELD; turn += 1) {
      const outgoing = startSlowly(greedy, read('u').length);
      outgoing.end(read('u').slice('{"jsonrpc":'.length));
      const [answer]: IncomingMessage[] = await once(outgoing, 'response');
      if (answer) unread.push(answer.pause());
    }
    for (let turn = 0; turn < 20; turn += 1)
      expect((await other.post(read(`o${turn}`, '{"who":"other"}'))).status).toBe(200);
    for (const each of unread) each.destroy();
    await whenAdmitted(greedy);
  });
});

describe('tokens that don’t verify', () => {
  it('cost the provider nothing, however many there are', async () => {
    const [head, body] = other.token.split('.');
    const named = (kid: number) =>
      Buffer.from(JSON.stringify({ alg: 'ES256', kid: `k${kid}`, typ: 'at+jwt' })).toString(
        'base64url',
      );
    const before = bench.issuer.keyRequests();
    const statuses = new Set<number>();
    for (let turn = 0; turn < 100; turn += 1)
      for (const token of [`${named(turn)}.${body}.AAAA`, `${head}.${body}.${'A'.repeat(86)}`]) {
        const answer = await other.post(read('x'), { authorization: `Bearer ${token}` });
        await answer.text();
        statuses.add(answer.status);
      }
    expect([...statuses]).toEqual([401]);
    expect(bench.issuer.keyRequests() - before).toBeLessThanOrEqual(1);
    expect((await other.post(read('still'))).status).toBe(200);
  });
});
