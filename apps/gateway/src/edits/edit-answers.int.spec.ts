import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { HeldPayload } from '../approvals/held-payload.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { toolCall } from '../testing/agent.ts';
import { AVERY, EDITS_POLICY, EditsBench } from '../testing/edits-bench.ts';
import { until } from '../testing/mcp-bench.ts';
import { reviewerNamed } from '../testing/reviewers.ts';
import { event, json, resultOf, stream } from '../testing/scripted-upstream.ts';
import { TaskTalk } from '../testing/task-talk.ts';

let edits: EditsBench;

beforeAll(async () => {
  edits = await EditsBench.start();
});
afterAll(() => edits.close());
afterEach(() => edits.reset());

describe('the arguments that a reviewer gave a call', () => {
  // Guarantee: what is exact is sealed, also where its agent is told of it; entries hold digests instead.
  const AUDITOR: SignedInPerson = { ...reviewerNamed('olga', 'audit'), roles: ['auditor'] };
  const plainOf = async (id: string) => {
    const { pool } = edits.mcp.database;
    const { rows: entries } = await pool.query(
      'select e.content from entry e where e.approval_id = $1',
      [id],
    );
    const { rows: kept } = await pool.query('select state_reason from approval where id = $1', [
      id,
    ]);
    const { rows: frames } = await pool.query<{ id: string }>(
      `select f.id from frame f join entry e on e.id = f.entry_id where e.approval_id = $1 and not f.sealed`,
      [id],
    );
    const payload = edits.mcp.context.get(HeldPayload);
    const texts = await payload.texts(frames.map((frame) => frame.id));
    const seen = await edits.detailOf(id, AUDITOR);
    return JSON.stringify([entries, kept, [...texts.values()], seen]);
  };
  const changed = async (secret: string) => {
    const waiting = await edits.patient();
    const { n, answer, id } = await edits.hold(waiting);
    await edits.propose(id, `{"n":${n},"note":"${secret}"}`);
    await edits.approve(id, 1, AVERY);
    return { answer, id };
  };

  it('are read with its answer by whoever may open its request, and by nobody else', async () => {
    const { answer, id } = await changed('exact-answered');
    expect(await answer.last()).toContain('exact-answered');
    expect((await edits.detailOf(id)).answerText).toContain('exact-answered');
    expect(await plainOf(id)).not.toContain('exact-answered');
  });

  it('are told to its agent where its outcome is unknown, and stand in no entry', async () => {
    edits.mcp.upstream.on('tools/call', (_asked, response) => void response.destroy());
    const { answer, id } = await changed('exact-unknown');
    expect(await answer.last()).toContain('exact-unknown');
    await until(async () => (await edits.detailOf(id)).state === 'unknown', 'it is settled');
    expect(await plainOf(id)).not.toContain('exact-unknown');
  });

  it('are not said to have run where the call has not', async () => {
    edits.mcp.upstream.on('tools/call', (_asked, response) => void response.writeHead(404).end());
    const { answer, id } = await changed('exact-refused');
    const told = await answer.last();
    expect(told).toContain('exact-refused');
    expect(told).not.toContain('ran with');
    await until(async () => (await edits.detailOf(id)).state === 'failed', 'it is settled');
    expect(await plainOf(id)).not.toContain('exact-refused');
  });

  it('are told by a task in the same way, whatever came of it', async () => {
    const talk = new TaskTalk(edits.mcp, await edits.mcp.agent('tasker', 'demo'));
    const runs = async (note: string) => {
      const task = await talk.held(`{"n":${edits.next()}}`);
      await edits.propose(task.approval, `{"n":88,"note":"${note}"}`);
      await edits.approve(task.approval, 1, AVERY);
      return task;
    };
    const done = await runs('exact-done');
    await talk.settled(done.approval, 'answered');
    expect(JSON.stringify(await talk.get(done.taskId))).toContain('exact-done');
    expect(await plainOf(done.approval)).not.toContain('exact-done');
    edits.mcp.upstream.on('tools/call', (_asked, response) => void response.destroy());
    const lost = await runs('exact-lost');
    await talk.settled(lost.approval, 'unknown');
    expect(JSON.stringify(await talk.get(lost.taskId))).toContain('exact-lost');
    expect(await plainOf(lost.approval)).not.toContain('exact-lost');
  });
});

describe('the stream of a changed call that is resumed', () => {
  // Guarantee (invariant 1): as above, on whichever stream the answer comes.
  it('is masked by what ran, too, and says what that was', async () => {
    const bare = `rules:\n  - { id: shoes, match: { tools: [write] }, when: args.n == 77, mask: [{ field: "**.shoe", as: redact }] }\n`;
    await edits.mcp.publish(EDITS_POLICY.replace('rules:\n', bare));
    const mine = await edits.patient();
    const note =
      '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"began"}}';
    edits.mcp.upstream.on('tools/call', (_call, response) => {
      stream(response, event(note, 'id: p1\n'));
    });
    edits.mcp.upstream.on('GET', (_call, response) => {
      const shoe = '{"content":[],"structuredContent":{"shoe":"size-43"}}';
      stream(response).end(event(resultOf('31', shoe)));
    });
    const call = await mine.post(toolCall(31, 'write', `{"n":${edits.next()}}`));
    const { id } = await edits.mcp.approval('held');
    await edits.propose(id, '{"n":77}');
    await edits.approve(id, 1, AVERY);
    let place: string | undefined;
    while (place === undefined) {
      const next = await call.next();
      if (next?.kind === 'message' && next.data?.includes('began')) place = next.id ?? '';
    }
    const told = JSON.stringify(await (await mine.listen({ 'last-event-id': place })).rest());
    call.leave();
    await edits.mcp.publish(EDITS_POLICY);
    expect(told).toContain('shoe');
    expect(told).not.toContain('size-43');
    expect(told).toContain('a reviewer changed the arguments of this call');
    expect(told).toContain('holdpoint/edited');
    const { rows } = await edits.mcp.database.pool.query<{ sealed: boolean }>(
      `select f.sealed from frame f join entry e on e.id = f.entry_id
        where e.approval_id = $1 and e.kind = 'call.answered' and f.edge = 'gateway-to-agent'`,
      [id],
    );
    expect(rows).toEqual([{ sealed: true }]);
  });
});

describe('a task that an upstream made of a changed call', () => {
  // Guarantee (invariant 1): what the rules for the arguments that ran mask is masked in all that comes of them.
  it('is masked by what ran, and not by what was asked', async () => {
    const bare = `rules:\n  - { id: shoes, match: { tools: [write] }, when: args.n == 77, mask: [{ field: "**.shoe", as: redact }] }\n`;
    await edits.mcp.publish(EDITS_POLICY.replace('rules:\n', bare));
    const times = `"taskId":"up-1","createdAt":"2026-11-29T00:00:00Z","lastUpdatedAt":"2026-11-29T00:00:00Z","ttlMs":60000,"pollIntervalMs":1000`;
    edits.mcp.upstream.on('tools/call', (call, response) =>
      json(response, resultOf(call.id, `{"resultType":"task",${times},"status":"working"}`)),
    );
    edits.mcp.upstream.on('tasks/get', (call, response) =>
      json(
        response,
        resultOf(
          call.id,
          `{"resultType":"complete",${times},"status":"completed","result":{"content":[],"structuredContent":{"shoe":"size-43"}}}`,
        ),
      ),
    );
    const talk = new TaskTalk(edits.mcp, await edits.mcp.agent('tasker', 'demo'));
    const task = await talk.held(`{"n":${edits.next()}}`);
    await edits.propose(task.approval, '{"n":77}');
    await edits.approve(task.approval, 1, AVERY);
    await talk.settled(task.approval, 'answered');
    const told = JSON.stringify(await talk.get(task.taskId));
    await edits.mcp.publish(EDITS_POLICY);
    expect(told).toContain('shoe');
    expect(told).not.toContain('size-43');
  });
});
