import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { toolCall, type Agent, type AgentAnswer } from '../testing/agent.ts';
import { PUBLIC_URL, startMcpBench, until, type McpBench } from '../testing/mcp-bench.ts';
import { event, json, stream, textResult } from '../testing/scripted-upstream.ts';

let bench: McpBench;
let agent: Agent;

beforeAll(async () => {
  bench = await startMcpBench();
  await bench.connect({ slug: 'hasty', holdDeadlineS: 1 });
  agent = await bench.agent();
  await (await agent.initialize()).text();
  bench.upstream.reset();
});
afterAll(() => bench.close());
afterEach(() => bench.upstream.reset());

let count = 0;
/** A call like no other: a held call joins its twins. */
const write = (id: number | string, meta?: string, n = (count += 1)) =>
  toolCall(id, 'write', `{"n":${n}}`, meta);

const detached = (id: string) =>
  until(async () => {
    const { rows } = await bench.database.pool.query<{ waiter_id: string | null }>(
      'select waiter_id from approval where id = $1',
      [id],
    );
    return rows[0]?.waiter_id === null;
  }, 'the waiter is detached');

interface Progress {
  readonly token: unknown;
  readonly progress: number;
}

async function progressOf(answer: AgentAnswer): Promise<readonly Progress[]> {
  return (await answer.rest()).flatMap((each) => {
    if (each.kind !== 'message' || !each.data?.includes('notifications/progress')) return [];
    const { params } = JSON.parse(each.data);
    return [{ token: params.progressToken, progress: params.progress }];
  });
}

describe('while a call is held', () => {
  // Guarantee: headers are flushed at once, with a comment that says what it waits for.
  it('opens a stream at once and names the approval', async () => {
    const answer = await agent.post(write(1));
    expect(answer.isStream).toBe(true);
    const first = await answer.next();
    const { id } = await bench.approval('held');
    expect(first).toEqual({
      kind: 'comment',
      comment: `held for approval: ${PUBLIC_URL}/inbox/${id}`,
    });
    await bench.decide('deny');
    const text = await answer.last();
    expect(JSON.parse(text)).toMatchObject({ id: 1, result: { isError: true } });
    expect(text).toContain('Not today.');
    expect(bench.upstream.calls()).toEqual([]);
  });

  // Guarantee: progress rises strictly under the client's own token, and the upstream's goes on above it.
  it.each(['"t\\u0041"', '7'])(
    'reports progress under the token %s, the upstream’s above',
    async (token) => {
      bench.upstream.on('tools/call', (asked, response) => {
        const note = (progress: number) =>
          event(
            `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":${token},"progress":${progress},"total":3}}`,
          );
        stream(response).end(note(0) + note(1) + event(textResult(asked.id, 'done')));
      });
      const answer = await agent.post(write(2, `{"progressToken":${token}}`));
      await bench.decide('approve');
      const told = await progressOf(answer);
      expect(told.length).toBeGreaterThanOrEqual(3);
      expect(new Set(told.map((each) => each.token))).toEqual(new Set([JSON.parse(token)]));
      const numbers = told.map((each) => each.progress);
      expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    },
  );

  it('reports none to a client without a token', async () => {
    const answer = await agent.post(write(3));
    await bench.decide('approve');
    expect(await progressOf(answer)).toEqual([]);
  });

  // Guarantee (invariant 2): a freeze stops a held call at once, and what was approved before it does not run.
  it('is stopped by a freeze', async () => {
    const answer = await agent.post(write(4));
    await answer.next();
    const id = (await bench.approval('held')).id;
    await freeze(true);
    try {
      expect(await answer.last()).toContain('"frozen"');
      const refused = await (await agent.post(write(5))).text();
      expect(refused).toContain('"frozen"');
      // The admin's reason is no sentence, and the next one is.
      expect(refused).toContain('nothing passes: incident. The call has not run.');
    } finally {
      await freeze(false);
    }
    expect(await bench.stateOf(id)).toBe('denied');
    expect(bench.upstream.calls()).toEqual([]);
  });

  it.each([
    ['a tool that the upstream does not list', 'nowhere'],
    ['a tool whose condition errs', 'erring'],
  ])('holds %s (invariant 3)', async (_what, tool) => {
    const answer = await agent.post(toolCall(6, tool));
    expect(answer.isStream).toBe(true);
    await bench.decide('deny');
    await answer.last();
    expect(bench.upstream.calls()).toEqual([]);
  });

  it('refuses other methods by a JSON-RPC error with a code of its own', async () => {
    const answer = await agent.post(
      '{"jsonrpc":"2.0","id":"r","method":"resources/read","params":{"uri":"x:y"}}',
    );
    await bench.decide('deny');
    expect(JSON.parse(await answer.last())).toMatchObject({
      id: 'r',
      error: { code: 4801, data: { code: 'denied', approval: { state: 'denied' } } },
    });
  });
});

async function freeze(on: boolean): Promise<void> {
  await bench.database.pool.query(
    `update connection set frozen_at = ${on ? 'now()' : 'null'}, frozen_by = 'ada', frozen_reason = 'incident', freeze_epoch = freeze_epoch + 1 where slug = 'demo'`,
  );
  await bench.refresh();
}

describe('an agent that stops waiting', () => {
  // Guarantee (invariant 2): nothing executes while nobody waits; the release is collected by the same call, once.
  it('is told at the deadline to call again, and the same call collects the release', async () => {
    const hasty = await bench.agent('robot', 'hasty');
    const frame = (id: number) => toolCall(id, 'write', '{"deadline":1}');
    const pending = JSON.parse(await (await hasty.post(frame(1))).last());
    const { id } = await bench.approval('held');
    expect(pending).toMatchObject({
      id: 1,
      result: {
        isError: true,
        _meta: {
          'holdpoint/refusal': {
            code: 'pending',
            approval: { id, link: `${PUBLIC_URL}/inbox/${id}` },
          },
        },
      },
    });
    await bench.decide('approve', id);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(bench.upstream.calls()).toEqual([]);
    expect(await (await hasty.post(frame(2))).last()).toBe(textResult('2', 'done'));
    expect(bench.upstream.calls()).toHaveLength(1);
    const third = await hasty.post(frame(3));
    expect((await bench.approval('held')).id).not.toBe(id);
    await bench.decide('deny');
    await third.last();
  });

  it.each(['cancels', 'disconnects'])(
    'executes nothing when it %s, and collects it later',
    async (how) => {
      const frame = (id: number) => toolCall(id, 'write', JSON.stringify({ how }));
      const answer = await agent.post(frame(21));
      await answer.next();
      const { id } = await bench.approval('held');
      if (how === 'disconnects') answer.leave();
      else {
        const note = await agent.post(
          '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":21}}',
        );
        expect(note.status).toBe(202);
        expect(await answer.last()).not.toContain('"id":21');
      }
      await detached(id);
      await bench.decide('approve', id);
      await new Promise((resolve) => setTimeout(resolve, 1500));
      expect(bench.upstream.asked).toEqual([]);
      expect(await (await agent.post(frame(22))).last()).toBe(textResult('22', 'done'));
      expect(bench.upstream.calls()).toHaveLength(1);
      await until(async () => (await bench.stateOf(id)) === 'delivered', 'it is delivered');
    },
  );

  // Guarantee (invariant 10): a pending answer is collected by its own caller only.
  it('leaves its release to nobody else, not with the same arguments', async () => {
    const frame = (id: number) => toolCall(id, 'write', '{"whose":"mine"}');
    const answer = await agent.post(frame(31));
    await answer.next();
    const { id } = await bench.approval('held');
    answer.leave();
    await detached(id);
    await bench.decide('approve', id);
    const intruder = await bench.agent('intruder');
    const theirs = await intruder.post(frame(31));
    expect((await bench.approval('held')).id).not.toBe(id);
    await bench.decide('deny');
    expect(await theirs.last()).toContain('Not today.');
    expect(bench.upstream.calls()).toEqual([]);
    expect(await (await agent.post(frame(32))).last()).toBe(textResult('32', 'done'));
  });
});

describe('a gateway that goes', () => {
  // Guarantee (invariant 8): a held call outlives its process; its agent is told, and another replica goes on.
  it('sends the pending answer, refuses what is new, and leaves the approval to another', async () => {
    const second = await bench.open();
    const there = await bench.agent('robot', 'demo', second);
    const here = await bench.agent('robot', 'demo');
    const frame = (id: number) => toolCall(id, 'write', '{"replica":2}');
    const answer = await there.post(frame(41));
    await answer.next();
    const { id } = await bench.approval('held');
    const closing = second.close();
    expect(JSON.parse(await answer.last())).toMatchObject({
      id: 41,
      result: { _meta: { 'holdpoint/refusal': { code: 'pending' } } },
    });
    await closing;
    await bench.decide('approve', id);
    expect(await (await here.post(frame(42))).last()).toBe(textResult('42', 'done'));
    expect(bench.upstream.calls()).toHaveLength(1);
  });
});

describe('the modern era', () => {
  const modern = (id: number, args: string) =>
    toolCall(
      id,
      'write',
      args,
      '{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"spec","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}',
    );
  const headers = {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': 'write',
  };

  it('names the kind of its results, and sends each header upstream once', async () => {
    const fresh = await bench.agent();
    const answer = await fresh.post(modern(1, '{"modern":1}'), headers);
    await bench.decide('deny');
    expect(JSON.parse(await answer.last())).toMatchObject({
      result: { isError: true, resultType: 'complete' },
    });
    bench.upstream.on('tools/call', (asked, response) => json(response, textResult(asked.id, 'm')));
    const again = await fresh.post(modern(2, '{"modern":2}'), headers);
    await bench.decide('approve');
    expect(await again.last()).toBe(textResult('2', 'm'));
    expect(bench.upstream.calls()[0]?.headers).toMatchObject(headers);
  });

  // Guarantee (invariant 6): a verdict that comes at once leaves the answer its own HTTP status.
  it('passes the status of an answer that was approved at once', async () => {
    const fresh = await bench.agent();
    const refused = '{"jsonrpc":"2.0","id":3,"error":{"code":-32021,"message":"Declare it."}}';
    bench.upstream.on('tools/call', (_asked, response) => json(response, refused, 400));
    // An attempt that took longer than the half second, on a busy machine, says nothing.
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const askedAt = performance.now();
      const answering = fresh.post(modern(3, `{"modern":4,"attempt":${attempt}}`), headers);
      await bench.decide('approve');
      const answer = await answering;
      const text = await answer.text();
      if (performance.now() - askedAt > 500) continue;
      expect(answer.status).toBe(400);
      expect(text).toBe(refused);
      return;
    }
    throw new Error('No verdict was given within half a second.');
  });

  // Guarantee: a modern disconnect cancels; a held call then executes for nobody.
  it('takes a disconnect for a cancellation', async () => {
    const fresh = await bench.agent();
    const answer = await fresh.post(modern(1, '{"modern":3}'), headers);
    await answer.next();
    const { id } = await bench.approval('held');
    answer.leave();
    await detached(id);
    await bench.decide('approve', id);
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(bench.upstream.calls()).toEqual([]);
  });
});
