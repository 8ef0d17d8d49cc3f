import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Agent } from '../testing/agent.ts';
import { startMcpBench, type McpBench } from '../testing/mcp-bench.ts';
import { event, json, resultOf, stream, textResult } from '../testing/scripted-upstream.ts';
import { TASKS, TaskTalk } from '../testing/task-talk.ts';

let bench: McpBench;
let agent: Agent;
let talk: TaskTalk;

beforeAll(async () => {
  bench = await startMcpBench();
  agent = await bench.agent();
  talk = new TaskTalk(bench, agent);
});
afterAll(() => bench.close());
afterEach(() => bench.upstream.reset());

const state = (status: string, method?: string) =>
  JSON.stringify({
    resultType: status === 'created' ? 'task' : 'complete',
    taskId: 'up-1',
    status: method === undefined ? 'working' : 'input_required',
    createdAt: '2026-11-22T00:00:00Z',
    lastUpdatedAt: '2026-11-22T00:00:00Z',
    ttlMs: 1000,
    ...(method !== undefined && {
      inputRequests: {
        p: { method, params: { message: 'Password?', messages: [], maxTokens: 1 } },
      },
    }),
  });

/** The upstream answers the call with a task of its own, and asks for input in the state of that. */
function asksInItsTask(method: string): void {
  bench.upstream.on('tools/call', (asked, response) =>
    json(response, resultOf(asked.id, state('created'))),
  );
  bench.upstream.on('tasks/get', (asked, response) =>
    json(response, resultOf(asked.id, state('asks', method))),
  );
}

/** The bench's policy lets an upstream ask for sampling; elicitation it has no rule for. */
const MAY_ASK = 'sampling/createMessage';
const MAY_NOT_ASK = 'elicitation/create';

// Guarantee: requests of an upstream are judged as the methods they are, wherever they stand.
describe('what an upstream asks by its own task', () => {
  it('is refused in the state of the task of an allowed call, where it may not ask', async () => {
    asksInItsTask(MAY_NOT_ASK);
    await (await talk.call(talk.fresh(), agent, TASKS, 'read')).text();
    const { body } = await talk.ask('tasks/get', 'up-1');
    expect(body.error.data.code).toBe('denied');
    expect(JSON.stringify(body)).not.toContain('Password?');
  });

  it('reaches the agent where it may ask', async () => {
    asksInItsTask(MAY_ASK);
    await (await talk.call(talk.fresh(), agent, TASKS, 'read')).text();
    const { body } = await talk.ask('tasks/get', 'up-1');
    expect(body.result).toMatchObject({ status: 'input_required', inputRequests: { p: {} } });
  });

  it('is refused behind the task of a held call, where it may not ask', async () => {
    asksInItsTask(MAY_NOT_ASK);
    const task = await talk.held();
    await bench.decide('approve', task.approval);
    await talk.settled(task.approval, 'answered');
    const { body } = await talk.ask('tasks/get', task.taskId);
    expect(body.error.data.code).toBe('denied');
    expect(JSON.stringify(body)).not.toContain('Password?');
  });

  it('is dropped from a notification, and recorded', async () => {
    const notice = (method: string) =>
      event(`{"jsonrpc":"2.0","method":"notifications/tasks","params":${state('asks', method)}}`);
    bench.upstream.on('tools/call', (asked, response) => {
      stream(response, `${notice(MAY_NOT_ASK)}${notice(MAY_ASK)}`).end(
        event(textResult(asked.id, 'done')),
      );
    });
    const said = await (await talk.call(talk.fresh(), agent, TASKS, 'read')).text();
    expect(said).toContain(MAY_ASK);
    expect(said).not.toContain(MAY_NOT_ASK);
    const { rows } = await bench.database.pool.query<{ data: object }>(
      `select content::json -> 'data' as data from entry where kind = 'upstream.notification_dropped'`,
    );
    expect(rows).toEqual([{ data: { inputRequired: [MAY_NOT_ASK], refused: MAY_NOT_ASK } }]);
  });
});

describe('what an upstream asked before a policy that does not let it', () => {
  // Guarantee: what may not be asked today is not asked from the record either, nor gone on with.
  it('is told from the record no more', async () => {
    bench.upstream.on('tools/call', (asked, response) =>
      json(
        response,
        resultOf(
          asked.id,
          `{"resultType":"input_required","requestState":"s","inputRequests":{"p":{"method":"${MAY_ASK}","params":{"messages":[],"maxTokens":1,"systemPrompt":"Password?"}}}}`,
        ),
      ),
    );
    const task = await talk.held();
    await bench.decide('approve', task.approval);
    const { inputRequests } = await talk.becomes(task.taskId, 'input_required');
    const [key = ''] = Object.keys(inputRequests ?? {});
    const { rows } = await bench.database.pool.query<{ source: string }>(
      'select source from policy_version order by number desc limit 1',
    );
    const before = rows[0]?.source ?? '';
    await bench.publish(
      `${before}  - { id: no-sampling, match: { methods: [${MAY_ASK}] }, effect: deny, message: No longer. }\n`,
    );
    try {
      expect(JSON.stringify(await talk.get(task.taskId))).not.toContain('Password?');
      const brought = `,"inputResponses":{${JSON.stringify(key)}:{"said":"hunter2"}}`;
      const { body } = await talk.ask('tasks/update', task.taskId, agent, TASKS, brought);
      expect(body.error.data.code).toBe('denied');
      expect(bench.upstream.calls()).toHaveLength(1);
    } finally {
      await bench.publish(before);
    }
  });
});
