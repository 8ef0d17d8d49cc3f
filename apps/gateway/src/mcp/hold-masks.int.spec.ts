import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { toolCall, type Agent } from '../testing/agent.ts';
import { startMcpBench, type McpBench } from '../testing/mcp-bench.ts';
import { json, resultOf, textResult } from '../testing/scripted-upstream.ts';
import { headersFor, meta } from '../testing/task-talk.ts';

let bench: McpBench;

beforeAll(async () => {
  bench = await startMcpBench();
  await bench.connect({ slug: 'hasty', holdDeadlineS: 1 });
});
afterAll(() => bench.close());
afterEach(() => bench.upstream.reset());

let count = 0;
const unique = () => `{"n":${(count += 1)}}`;

function call(agent: Agent, args: string, requestState?: unknown) {
  const frame = toolCall(1, 'write', args, meta('{}'));
  const state = `,"requestState":${JSON.stringify(requestState)}}}`;
  const text = requestState === undefined ? frame : `${frame.slice(0, -2)}${state}`;
  return agent.post(text, headersFor('tools/call', 'write'));
}

const HOLDS = `
rules:
  - { id: writes, match: { tools: [write] }, effect: hold }
`;
const MASKS = `${HOLDS}  - { id: people, match: { connections: ["*"] }, mask: [{ detect: [email], as: redact }] }\n`;

// Guarantee: what masked the answer when the call was held still masks it, on whichever exchange it comes.
describe('a mask that was published away while a call was held', () => {
  beforeEach(() => bench.publish(MASKS));

  it('masks the answer on a later leg of the wait', async () => {
    const agent = await bench.agent('robot', 'hasty');
    bench.upstream.on('tools/call', (asked, response) =>
      json(response, textResult(asked.id, 'ada@example.com')),
    );
    const args = unique();
    const { requestState } = JSON.parse(await (await call(agent, args)).last()).result;
    const { id } = await bench.approval('held');
    await bench.publish(HOLDS);
    await bench.decide('approve', id);
    expect(await (await call(agent, args, requestState)).last()).toContain('[redacted:email]');
  });

  it('masks the answer to the same call made again', async () => {
    const agent = await bench.agent('robot', 'hasty');
    bench.upstream.on('tools/call', (asked, response) =>
      json(response, textResult(asked.id, 'ada@example.com')),
    );
    const args = unique();
    await (await call(agent, args)).last();
    const { id } = await bench.approval('held');
    await bench.database.pool.query('update approval set waiter_id = null where id = $1', [id]);
    await bench.publish(HOLDS);
    await bench.decide('approve', id);
    expect(await (await call(agent, args)).last()).toContain('[redacted:email]');
  });

  it('masks the answer to a later round', async () => {
    const agent = await bench.agent();
    bench.upstream.on('tools/call', (asked, response) =>
      json(
        response,
        bench.upstream.calls().length === 1
          ? resultOf(asked.id, '{"resultType":"input_required","requestState":"s"}')
          : textResult(asked.id, 'ada@example.com'),
      ),
    );
    const args = unique();
    const held = call(agent, args);
    await bench.decide('approve');
    const { requestState } = JSON.parse(await (await held).last()).result;
    await bench.publish(HOLDS);
    expect(await (await call(agent, args, requestState)).last()).toContain('[redacted:email]');
    expect(bench.upstream.calls()).toHaveLength(2);
  });
});
