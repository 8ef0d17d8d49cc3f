import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Conversation } from '../approvals/conversation.ts';
import { toolCall, type Agent } from '../testing/agent.ts';
import { startMcpBench, type McpBench } from '../testing/mcp-bench.ts';
import { event, stream, textResult } from '../testing/scripted-upstream.ts';

let bench: McpBench;

beforeAll(async () => {
  bench = await startMcpBench();
  await bench.connect({
    slug: 'hasty',
    holdDeadlineS: 1,
    clients: [
      { name: 'patient*', resetsOnProgress: true },
      { name: 'slow', version: '1', holdDeadlineS: 3 },
    ],
  });
});
afterAll(() => bench.close());
afterEach(() => bench.upstream.reset());

async function named(clientName: string): Promise<Agent> {
  const agent = await bench.agent(`robot-${clientName}`, 'hasty');
  await (await agent.initialize(clientName)).text();
  return agent;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('what an admin set for a kind of client', () => {
  // Guarantee (rung 3): a client that resets its timeout on progress waits as long as it stays.
  it('waits without a deadline where it is told of progress', async () => {
    const agent = await named('patient-one');
    const answer = await agent.post(toolCall(1, 'write', '{"n":1}', '{"progressToken":"p"}'));
    await pause(1800);
    await bench.decide('approve');
    expect(await answer.last()).toBe(textResult('1', 'done'));
  });

  it('waits until the deadline where it asks for no progress', async () => {
    const agent = await named('patient-two');
    const answer = await agent.post(toolCall(1, 'write', '{"n":2}'));
    expect(await answer.last()).toContain('"pending"');
    await bench.decide('deny');
  });

  it('takes its own deadline', async () => {
    const agent = await named('slow');
    const answer = await agent.post(toolCall(1, 'write', '{"n":3}'));
    await pause(1800);
    await bench.decide('approve');
    expect(await answer.last()).toBe(textResult('1', 'done'));
  });
});

describe('a reply to an upstream’s request', () => {
  // Guarantee (Continuations): what is said while a held call runs belongs to it, in both directions.
  it('is recorded under the call and its approval', async () => {
    const agent = await bench.agent('robot');
    await (await agent.initialize()).text();
    let finish = () => {};
    bench.upstream.on('tools/call', (asked, response) => {
      stream(response, event('{"jsonrpc":"2.0","id":"ask-1","method":"roots/list"}'));
      finish = () => response.end(event(textResult(asked.id, 'done')));
    });
    // A reply has no method.
    bench.upstream.on('', (_asked, response) => {
      response.writeHead(202).end();
      finish();
    });
    const answer = await agent.post(toolCall(5, 'write', '{"n":4}'));
    const id = await bench.decide('approve');
    const asked: unknown = JSON.parse(await answer.nextData());
    expect(asked).toMatchObject({ id: 'ask-1', method: 'roots/list' });
    const reply = await agent.post('{"jsonrpc":"2.0","id":"ask-1","result":{"roots":[]}}');
    expect(reply.status).toBe(202);
    expect(await answer.last()).toBe(textResult('5', 'done'));
    const { rows } = await bench.database.pool.query(
      `select e.kind, e.method, e.approval_id, e.call_id = a.call_id as is_of_call
         from entry e join approval a on a.id = $1 where e.kind like 'upstream.re%' and e.approval_id = $1 order by e.id`,
      [id],
    );
    const belongs = { method: 'roots/list', approval_id: id, is_of_call: true };
    expect(rows).toEqual([
      { kind: 'upstream.request', ...belongs },
      { kind: 'upstream.reply', ...belongs },
    ]);
    // The approval's reviewers see both sides; others only the masked one.
    const conversation = bench.context.get(Conversation);
    expect(await conversation.of(id, true)).toMatchObject([
      { from: 'connection', methods: ['roots/list'], refused: false },
      { from: 'agent', methods: ['roots/list'], text: '{"roots":[]}' },
    ]);
    expect(await conversation.of(id, false)).toMatchObject([{}, { text: null }]);
  });
});
