import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { toolCall } from '../testing/agent.ts';
import { startMcpBench, type McpBench } from '../testing/mcp-bench.ts';
import { json, textResult } from '../testing/scripted-upstream.ts';

/** More than the sockets between gateway and agent take in. */
const ANSWER_BYTES = 15 * 1024 * 1024;

let bench: McpBench;
beforeAll(async () => {
  bench = await startMcpBench({
    HOLDPOINT_MAX_CALLS_PER_CALLER: '1',
    HOLDPOINT_MAX_HELD_PER_CALLER: '1',
  });
});
afterAll(() => bench.close());

// Guarantee: who takes no byte of its answer is cut off, holds its place no longer, and stops nobody else.
it('an agent that never reads its answer is cut off', async () => {
  const [lazy, other] = [await bench.agent('lazy'), await bench.agent('other')];
  bench.upstream.on('tools/call', ({ id, text }, response) =>
    json(response, textResult(id, text.includes('other') ? 'done' : 'x'.repeat(ANSWER_BYTES))),
  );
  const unread = await Promise.all(
    ['a', 'b'].map(async (id) => {
      const body = toolCall(id, 'read');
      const outgoing = request(lazy.url, {
        method: 'POST',
        agent: false,
        headers: {
          authorization: `Bearer ${lazy.token}`,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
        },
      });
      outgoing.on('error', () => undefined).end(body);
      const [answer]: IncomingMessage[] = await once(outgoing, 'response');
      return answer?.pause().on('error', () => undefined);
    }),
  );
  expect((await lazy.post(toolCall('c', 'read'))).status).toBe(429);
  expect((await other.post(toolCall('o', 'read', '{"who":"other"}'))).status).toBe(200);

  // Its places are free again only because the gateway closed the sockets.
  const status = async () => {
    const answer = await lazy.post(toolCall('d', 'read', '{"who":"other"}'));
    await answer.text();
    return answer.status;
  };
  while ((await status()) === 429) await new Promise((resolve) => setTimeout(resolve, 1000));
  for (const each of unread) expect(each?.complete).toBe(false);
  for (const each of unread) each?.destroy();
}, 300_000);
