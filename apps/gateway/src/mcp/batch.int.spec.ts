import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { toolCall, type Agent } from '../testing/agent.ts';
import { startMcpBench, type McpBench } from '../testing/mcp-bench.ts';
import { json, textResult } from '../testing/scripted-upstream.ts';

let bench: McpBench;
let agent: Agent;

beforeAll(async () => {
  bench = await startMcpBench({ HOLDPOINT_MAX_CALLS_PER_CALLER: '10' });
});
afterAll(() => bench.close());
beforeEach(async () => {
  agent = await bench.agent();
  await agent.initialize();
  bench.upstream.on('tools/call', (asked, response) =>
    json(response, textResult(asked.id, `ran ${asked.id}`)),
  );
});
afterEach(() => bench.upstream.reset());

const VERSION = { 'mcp-protocol-version': '2025-03-26' };
const batch = (...messages: readonly string[]) => `[${messages.join(', ')}]`;
const NOTIFICATION = '{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}';

/** What came, by request id. */
function answersIn(datas: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    datas.map((data) => [String((JSON.parse(data) as { id: unknown }).id), data]),
  );
}

async function answersTo(body: string): Promise<Readonly<Record<string, string>>> {
  const answer = await agent.post(body, VERSION);
  const events = await answer.rest();
  return answersIn(
    events.flatMap((event) => (event.kind === 'message' && event.data ? [event.data] : [])),
  );
}

const executions = () => bench.upstream.calls().map(({ text }) => text);

describe('a batch', () => {
  // Guarantee: what comes together is judged one by one.
  it('is judged call by call: each is allowed, held or denied by itself', async () => {
    const calls = [toolCall(1, 'read'), toolCall(2, 'forbidden'), toolCall(3, 'write', '{"b":1}')];
    const answer = await agent.post(batch(...calls, NOTIFICATION), VERSION);
    expect(answer.isStream).toBe(true);
    const first = answersIn([await answer.nextData(), await answer.nextData()]);
    expect(first['1']).toContain('ran 1');
    expect(first['2']).toContain('Denied');
    expect(executions()).toEqual([toolCall(1, 'read')]);

    await bench.decide('approve');
    expect(await answer.nextData()).toContain('ran 3');
    expect(await answer.next()).toBeUndefined();
    // As single messages, in their own bytes: what was judged is what runs.
    expect(executions()).toEqual([toolCall(1, 'read'), toolCall(3, 'write', '{"b":1}')]);
  });

  it('has a record for each of its calls', async () => {
    await answersTo(batch(toolCall('one', 'read'), toolCall('two', 'read')));
    const { rows } = await bench.database.pool.query(
      `select count(distinct call_id)::int as calls from entry
       where session_id = (select id from session order by started_at desc limit 1)
         and kind = 'call.received' and method = 'tools/call'`,
    );
    expect(rows).toEqual([{ calls: 2 }]);
  });

  it('that holds one id twice runs it once', async () => {
    const answer = await agent.post(batch(toolCall(7, 'read'), toolCall(7, 'read')), VERSION);
    const datas = (await answer.rest()).flatMap((event) =>
      event.kind === 'message' && event.data ? [event.data] : [],
    );
    expect(datas).toHaveLength(2);
    expect(datas.filter((data) => data.includes('error'))).toHaveLength(1);
    expect(executions()).toHaveLength(1);
  });

  it('that asks for no answer is accepted without one', async () => {
    const answer = await agent.post(batch(NOTIFICATION, NOTIFICATION), VERSION);
    expect([answer.status, await answer.text()]).toEqual([202, '']);
  });

  it.each([
    ['an empty one', '[]', 400],
    ['one with a message that can’t be read', batch(toolCall(1, 'read'), '{"id":2}'), 400],
    ['one in another', batch(batch(toolCall(1, 'read'))), 400],
    [
      'one with initialize',
      batch('{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}'),
      400,
    ],
    ['more than fit', batch(...Array.from({ length: 51 }, (_, n) => toolCall(n, 'read'))), 400],
    [
      'more than its caller may have under way',
      batch(...Array.from({ length: 45 }, (_, n) => toolCall(n, 'read'))),
      429,
    ],
  ])('is refused whole where it is %s', async (_what, body, status) => {
    const answer = await agent.post(body, VERSION);
    expect(answer.status).toBe(status);
    expect(executions()).toEqual([]);
  });

  it.each(['2024-11-05', '2025-06-18', '2025-11-25'])(
    'is refused where the client speaks %s',
    async (version) => {
      const answer = await agent.post(batch(toolCall(1, 'read')), {
        'mcp-protocol-version': version,
      });
      expect(answer.status).toBe(400);
      expect(await answer.text()).toContain('one message at a time');
      expect(executions()).toEqual([]);
    },
  );

  it('of a session that is not the caller’s is told as for a single message', async () => {
    const answer = await agent.post(batch(toolCall(1, 'read')), {
      ...VERSION,
      'mcp-session-id': 'made-up',
    });
    expect(answer.status).toBe(404);
  });

  it('gives its places back', async () => {
    for (let round = 0; round < 5; round += 1) {
      const calls = Array.from({ length: 10 }, (_, n) => toolCall(`${round}-${n}`, 'read'));
      expect(Object.keys(await answersTo(batch(...calls)))).toHaveLength(10);
    }
  });
});
