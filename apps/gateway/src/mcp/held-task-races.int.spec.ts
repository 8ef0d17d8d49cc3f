import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startMcpBench, type McpBench } from '../testing/mcp-bench.ts';
import { TaskTalk } from '../testing/task-talk.ts';

let bench: McpBench;
let talk: TaskTalk;

beforeAll(async () => {
  bench = await startMcpBench();
  talk = new TaskTalk(bench, await bench.agent());
});
afterAll(() => bench.close());

describe('a task that is polled and cancelled at once', () => {
  it('answers everyone: neither waits for a lock that the other one has', async () => {
    const failures: unknown[] = [];
    for (let round = 0; round < 10; round += 1) {
      const { taskId } = await talk.handed();
      const methods = Array.from({ length: 12 }, (_, n) =>
        n % 3 === 2 ? 'tasks/cancel' : 'tasks/get',
      );
      const answers = await Promise.all(methods.map((method) => talk.ask(method, taskId)));
      failures.push(...answers.flatMap(({ body }) => body.error ?? []));
    }
    expect(failures).toEqual([]);
  });
});
