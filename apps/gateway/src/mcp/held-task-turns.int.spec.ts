import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Agent } from '../testing/agent.ts';
import { startMcpBench, until, type McpBench } from '../testing/mcp-bench.ts';
import { event, json, resultOf, stream, textResult } from '../testing/scripted-upstream.ts';
import { aWhile, TASKS, TaskTalk } from '../testing/task-talk.ts';

let bench: McpBench;
let agent: Agent;
let talk: TaskTalk;

beforeAll(async () => {
  bench = await startMcpBench({ HOLDPOINT_UPSTREAM_TIMEOUT_MS: '10000' });
  await bench.connect({ slug: 'other' });
  agent = await bench.agent();
  talk = new TaskTalk(bench, agent);
});
afterAll(() => bench.close());
afterEach(() => bench.upstream.reset());

describe('cancelling a task', () => {
  // Guarantee: it only stops the wait; nothing executes, and the release waits for the same call.
  it('runs nothing, and leaves the release to the same call', async () => {
    const args = talk.fresh();
    const task = await talk.held(args);
    const { body } = await talk.ask('tasks/cancel', task.taskId);
    expect(body).toEqual({ jsonrpc: '2.0', id: 'q', result: { resultType: 'complete' } });
    expect((await talk.get(task.taskId)).status).toBe('cancelled');
    expect((await talk.approvalOf(task.approval)).state).toBe('held');
    await bench.decide('approve', task.approval);
    await aWhile();
    expect(bench.upstream.calls()).toEqual([]);
    const again = await talk.held(args);
    expect(again.approval).toBe(task.approval);
    expect(again.taskId).not.toBe(task.taskId);
    await talk.becomes(again.taskId, 'completed');
    expect((await talk.get(task.taskId)).status).toBe('cancelled');
    expect(bench.upstream.calls()).toHaveLength(1);
  });

  it('breaks off a call that is under way, and says that it may have run', async () => {
    let closed = 0;
    bench.upstream.on('tools/call', (_asked, response) => {
      response.on('close', () => (closed += 1));
    });
    const task = await talk.held();
    await bench.decide('approve', task.approval);
    await until(async () => bench.upstream.calls().length === 1, 'it is forwarded');
    expect((await talk.ask('tasks/cancel', task.taskId)).body.result).toEqual({
      resultType: 'complete',
    });
    const told = await talk.becomes(task.taskId, 'cancelled');
    expect(told.statusMessage).toContain('may have run');
    expect(closed).toBe(1);
    await talk.settled(task.approval, 'unknown');
  });

  // Guarantee: after the acknowledgement nothing is forwarded for the task, whoever polls or updates it.
  it('between two rounds ends the call there', async () => {
    bench.upstream.on('tools/call', (asked, response) =>
      json(response, resultOf(asked.id, '{"resultType":"input_required","requestState":"s"}')),
    );
    const args = talk.fresh();
    const task = await talk.held(args);
    await bench.decide('approve', task.approval);
    await talk.settled(task.approval, 'answered');
    const { body } = await talk.ask('tasks/cancel', task.taskId);
    expect(body.result).toEqual({ resultType: 'complete' });
    expect(await talk.get(task.taskId)).toMatchObject({
      status: 'cancelled',
      statusMessage: expect.stringContaining('No further round runs'),
    });
    const updated = await talk.ask(
      'tasks/update',
      task.taskId,
      agent,
      TASKS,
      ',"inputResponses":{}',
    );
    expect(updated.body.error.data.code).toBe('withdrawn');
    await aWhile();
    expect(bench.upstream.calls()).toHaveLength(1);
  });

  // Guarantee: nobody is told that nothing has run while the call runs.
  it('whose call runs for the same call made again leaves that alone, and says so', async () => {
    let finish = (): void => undefined;
    bench.upstream.on('tools/call', (asked, response) => {
      finish = () => json(response, textResult(asked.id, 'ran'));
    });
    const args = talk.fresh();
    const task = await talk.held(args);
    await bench.decide('approve', task.approval);
    await until(async () => bench.upstream.calls().length === 1, 'it runs');
    await talk.lapse(task.approval);
    const again = await talk.held(args);
    expect(again.approval).toBe(task.approval);
    await talk.ask('tasks/cancel', task.taskId);
    expect(await talk.get(task.taskId)).toMatchObject({
      status: 'cancelled',
      statusMessage: expect.stringContaining('after its call was forwarded'),
    });
    await aWhile();
    finish();
    expect(await talk.becomes(again.taskId, 'completed')).toMatchObject({
      result: { content: [{ text: 'ran' }] },
    });
    expect(bench.upstream.calls()).toHaveLength(1);
  });

  it('changes nothing of an answer that is there', async () => {
    const task = await talk.held();
    await bench.decide('approve', task.approval);
    await talk.settled(task.approval, 'answered');
    await talk.ask('tasks/cancel', task.taskId);
    expect((await talk.get(task.taskId)).status).toBe('completed');
  });
});

describe('the same call again', () => {
  it('beside a living task opens its own approval', async () => {
    const args = talk.fresh();
    const [first, second] = [await talk.held(args), await talk.held(args)];
    expect(second.approval).not.toBe(first.approval);
    for (const each of [first, second]) await bench.decide('approve', each.approval);
    for (const each of [first, second]) await talk.becomes(each.taskId, 'completed');
    expect(bench.upstream.calls()).toHaveLength(2);
  });

  // Guarantee: an agent that forgot its task gets the one approval's one answer, on another rung.
  it('takes up the approval of a task that nobody polls', async () => {
    const args = talk.fresh();
    const task = await talk.held(args);
    await talk.lapse(task.approval);
    const answer = await talk.call(args, agent, '{}');
    await answer.next();
    expect(await talk.get(task.taskId)).toMatchObject({ status: 'working' });
    await bench.decide('approve', task.approval);
    expect(await answer.last()).toBe(textResult('1', 'done'));
    expect(bench.upstream.calls()).toHaveLength(1);
    expect(await talk.becomes(task.taskId, 'completed')).toMatchObject({
      result: { isError: true, _meta: { 'holdpoint/refusal': { code: 'outcome_unknown' } } },
    });
  });

  it('gets the answer that a forgotten task never collected, without a task', async () => {
    const args = talk.fresh();
    const task = await talk.held(args);
    await bench.decide('approve', task.approval);
    await talk.settled(task.approval, 'answered');
    await talk.lapse(task.approval);
    const text = await (await talk.call(args)).text();
    expect(text).toBe(textResult('1', 'done'));
    expect(bench.upstream.calls()).toHaveLength(1);
    await talk.settled(task.approval, 'delivered');
  });

  it('is told of a denial without a task', async () => {
    const args = talk.fresh();
    const task = await talk.held(args);
    await bench.decide('deny', task.approval);
    await talk.becomes(task.taskId, 'completed');
    expect(JSON.parse(await (await talk.call(args)).text())).toMatchObject({
      result: { isError: true, resultType: 'complete' },
    });
  });
});

describe('an upstream with tasks of its own', () => {
  // Guarantee (invariant 10): the agent never learns its id; what it asks of the gateway's goes there.
  it('goes on with its own behind the gateway’s', async () => {
    bench.upstream.on('tools/call', (asked, response) =>
      json(
        response,
        resultOf(
          asked.id,
          '{"resultType":"task","taskId":"up-1","status":"working","createdAt":"2026-11-22T00:00:00Z","lastUpdatedAt":"2026-11-22T00:00:00Z","ttlMs":1000}',
        ),
      ),
    );
    bench.upstream.on('tasks/get', (asked, response) =>
      json(
        response,
        resultOf(
          asked.id,
          '{"resultType":"complete","taskId":"up-1","status":"completed","result":{"content":[{"type":"text","text":"ada@example.com"}],"n":1.0}}',
        ),
      ),
    );
    bench.upstream.on('tasks/cancel', (asked, response) =>
      json(response, resultOf(asked.id, '{"resultType":"complete"}')),
    );
    const task = await talk.held();
    await bench.decide('approve', task.approval);
    const told = await talk.becomes(task.taskId, 'completed');
    expect(told.taskId).toBe(task.taskId);
    expect(JSON.stringify(told)).not.toContain('up-1');
    expect(JSON.stringify(told)).not.toContain('ada@example.com');
    const [asked] = bench.upstream.calls('tasks/get');
    expect(JSON.parse(asked?.text ?? '').params.taskId).toBe('up-1');
    expect(asked?.headers['mcp-name']).toBe('up-1');
    await talk.settled(task.approval, 'delivered');
    await talk.ask('tasks/cancel', task.taskId);
    expect(JSON.parse(bench.upstream.calls('tasks/cancel')[0]?.text ?? '').params.taskId).toBe(
      'up-1',
    );
    expect(bench.upstream.calls()).toHaveLength(1);
  });
});

describe('a task that takes up a call which ran for another', () => {
  // Guarantee (invariant 10): the upstream's own task stays behind it too, under the id that its agent got.
  it('goes on with the task that the upstream answered with', async () => {
    let answer = (): void => undefined;
    bench.upstream.on('tools/call', (asked, response) => {
      answer = () =>
        json(
          response,
          resultOf(asked.id, '{"resultType":"task","taskId":"up-2","status":"working"}'),
        );
    });
    bench.upstream.on('tasks/get', (asked, response) =>
      json(
        response,
        resultOf(
          asked.id,
          '{"resultType":"complete","taskId":"up-2","status":"completed","result":{"content":[]}}',
        ),
      ),
    );
    const args = talk.fresh();
    const task = await talk.held(args);
    await bench.decide('approve', task.approval);
    await until(async () => bench.upstream.calls().length === 1, 'it runs');
    await talk.lapse(task.approval);
    const again = await talk.held(args);
    expect(again.approval).toBe(task.approval);
    answer();
    const told = await talk.becomes(again.taskId, 'completed');
    expect(told).toMatchObject({ taskId: again.taskId, result: { content: [] } });
    expect(JSON.stringify(told)).not.toContain('up-2');
    expect(bench.upstream.calls()).toHaveLength(1);
  });
});

describe('an upstream that needs input', () => {
  const asks = (id: string, round: number, keys: readonly string[]) =>
    resultOf(
      id,
      JSON.stringify({
        resultType: 'input_required',
        requestState: `upstream-state-${round}`,
        inputRequests: Object.fromEntries(
          keys.map((key) => [
            key,
            { method: 'sampling/createMessage', params: { messages: [], maxTokens: round } },
          ]),
        ),
      }),
    );
  const responses = (keys: readonly string[]) =>
    `,"inputResponses":{${keys.map((key) => `${JSON.stringify(key)}:{"said":"for ${key}","n":1.0}`).join(',')}}`;

  // Guarantee (invariant 2): further rounds belong to the call: no new approval, each forwarded once.
  it('gets it through the task, round by round, under keys of one use', async () => {
    bench.upstream.on('tools/call', (asked, response) => {
      const round = bench.upstream.calls().length;
      if (round === 1) json(response, asks(asked.id, 1, ['a', 'b']));
      else if (round === 2) json(response, asks(asked.id, 2, ['a']));
      else json(response, textResult(asked.id, 'all said'));
    });
    const args = talk.fresh();
    const task = await talk.held(args);
    await bench.decide('approve', task.approval);
    const first = Object.keys(
      (await talk.becomes(task.taskId, 'input_required')).inputRequests ?? {},
    );
    expect(first.map((key) => key.split('.')[0])).toEqual(['a', 'b']);
    const [a = '', b = ''] = first;

    // A part of it, and a key that was never asked: the task waits for the rest.
    const partly = await talk.ask('tasks/update', task.taskId, agent, TASKS, responses([a, 'zz']));
    expect(partly.body.result).toEqual({ resultType: 'complete' });
    expect(Object.keys((await talk.get(task.taskId)).inputRequests ?? {})).toEqual([b]);
    expect(bench.upstream.calls()).toHaveLength(1);

    await talk.ask('tasks/update', task.taskId, agent, TASKS, responses([a, b]));
    const [second = ''] = await until(async () => {
      const keys = Object.keys((await talk.get(task.taskId)).inputRequests ?? {});
      return !keys.includes(b) && keys.length === 1 && keys;
    }, 'it asks again');
    expect(second).not.toBe(a);
    const sent = JSON.parse(bench.upstream.calls()[1]?.text ?? '').params;
    expect(sent).toMatchObject({
      name: 'write',
      arguments: JSON.parse(args),
      requestState: 'upstream-state-1',
      inputResponses: { a: { said: `for ${a}` }, b: { said: `for ${b}` } },
    });

    await talk.ask('tasks/update', task.taskId, agent, TASKS, responses([second]));
    expect(await talk.becomes(task.taskId, 'completed')).toMatchObject({
      result: { content: [{ text: 'all said' }] },
    });
    expect(bench.upstream.calls()).toHaveLength(3);
    // Answered twice, it runs no round twice.
    await talk.ask('tasks/update', task.taskId, agent, TASKS, responses([second]));
    await aWhile();
    expect(bench.upstream.calls()).toHaveLength(3);
    const { rows } = await bench.database.pool.query(
      `select count(*)::int as n from entry where approval_id = $1 and kind = 'approval.held'`,
      [task.approval],
    );
    expect(rows[0]).toEqual({ n: 1 });
  });

  // Guarantee: nobody is attached who could reply, so the upstream is told at once and does not wait.
  it('is refused a request on the stream of a call that runs in the background', async () => {
    bench.upstream.on('tools/call', (asked, response) => {
      stream(
        response,
        event('{"jsonrpc":"2.0","id":"ask-1","method":"sampling/createMessage","params":{}}'),
      );
      void until(
        async () => bench.upstream.asked.some(({ text }) => text.includes('"ask-1"')),
        'it is refused',
      ).then(() => response.end(event(textResult(asked.id, 'unasked'))));
    });
    const task = await talk.held();
    await bench.decide('approve', task.approval);
    expect(await talk.becomes(task.taskId, 'completed')).toMatchObject({
      result: { content: [{ text: 'unasked' }] },
    });
  });

  it('that only wants the call again gets it again at the next poll', async () => {
    bench.upstream.on('tools/call', (asked, response) =>
      json(
        response,
        bench.upstream.calls().length === 1 ? asks(asked.id, 1, []) : textResult(asked.id, 'now'),
      ),
    );
    const task = await talk.held();
    await bench.decide('approve', task.approval);
    expect(await talk.becomes(task.taskId, 'completed')).toMatchObject({
      result: { content: [{ text: 'now' }] },
    });
    expect(bench.upstream.calls()).toHaveLength(2);
  });

  // Guarantee: what policy doesn't let an upstream ask never reaches the client.
  it('may not ask for what policy doesn’t allow', async () => {
    bench.upstream.on('tools/call', (asked, response) =>
      json(
        response,
        resultOf(
          asked.id,
          '{"resultType":"input_required","requestState":"s","inputRequests":{"p":{"method":"elicitation/create","params":{"message":"Password?"}}}}',
        ),
      ),
    );
    const task = await talk.held();
    await bench.decide('approve', task.approval);
    const told = JSON.stringify(await talk.becomes(task.taskId, 'completed'));
    expect(told).toContain('"denied"');
    expect(told).not.toContain('Password?');
  });
});
