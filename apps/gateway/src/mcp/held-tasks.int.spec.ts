import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import { ToolCatalogue } from '../connections/tool-catalogue.ts';
import type { Agent } from '../testing/agent.ts';
import { PUBLIC_URL, startMcpBench, until, type McpBench } from '../testing/mcp-bench.ts';
import { json, textResult } from '../testing/scripted-upstream.ts';
import { aWhile, headersFor, meta, TASKS, TaskTalk } from '../testing/task-talk.ts';

let bench: McpBench;
let agent: Agent;
let talk: TaskTalk;

beforeAll(async () => {
  bench = await startMcpBench();
  await bench.connect({ slug: 'other' });
  agent = await bench.agent();
  talk = new TaskTalk(bench, agent);
});
afterAll(() => bench.close());
afterEach(() => bench.upstream.reset());

async function policyInForce(): Promise<string> {
  const { rows } = await bench.database.pool.query<{ source: string }>(
    'select source from policy_version order by number desc limit 1',
  );
  return rows[0]?.source ?? '';
}

describe('a held call of a client that understands tasks', () => {
  it('is answered at once by a task that says who is waited for', async () => {
    const task = await talk.held();
    expect(task).toMatchObject({
      resultType: 'task',
      status: 'working',
      statusMessage: `Waiting for one approval by “reviewers”. Nothing has run yet. A reviewer decides here: ${PUBLIC_URL}/inbox/${task.approval}`,
      pollIntervalMs: 5000,
      ttlMs: 3_600_000,
    });
    expect(Date.parse(task.createdAt)).toBeGreaterThan(Date.now() - 60_000);
    expect(await talk.get(task.taskId)).toMatchObject({
      resultType: 'complete',
      status: 'working',
    });
    expect((await talk.approvalOf(task.approval)).waiting).toBe(true);
    expect(bench.upstream.asked).toEqual([]);
  });

  it.each([
    ['that did not declare the extension', '{}', 'write'],
    ['that declared another', '{"extensions":{"io.modelcontextprotocol/ui":{}}}', 'write'],
    ['whose tool the upstream does not list', TASKS, 'nowhere'],
  ])('but not one %s', async (_what, capabilities, tool) => {
    const answer = await talk.call(talk.fresh(), agent, capabilities, tool);
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
    const args = talk.fresh();
    const task = await talk.held(args);
    await bench.decide('approve', task.approval);
    await talk.settled(task.approval, 'answered');
    expect(bench.upstream.calls()).toHaveLength(1);
    expect(JSON.parse(bench.upstream.calls()[0]?.text ?? '').params.arguments).toEqual(
      JSON.parse(args),
    );
    expect(await talk.get(task.taskId)).toMatchObject({
      resultType: 'complete',
      status: 'completed',
      result: { content: [{ type: 'text', text: 'done' }] },
    });
    await talk.settled(task.approval, 'delivered');
    expect(await talk.get(task.taskId)).toMatchObject({ status: 'completed' });
    expect(bench.upstream.calls()).toHaveLength(1);
  });

  // Guarantee (invariant 2): a handle that was lost on its way runs nothing; who has it asks for it.
  it('does not run before its first poll', async () => {
    const args = talk.fresh();
    const lost = await talk.handed(args);
    const again = await talk.held(args);
    expect(again.approval).not.toBe(lost.approval);
    await bench.decide('approve', lost.approval);
    await bench.decide('approve', again.approval);
    await talk.settled(again.approval, 'answered');
    await aWhile();
    expect(bench.upstream.calls()).toHaveLength(1);
    expect((await talk.approvalOf(lost.approval)).state).toBe('approved');
  });

  // Guarantee (invariant 2): nothing executes while nobody waits; the next poll waits again.
  it('does not run while it is not polled, and runs at its next poll', async () => {
    const task = await talk.held();
    await talk.lapse(task.approval);
    await bench.decide('approve', task.approval);
    await aWhile();
    expect(bench.upstream.calls()).toEqual([]);
    expect((await talk.get(task.taskId)).status).toBe('working');
    await talk.becomes(task.taskId, 'completed');
    expect(bench.upstream.calls()).toHaveLength(1);
  });

  // Guarantee: reviewers see that nobody waits any more, and the record says since when.
  it('is detached once it is not polled, and says so', async () => {
    const task = await talk.held();
    await talk.lapse(task.approval);
    await until(async () => {
      const { rows } = await bench.database.pool.query<{ content: string }>(
        `select content from entry where approval_id = $1 and kind = 'approval.detached'`,
        [task.approval],
      );
      return rows.length === 1 && rows[0]?.content.includes('not polled');
    }, 'it is detached');
    expect((await talk.get(task.taskId)).status).toBe('working');
    expect((await talk.approvalOf(task.approval)).waiting).toBe(true);
  });

  it('is recorded from the handle to the delivery', async () => {
    const task = await talk.held();
    await bench.decide('approve', task.approval);
    await talk.becomes(task.taskId, 'completed');
    await talk.settled(task.approval, 'delivered');
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
    const task = await talk.held();
    await bench.decide('deny', task.approval);
    expect(await talk.becomes(task.taskId, 'completed')).toMatchObject({
      result: {
        isError: true,
        content: [{ text: expect.stringContaining('Not today.') }],
        _meta: { 'holdpoint/refusal': { code: 'denied' } },
      },
    });
    expect(bench.upstream.calls()).toEqual([]);
  });

  it('is an error the model reads, when nobody decides', async () => {
    const task = await talk.held();
    await bench.database.pool.query(
      `update approval set expires_at = now() - interval '1 second' where id = $1`,
      [task.approval],
    );
    expect(await talk.becomes(task.taskId, 'completed')).toMatchObject({
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
    const task = await talk.held();
    await bench.decide('approve', task.approval);
    expect(await talk.becomes(task.taskId, 'failed')).toMatchObject({
      error: { code: -32099, message: 'no' },
    });
  });

  // Guarantee: an outcome that nobody knows is told as such, and the call is not tried again.
  it('says so when the call may have run', async () => {
    bench.upstream.on('tools/call', (_asked, response) => void response.destroy());
    const task = await talk.held();
    await bench.decide('approve', task.approval);
    expect(await talk.becomes(task.taskId, 'completed')).toMatchObject({
      result: { isError: true, _meta: { 'holdpoint/refusal': { code: 'outcome_unknown' } } },
    });
    await aWhile();
    expect(bench.upstream.calls()).toHaveLength(1);
  });

  // Guarantee (invariant 8): only the process that ran it could have known; nobody runs it again.
  it('says so too when the process that ran it is gone', async () => {
    const task = await talk.held();
    await bench.database.pool.query(`update approval set state = 'approved' where id = $1`, [
      task.approval,
    ]);
    await bench.database.pool.query(
      `update approval set state = 'claimed', claimed_at = now(), claimed_by = 987654 where id = $1`,
      [task.approval],
    );
    expect(await talk.becomes(task.taskId, 'completed')).toMatchObject({
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
    const task = await talk.held();
    await bench.decide('approve', task.approval);
    const told = JSON.stringify(await talk.becomes(task.taskId, 'completed'));
    expect(told).toContain('mail');
    expect(told).not.toContain('ada@example.com');
  });

  it('is forgotten half an hour after it was delivered', async () => {
    const task = await talk.held();
    await bench.decide('approve', task.approval);
    await talk.becomes(task.taskId, 'completed');
    await talk.settled(task.approval, 'delivered');
    await bench.database.pool.query(
      `update approval set delivered_at = now() - interval '31 minutes' where id = $1`,
      [task.approval],
    );
    const { body } = await talk.ask('tasks/get', task.taskId);
    expect(body.error).toMatchObject({ code: -32602, data: { code: 'unknown_task' } });
  });
});

describe('what is in force changes during the hold', () => {
  it('a freeze ends it', async () => {
    const task = await talk.held();
    const freeze = (on: boolean) =>
      bench.database.pool.query(
        `update connection set frozen_at = ${on ? 'now()' : 'null'}, frozen_by = 'ada', frozen_reason = 'incident', freeze_epoch = freeze_epoch + 1 where slug = 'demo'`,
      );
    await freeze(true);
    await bench.refresh();
    try {
      expect(await talk.becomes(task.taskId, 'completed')).toMatchObject({
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
    const task = await talk.held();
    await talk.lapse(task.approval);
    await bench.decide('approve', task.approval);
    await bench.publish(
      `${policy}\n  - id: stop\n    match: { tools: [write] }\n    effect: deny\n    message: Not any more.\n`,
    );
    try {
      expect(await talk.becomes(task.taskId, 'completed')).toMatchObject({
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
    const task = await talk.held();
    await bench.publish(policy.replace('email, ', ''));
    try {
      await bench.decide('approve', task.approval);
      const told = JSON.stringify(await talk.becomes(task.taskId, 'completed'));
      expect(told).not.toContain('ada@example.com');
    } finally {
      await bench.publish(policy);
    }
  });

  it('a changed definition of its tool voids it', async () => {
    bench.upstream.tools.set('turning', { name: 'turning', inputSchema: { type: 'object' } });
    const text = await (await talk.call(talk.fresh(), agent, TASKS, 'turning')).text();
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
    expect(await talk.becomes(task.taskId, 'completed')).toMatchObject({
      result: { _meta: { 'holdpoint/refusal': { code: 'voided' } } },
    });
    expect(bench.upstream.calls()).toEqual([]);
  });
});

describe('a task id', () => {
  // Guarantee (invariant 10): it resolves for the caller that got it, on its connection, and for no one else.
  it('is worth nothing to anyone else', async () => {
    const task = await talk.held();
    const [intruder, elsewhere] = [
      await bench.agent('intruder'),
      await bench.agent('robot', 'other'),
    ];
    for (const method of ['tasks/get', 'tasks/cancel', 'tasks/update'])
      for (const [by, id] of [
        [intruder, task.taskId],
        [elsewhere, task.taskId],
        [agent, `${task.taskId.slice(0, -1)}${task.taskId.endsWith('x') ? 'y' : 'x'}`],
        [agent, `holdpoint-task.${task.approval}`],
      ] as const) {
        const { body } = await talk.ask(method, id, by);
        expect(body).toMatchObject({
          id: 'q',
          error: { code: -32602, data: { code: 'unknown_task' } },
        });
      }
    expect(bench.upstream.asked).toEqual([]);
    expect((await talk.get(task.taskId)).status).toBe('working');
  });

  it('is asked about only by who declares the extension', async () => {
    const task = await talk.held();
    const { status, body } = await talk.ask('tasks/get', task.taskId, agent, '{}');
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
    const task = await talk.held(talk.fresh(), there);
    await second.close();
    expect((await talk.get(task.taskId)).status).toBe('working');
    await bench.decide('approve', task.approval);
    expect(await talk.becomes(task.taskId, 'completed')).toMatchObject({
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
    for (let n = 0; n < 6; n += 1) tasks.push(await talk.held());
    for (const task of tasks) await bench.decide('approve', task.approval);
    for (const task of tasks) await talk.settled(task.approval, 'answered');
    await aWhile();
    expect(bench.upstream.calls()).toHaveLength(tasks.length);
    for (const task of tasks) expect((await talk.get(task.taskId)).status).toBe('completed');
    for (const other of others) await other.close();
  });
});
