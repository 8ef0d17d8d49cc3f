import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import { ToolCatalogue } from '../connections/tool-catalogue.ts';
import { toolCall, type Agent } from '../testing/agent.ts';
import { PUBLIC_URL, startMcpBench, until, type McpBench } from '../testing/mcp-bench.ts';
import { event, json, resultOf, stream, textResult } from '../testing/scripted-upstream.ts';

let bench: McpBench;
let agent: Agent;

beforeAll(async () => {
  bench = await startMcpBench();
  await bench.connect({ slug: 'other' });
  agent = await bench.agent();
}, 120_000);
afterAll(() => bench.close(), 60_000);
afterEach(() => bench.upstream.reset());

const TASKS = '{"extensions":{"io.modelcontextprotocol/tasks":{}}}';
const meta = (capabilities: string) =>
  `{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"spec","version":"1"},"io.modelcontextprotocol/clientCapabilities":${capabilities}}`;
const headersFor = (method: string, name: string) => ({
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': method,
  'mcp-name': name,
});

interface Told {
  readonly resultType: string;
  readonly taskId: string;
  readonly status: string;
  readonly statusMessage: string;
  readonly createdAt: string;
  readonly ttlMs: number;
  readonly pollIntervalMs: number;
  readonly result?: unknown;
  readonly error?: unknown;
  readonly inputRequests?: unknown;
}

let count = 0;
const fresh = () => `{"task":${(count += 1)}}`;

async function call(args: string, by = agent, capabilities = TASKS, tool = 'write') {
  return by.post(toolCall(1, tool, args, meta(capabilities)), headersFor('tools/call', tool));
}

/** A call that is held, and answered by its task, which its agent has asked for once. */
async function held(args = fresh(), by = agent): Promise<Told & { readonly approval: string }> {
  const task = await handed(args, by);
  await get(task.taskId, by);
  return task;
}

/** As `held`, and nobody knows yet whether the agent has the handle. */
async function handed(args = fresh(), by = agent): Promise<Told & { readonly approval: string }> {
  const text = await (await call(args, by)).text();
  const { result } = JSON.parse(text);
  if (result?.resultType !== 'task') throw new Error(`No task: ${text}`);
  return { ...result, approval: result._meta['holdpoint/approval'].id };
}

async function ask(method: string, taskId: string, by = agent, capabilities = TASKS, rest = '') {
  const answer = await by.post(
    `{"jsonrpc":"2.0","id":"q","method":"${method}","params":{"taskId":${JSON.stringify(taskId)}${rest},"_meta":${meta(capabilities)}}}`,
    headersFor(method, taskId),
  );
  return { status: answer.status, body: JSON.parse(await answer.text()) };
}

async function get(taskId: string, by = agent): Promise<Told> {
  const { body } = await ask('tasks/get', taskId, by);
  if (!body.result) throw new Error(JSON.stringify(body));
  return body.result;
}

const becomes = (taskId: string, status: string, by = agent) =>
  until(async () => {
    const told = await get(taskId, by);
    return told.status === status && told;
  }, `the task becomes ${status}`);

/** The agent has not polled for longer than three intervals. */
async function lapse(approval: string): Promise<void> {
  await bench.database.pool.query(
    `update approval set waiter_until = now() - interval '1 second' where id = $1`,
    [approval],
  );
}

async function approvalOf(id: string): Promise<{ state: string; waiting: boolean }> {
  const { rows } = await bench.database.pool.query(
    `select state, waiter_until > now() as waiting from approval where id = $1`,
    [id],
  );
  return { state: rows[0]?.state, waiting: rows[0]?.waiting === true };
}

async function policyInForce(): Promise<string> {
  const { rows } = await bench.database.pool.query<{ source: string }>(
    'select source from policy_version order by number desc limit 1',
  );
  return rows[0]?.source ?? '';
}

const settled = (id: string, state: string) =>
  until(async () => (await approvalOf(id)).state === state, `the approval becomes ${state}`);
const aWhile = () => new Promise((resolve) => setTimeout(resolve, 1500));

describe('a held call of a client that understands tasks', () => {
  it('is answered at once by a task that says who is waited for', async () => {
    const task = await held();
    expect(task).toMatchObject({
      resultType: 'task',
      status: 'working',
      statusMessage: `Waiting for one approval by “reviewers”. Nothing has run yet. A reviewer decides here: ${PUBLIC_URL}/inbox/${task.approval}`,
      pollIntervalMs: 5000,
      ttlMs: 3_600_000,
    });
    expect(Date.parse(task.createdAt)).toBeGreaterThan(Date.now() - 60_000);
    expect(await get(task.taskId)).toMatchObject({ resultType: 'complete', status: 'working' });
    expect((await approvalOf(task.approval)).waiting).toBe(true);
    expect(bench.upstream.asked).toEqual([]);
  });

  it.each([
    ['that did not declare the extension', '{}', 'write'],
    ['that declared another', '{"extensions":{"io.modelcontextprotocol/ui":{}}}', 'write'],
    ['whose tool the upstream does not list', TASKS, 'nowhere'],
  ])('but not one %s', async (_what, capabilities, tool) => {
    const answer = await call(fresh(), agent, capabilities, tool);
    expect(answer.isStream).toBe(true);
    await bench.decide('deny');
    expect(await answer.last()).toContain('Not today.');
  });

  it('only where the method may become a task', async () => {
    const answer = await agent.post(
      `{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"x:task","_meta":${meta(TASKS)}}}`,
      headersFor('resources/read', 'x:task'),
    );
    expect(answer.isStream).toBe(true);
    await bench.decide('deny');
    await answer.last();
  });

  // Guarantee (invariant 2): polled lately it runs without another poll, once, and every later poll tells the same.
  it('runs once it is approved, without another poll, and is collected', async () => {
    const args = fresh();
    const task = await held(args);
    await bench.decide('approve', task.approval);
    await settled(task.approval, 'answered');
    expect(bench.upstream.calls()).toHaveLength(1);
    expect(JSON.parse(bench.upstream.calls()[0]?.text ?? '').params.arguments).toEqual(
      JSON.parse(args),
    );
    expect(await get(task.taskId)).toMatchObject({
      resultType: 'complete',
      status: 'completed',
      result: { content: [{ type: 'text', text: 'done' }] },
    });
    await settled(task.approval, 'delivered');
    expect(await get(task.taskId)).toMatchObject({ status: 'completed' });
    expect(bench.upstream.calls()).toHaveLength(1);
  });

  // Guarantee (invariant 2): a handle that was lost on its way runs nothing; who has it asks for it.
  it('does not run before its first poll', async () => {
    const args = fresh();
    const lost = await handed(args);
    const again = await held(args);
    expect(again.approval).not.toBe(lost.approval);
    await bench.decide('approve', lost.approval);
    await bench.decide('approve', again.approval);
    await settled(again.approval, 'answered');
    await aWhile();
    expect(bench.upstream.calls()).toHaveLength(1);
    expect((await approvalOf(lost.approval)).state).toBe('approved');
  });

  // Guarantee (invariant 2): nothing executes while nobody waits; the next poll waits again.
  it('does not run while it is not polled, and runs at its next poll', async () => {
    const task = await held();
    await lapse(task.approval);
    await bench.decide('approve', task.approval);
    await aWhile();
    expect(bench.upstream.calls()).toEqual([]);
    expect((await get(task.taskId)).status).toBe('working');
    await becomes(task.taskId, 'completed');
    expect(bench.upstream.calls()).toHaveLength(1);
  });

  // Guarantee: reviewers see that nobody waits any more, and the record says since when.
  it('is detached once it is not polled, and says so', async () => {
    const task = await held();
    await lapse(task.approval);
    await until(async () => {
      const { rows } = await bench.database.pool.query<{ content: string }>(
        `select content from entry where approval_id = $1 and kind = 'approval.detached'`,
        [task.approval],
      );
      return rows.length === 1 && rows[0]?.content.includes('not polled');
    }, 'it is detached');
    expect((await get(task.taskId)).status).toBe('working');
    expect((await approvalOf(task.approval)).waiting).toBe(true);
  });

  it('is recorded from the handle to the delivery', async () => {
    const task = await held();
    await bench.decide('approve', task.approval);
    await becomes(task.taskId, 'completed');
    await settled(task.approval, 'delivered');
    const { rows } = await bench.database.pool.query<{ kind: string }>(
      `select distinct kind from entry where approval_id = $1`,
      [task.approval],
    );
    expect(rows.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining([
        'call.received',
        'approval.held',
        'call.task',
        'approval.approved',
        'approval.claimed',
        'call.forwarded',
        'call.answered',
        'approval.delivered',
      ]),
    );
  });
});

describe('the end of a task', () => {
  it('is what the agent would have read, when a reviewer denies', async () => {
    const task = await held();
    await bench.decide('deny', task.approval);
    expect(await becomes(task.taskId, 'completed')).toMatchObject({
      result: {
        isError: true,
        content: [{ text: expect.stringContaining('Not today.') }],
        _meta: { 'holdpoint/refusal': { code: 'denied' } },
      },
    });
    expect(bench.upstream.calls()).toEqual([]);
  });

  it('is an error the model reads, when nobody decides', async () => {
    const task = await held();
    await bench.database.pool.query(
      `update approval set expires_at = now() - interval '1 second' where id = $1`,
      [task.approval],
    );
    expect(await becomes(task.taskId, 'completed')).toMatchObject({
      result: { isError: true, _meta: { 'holdpoint/refusal': { code: 'expired' } } },
    });
  });

  it('is `failed` for a JSON-RPC error of the upstream, and for nothing else', async () => {
    bench.upstream.on('tools/call', (asked, response) =>
      json(
        response,
        `{"jsonrpc":"2.0","id":${asked.id},"error":{"code":-32099,"message":"no","data":1.0}}`,
      ),
    );
    const task = await held();
    await bench.decide('approve', task.approval);
    expect(await becomes(task.taskId, 'failed')).toMatchObject({
      error: { code: -32099, message: 'no' },
    });
  });

  // Guarantee: an outcome that nobody knows is told as such, and the call is not tried again.
  it('says so when the call may have run', async () => {
    bench.upstream.on('tools/call', (_asked, response) => void response.destroy());
    const task = await held();
    await bench.decide('approve', task.approval);
    expect(await becomes(task.taskId, 'completed')).toMatchObject({
      result: { isError: true, _meta: { 'holdpoint/refusal': { code: 'outcome_unknown' } } },
    });
    await aWhile();
    expect(bench.upstream.calls()).toHaveLength(1);
  });

  // Guarantee (invariant 8): only the process that ran it could have known; nobody runs it again.
  it('says so too when the process that ran it is gone', async () => {
    const task = await held();
    await bench.database.pool.query(
      `update approval set state = 'claimed', claimed_at = now(), claimed_by = 987654 where id = $1`,
      [task.approval],
    );
    expect(await becomes(task.taskId, 'completed')).toMatchObject({
      result: { isError: true, _meta: { 'holdpoint/refusal': { code: 'outcome_unknown' } } },
    });
    await aWhile();
    expect(bench.upstream.calls()).toEqual([]);
  });

  // Guarantee (invariant 1): the answer that a task holds is the masked one.
  it('is masked', async () => {
    bench.upstream.on('tools/call', (asked, response) =>
      json(response, textResult(asked.id, 'mail ada@example.com')),
    );
    const task = await held();
    await bench.decide('approve', task.approval);
    const told = JSON.stringify(await becomes(task.taskId, 'completed'));
    expect(told).toContain('mail');
    expect(told).not.toContain('ada@example.com');
  });

  it('is forgotten half an hour after it was delivered', async () => {
    const task = await held();
    await bench.decide('approve', task.approval);
    await becomes(task.taskId, 'completed');
    await settled(task.approval, 'delivered');
    await bench.database.pool.query(
      `update approval set delivered_at = now() - interval '31 minutes' where id = $1`,
      [task.approval],
    );
    const { body } = await ask('tasks/get', task.taskId);
    expect(body.error).toMatchObject({ code: -32602, data: { code: 'unknown_task' } });
  });
});

describe('what is in force changes during the hold', () => {
  it('a freeze ends it', async () => {
    const task = await held();
    const freeze = (on: boolean) =>
      bench.database.pool.query(
        `update connection set frozen_at = ${on ? 'now()' : 'null'}, frozen_by = 'ada', frozen_reason = 'incident', freeze_epoch = freeze_epoch + 1 where slug = 'demo'`,
      );
    await freeze(true);
    await bench.refresh();
    try {
      expect(await becomes(task.taskId, 'completed')).toMatchObject({
        result: { _meta: { 'holdpoint/refusal': { code: 'frozen' } } },
      });
    } finally {
      await freeze(false);
      await bench.refresh();
    }
    expect(bench.upstream.calls()).toEqual([]);
  });

  // Guarantee (invariant 2): judged again just before it runs; a deny settles it.
  it('a policy that denies settles it after its approval', async () => {
    const policy = await policyInForce();
    const task = await held();
    await lapse(task.approval);
    await bench.decide('approve', task.approval);
    await bench.publish(
      `${policy}\n  - id: stop\n    match: { tools: [write] }\n    effect: deny\n    message: Not any more.\n`,
    );
    try {
      expect(await becomes(task.taskId, 'completed')).toMatchObject({
        result: { isError: true, _meta: { 'holdpoint/refusal': { code: 'denied' } } },
      });
    } finally {
      await bench.publish(policy);
    }
    expect(bench.upstream.calls()).toEqual([]);
  });

  // Guarantee: what was masked when the call was held stays masked, whatever is published meanwhile.
  it('a policy without a mask shows nothing that was hidden', async () => {
    const policy = await policyInForce();
    bench.upstream.on('tools/call', (asked, response) =>
      json(response, textResult(asked.id, 'mail ada@example.com')),
    );
    const task = await held();
    await bench.publish(policy.replace('email, ', ''));
    try {
      await bench.decide('approve', task.approval);
      const told = JSON.stringify(await becomes(task.taskId, 'completed'));
      expect(told).not.toContain('ada@example.com');
    } finally {
      await bench.publish(policy);
    }
  });

  it('a changed definition of its tool voids it', async () => {
    bench.upstream.tools.set('turning', { name: 'turning', inputSchema: { type: 'object' } });
    const text = await (await call(fresh(), agent, TASKS, 'turning')).text();
    const task = JSON.parse(text).result;
    const approval = task._meta['holdpoint/approval'].id;
    bench.upstream.tools.set('turning', {
      name: 'turning',
      description: 'Now deletes.',
      inputSchema: { type: 'object' },
    });
    const connection = bench.context.get(ConnectionRegistry).bySlug('demo');
    bench.context.get(ToolCatalogue).markStale(connection?.id ?? '');
    await bench.decide('approve', approval);
    expect(await becomes(task.taskId, 'completed')).toMatchObject({
      result: { _meta: { 'holdpoint/refusal': { code: 'voided' } } },
    });
    expect(bench.upstream.calls()).toEqual([]);
  });
});

describe('a task id', () => {
  // Guarantee (invariant 10): it resolves for the caller that got it, on its connection, and for no one else.
  it('is worth nothing to anyone else', async () => {
    const task = await held();
    const [intruder, elsewhere] = [
      await bench.agent('intruder'),
      await bench.agent('robot', 'other'),
    ];
    for (const method of ['tasks/get', 'tasks/cancel', 'tasks/update'])
      for (const [by, id] of [
        [intruder, task.taskId],
        [elsewhere, task.taskId],
        [agent, `${task.taskId.slice(0, -1)}x`],
        [agent, `holdpoint-task.${task.approval}`],
      ] as const) {
        const { body } = await ask(method, id, by);
        expect(body).toMatchObject({
          id: 'q',
          error: { code: -32602, data: { code: 'unknown_task' } },
        });
      }
    expect(bench.upstream.asked).toEqual([]);
    expect((await get(task.taskId)).status).toBe('working');
  });

  it('is asked about only by who declares the extension', async () => {
    const task = await held();
    const { status, body } = await ask('tasks/get', task.taskId, agent, '{}');
    expect(status).toBe(400);
    expect(body.error).toMatchObject({
      code: -32021,
      data: { requiredCapabilities: { extensions: { 'io.modelcontextprotocol/tasks': {} } } },
    });
  });

  // Guarantee (invariant 8): everything about it is in the database.
  it('outlives its process, and is run by whichever is there', async () => {
    const second = await bench.open();
    const there = await bench.agent('robot', 'demo', second);
    const task = await held(fresh(), there);
    await second.close();
    expect((await get(task.taskId)).status).toBe('working');
    await bench.decide('approve', task.approval);
    expect(await becomes(task.taskId, 'completed')).toMatchObject({
      result: { content: [{ text: 'done' }] },
    });
    expect(bench.upstream.calls()).toHaveLength(1);
  });
});

describe('several processes', () => {
  // Guarantee (invariant 2): they all look, and one of them runs each call, once.
  it('run each approved task exactly once', async () => {
    const others = [await bench.open(), await bench.open()];
    const tasks = [];
    for (let n = 0; n < 6; n += 1) tasks.push(await held());
    for (const task of tasks) await bench.decide('approve', task.approval);
    for (const task of tasks) await settled(task.approval, 'answered');
    await aWhile();
    expect(bench.upstream.calls()).toHaveLength(tasks.length);
    for (const task of tasks) expect((await get(task.taskId)).status).toBe('completed');
    for (const other of others) await other.close();
  });
});

describe('cancelling a task', () => {
  // Guarantee: it only stops the wait; nothing executes, and the release waits for the same call.
  it('runs nothing, and leaves the release to the same call', async () => {
    const args = fresh();
    const task = await held(args);
    const { body } = await ask('tasks/cancel', task.taskId);
    expect(body).toEqual({ jsonrpc: '2.0', id: 'q', result: { resultType: 'complete' } });
    expect((await get(task.taskId)).status).toBe('cancelled');
    expect((await approvalOf(task.approval)).state).toBe('held');
    await bench.decide('approve', task.approval);
    await aWhile();
    expect(bench.upstream.calls()).toEqual([]);
    const again = await held(args);
    expect(again.approval).toBe(task.approval);
    expect(again.taskId).not.toBe(task.taskId);
    await becomes(again.taskId, 'completed');
    expect((await get(task.taskId)).status).toBe('cancelled');
    expect(bench.upstream.calls()).toHaveLength(1);
  });

  it('breaks off a call that is under way, and says that it may have run', async () => {
    let closed = 0;
    bench.upstream.on('tools/call', (_asked, response) => {
      response.on('close', () => (closed += 1));
    });
    const task = await held();
    await bench.decide('approve', task.approval);
    await until(async () => bench.upstream.calls().length === 1, 'it is forwarded');
    expect((await ask('tasks/cancel', task.taskId)).body.result).toEqual({
      resultType: 'complete',
    });
    const told = await becomes(task.taskId, 'cancelled');
    expect(told.statusMessage).toContain('may have run');
    expect(closed).toBe(1);
    await settled(task.approval, 'unknown');
  });

  it('changes nothing of an answer that is there', async () => {
    const task = await held();
    await bench.decide('approve', task.approval);
    await settled(task.approval, 'answered');
    await ask('tasks/cancel', task.taskId);
    expect((await get(task.taskId)).status).toBe('completed');
  });
});

describe('the same call again', () => {
  it('beside a living task opens its own approval', async () => {
    const args = fresh();
    const [first, second] = [await held(args), await held(args)];
    expect(second.approval).not.toBe(first.approval);
    for (const each of [first, second]) await bench.decide('approve', each.approval);
    for (const each of [first, second]) await becomes(each.taskId, 'completed');
    expect(bench.upstream.calls()).toHaveLength(2);
  });

  // Guarantee: an agent that forgot its task gets the one approval's one answer, on another rung.
  it('takes up the approval of a task that nobody polls', async () => {
    const args = fresh();
    const task = await held(args);
    await lapse(task.approval);
    const answer = await call(args, agent, '{}');
    await answer.next();
    expect(await get(task.taskId)).toMatchObject({ status: 'working' });
    await bench.decide('approve', task.approval);
    expect(await answer.last()).toBe(textResult('1', 'done'));
    expect(bench.upstream.calls()).toHaveLength(1);
    expect(await becomes(task.taskId, 'completed')).toMatchObject({
      result: { isError: true, _meta: { 'holdpoint/refusal': { code: 'outcome_unknown' } } },
    });
  });

  it('gets the answer that a forgotten task never collected, without a task', async () => {
    const args = fresh();
    const task = await held(args);
    await bench.decide('approve', task.approval);
    await settled(task.approval, 'answered');
    await lapse(task.approval);
    const text = await (await call(args)).text();
    expect(text).toBe(textResult('1', 'done'));
    expect(bench.upstream.calls()).toHaveLength(1);
    await settled(task.approval, 'delivered');
  });

  it('is told of a denial without a task', async () => {
    const args = fresh();
    const task = await held(args);
    await bench.decide('deny', task.approval);
    await becomes(task.taskId, 'completed');
    expect(JSON.parse(await (await call(args)).text())).toMatchObject({
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
    const task = await held();
    await bench.decide('approve', task.approval);
    const told = await becomes(task.taskId, 'completed');
    expect(told.taskId).toBe(task.taskId);
    expect(JSON.stringify(told)).not.toContain('up-1');
    expect(JSON.stringify(told)).not.toContain('ada@example.com');
    const [asked] = bench.upstream.calls('tasks/get');
    expect(JSON.parse(asked?.text ?? '').params.taskId).toBe('up-1');
    expect(asked?.headers['mcp-name']).toBe('up-1');
    await settled(task.approval, 'delivered');
    await ask('tasks/cancel', task.taskId);
    expect(JSON.parse(bench.upstream.calls('tasks/cancel')[0]?.text ?? '').params.taskId).toBe(
      'up-1',
    );
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
    const args = fresh();
    const task = await held(args);
    await bench.decide('approve', task.approval);
    const first = Object.keys((await becomes(task.taskId, 'input_required')).inputRequests ?? {});
    expect(first.map((key) => key.split('.')[0])).toEqual(['a', 'b']);
    const [a = '', b = ''] = first;

    // A part of it, and a key that was never asked: the task waits for the rest.
    const partly = await ask('tasks/update', task.taskId, agent, TASKS, responses([a, 'zz']));
    expect(partly.body.result).toEqual({ resultType: 'complete' });
    expect(Object.keys((await get(task.taskId)).inputRequests ?? {})).toEqual([b]);
    expect(bench.upstream.calls()).toHaveLength(1);

    await ask('tasks/update', task.taskId, agent, TASKS, responses([a, b]));
    const [second = ''] = await until(async () => {
      const keys = Object.keys((await get(task.taskId)).inputRequests ?? {});
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

    await ask('tasks/update', task.taskId, agent, TASKS, responses([second]));
    expect(await becomes(task.taskId, 'completed')).toMatchObject({
      result: { content: [{ text: 'all said' }] },
    });
    expect(bench.upstream.calls()).toHaveLength(3);
    // Answered twice, it runs no round twice.
    await ask('tasks/update', task.taskId, agent, TASKS, responses([second]));
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
    const task = await held();
    await bench.decide('approve', task.approval);
    expect(await becomes(task.taskId, 'completed')).toMatchObject({
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
    const task = await held();
    await bench.decide('approve', task.approval);
    expect(await becomes(task.taskId, 'completed')).toMatchObject({
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
    const task = await held();
    await bench.decide('approve', task.approval);
    const told = JSON.stringify(await becomes(task.taskId, 'completed'));
    expect(told).toContain('"denied"');
    expect(told).not.toContain('Password?');
  });
});
