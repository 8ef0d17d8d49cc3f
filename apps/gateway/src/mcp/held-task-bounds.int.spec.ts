import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Agent } from '../testing/agent.ts';
import { startMcpBench, until, type McpBench } from '../testing/mcp-bench.ts';
import { event, json, resultOf, stream, textResult } from '../testing/scripted-upstream.ts';
import { TASKS, TaskTalk } from '../testing/task-talk.ts';

const MAX_FRAME_BYTES = 64 * 1024;
let bench: McpBench;
let agent: Agent;
let talk: TaskTalk;

beforeAll(async () => {
  bench = await startMcpBench({
    HOLDPOINT_MAX_FRAME_BYTES: String(MAX_FRAME_BYTES),
    HOLDPOINT_BACKGROUND_RUN_MS: '4000',
  });
  agent = await bench.agent();
  talk = new TaskTalk(bench, agent);
});
afterAll(() => bench.close());
afterEach(() => bench.upstream.reset());

describe('the input of a task', () => {
  // Guarantee: what is given in parts is bounded as what is sent at once, and what was taken stays.
  it('is refused once the next round would be larger than a message may be', async () => {
    const request = { method: 'sampling/createMessage', params: { messages: [], maxTokens: 1 } };
    bench.upstream.on('tools/call', (asked, response) =>
      json(
        response,
        resultOf(
          asked.id,
          JSON.stringify({
            resultType: 'input_required',
            requestState: 's',
            inputRequests: { a: request, b: request, c: request },
          }),
        ),
      ),
    );
    const task = await talk.held();
    await bench.decide('approve', task.approval);
    const { inputRequests } = await talk.becomes(task.taskId, 'input_required');
    const [a = '', b = '', c = ''] = Object.keys(inputRequests ?? {});
    const give = (key: string) =>
      talk.ask(
        'tasks/update',
        task.taskId,
        agent,
        TASKS,
        `,"inputResponses":{${JSON.stringify(key)}:{"said":"${'x'.repeat(30_000)}"}}`,
      );
    for (const key of [a, b]) expect((await give(key)).body.error).toBeUndefined();
    expect(await give(c)).toMatchObject({
      status: 413,
      body: { error: { data: { code: 'frame_too_large' } } },
    });
    expect(Object.keys((await talk.get(task.taskId)).inputRequests ?? {})).toEqual([c]);
    expect(bench.upstream.calls()).toHaveLength(1);
  });
});

describe('calls of tasks that do not end', () => {
  // Guarantee: no caller's runs keep another's waiting, and none runs without end.
  it('take a share of the places, for a while', async () => {
    const other = await bench.agent('another');
    let open = 0;
    bench.upstream.on('tools/call', (asked, response) => {
      if (asked.text.includes('"quick"')) return json(response, textResult(asked.id, 'done'));
      // It never ends, and is never silent.
      stream(response);
      open += 1;
      const talking = setInterval(() => response.write(': still here\n\n'), 200);
      response.on('close', () => {
        clearInterval(talking);
        open -= 1;
      });
    });
    const tasks = [];
    for (let n = 0; n < 10; n += 1) tasks.push(await talk.held());
    for (const { approval } of tasks) await bench.decide('approve', approval);
    await until(async () => open === 8, 'its share runs');
    const quick = await talk.held('{"quick":1}', other);
    await bench.decide('approve', quick.approval);
    await talk.becomes(quick.taskId, 'completed', other);
    expect(open).toBe(8);
    expect(bench.upstream.calls()).toHaveLength(9);
    const [first] = tasks;
    const told = await talk.becomes(first?.taskId ?? '', 'completed');
    expect(told).toMatchObject({
      result: { _meta: { 'holdpoint/refusal': { code: 'outcome_unknown' } } },
    });
    expect(JSON.stringify(told)).toContain('longer than a call in the background may');
    await until(async () => bench.upstream.calls().length === 11, 'the others run');
  });
});

describe('an upstream that talks without end to nobody', () => {
  // Guarantee: what a call in the background says before its answer fills no database.
  it('is recorded for a while, and answers as ever', async () => {
    const notes = event(
      '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"on and on"}}',
    ).repeat(1000);
    bench.upstream.on('tools/call', (asked, response) => {
      stream(response, notes);
      response.end(event(textResult(asked.id, 'done')));
    });
    const task = await talk.held();
    await bench.decide('approve', task.approval);
    expect(await talk.becomes(task.taskId, 'completed')).toMatchObject({
      result: { content: [{ text: 'done' }] },
    });
    const { rows } = await bench.database.pool.query(
      `select kind, count(*)::int as n from entry
        where approval_id = $1 and kind like 'upstream.notification%' group by kind order by kind`,
      [task.approval],
    );
    expect(rows).toEqual([
      { kind: 'upstream.notification', n: 200 },
      { kind: 'upstream.notification_dropped', n: 1 },
    ]);
  });
});
