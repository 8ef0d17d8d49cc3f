import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { EditInput } from '@holdpoint/contracts';
import { ApprovalContextView } from '../approvals/approval-context.ts';
import { ApprovalsView } from '../approvals/approvals.view.ts';
import { claimRelease } from '../approvals/approval.sql.ts';
import { HeldPayload } from '../approvals/held-payload.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { toolCall, type Agent } from '../testing/agent.ts';
import { approveAsShown } from '../testing/approve-as-shown.ts';
import { startMcpBench, until, type McpBench } from '../testing/mcp-bench.ts';
import { event, json, resultOf, stream } from '../testing/scripted-upstream.ts';
import { TaskTalk } from '../testing/task-talk.ts';
import { signedInNow } from '../testing/verdict-giver.ts';
import { EditsService } from './edits.service.ts';

let bench: McpBench;
let agent: Agent;

const POLICY = `rules:
  - { id: writes, match: { tools: [write] }, effect: hold }
  - { id: large, match: { tools: [write] }, when: args.n > 1000, effect: hold, approval: security }
  - { id: signed, match: { tools: [write] }, when: args.n == 8000, effect: hold, stepUp: passkey }
  - { id: huge, match: { tools: [write] }, when: args.n > 9000, effect: deny, message: Not so many at once. }
  - { id: resources, match: { methods: [resources/read] }, effect: hold }
chains: { security: { steps: [{ reviewers: { groups: [security] } }] } }
`;

beforeAll(async () => {
  bench = await startMcpBench({
    HOLDPOINT_ROLES: '{"reviewer":["reviewers","security"],"admin":[],"auditor":[]}',
  });
  bench.upstream.tools.set('write', {
    name: 'write',
    inputSchema: {
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      properties: { n: { type: 'integer' }, note: { type: 'string' } },
      required: ['n'],
      additionalProperties: false,
    },
  });
  await bench.connect({ slug: 'hasty', holdDeadlineS: 1 });
  await bench.connect({ slug: 'lonely', chain: [{ people: [key('riley')] }] });
  await bench.publish(POLICY);
  agent = await bench.agent('robot', 'hasty');
  await (await agent.initialize()).text();
});
afterAll(() => bench.close());
afterEach(async () => {
  bench.upstream.reset();
  await bench.database.pool.query(
    `update approval set state = 'expired' where state in ('held', 'approved')`,
  );
});

const key = (name: string) => `http://people.example.com|${name}`;
const person = (name: string, ...groups: readonly string[]): SignedInPerson => ({
  key: key(name),
  name,
  email: null,
  issuer: 'http://people.example.com',
  subject: name,
  groups,
  groupsAt: Date.now(),
  roles: ['reviewer'],
});
const RILEY = person('riley', 'reviewers');
const AVERY = person('avery', 'reviewers');
const SAM = person('sam', 'security');

const propose = async (
  id: string,
  argumentsText: string,
  who = RILEY,
  more: Partial<EditInput> = {},
) => {
  const input = { step: 0, argumentsText, ...more };
  await bench.context.get(EditsService).propose(id, input, await signedInNow(bench.context, who));
};
const withdraw = async (id: string, number: number, who = RILEY) =>
  bench.context.get(EditsService).withdraw(id, number, await signedInNow(bench.context, who));
const detailOf = (id: string, who = AVERY) => bench.context.get(ApprovalsView).detail(id, who);
const approve = (id: string, step: number, who: SignedInPerson) =>
  approveAsShown(bench.context, id, who, step);
const codeOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'ok',
    (error: { code?: string }) => error.code,
  );

let count = 0;
async function hold(as = agent) {
  const n = (count += 1);
  const frame = toolCall(n, 'write', `{"n":${n}, "note" : "as asked"}`);
  const answer = await as.post(frame);
  const { id } = await bench.approval('held');
  return { n, frame, answer, id };
}
const entriesOf = async (id: string, kind: string) => {
  const { rows } = await bench.database.pool.query<{ id: string; content: string }>(
    'select id, content from entry where approval_id = $1 and kind = $2 order by id',
    [id, kind],
  );
  return rows.map((row) => ({ id: row.id, ...JSON.parse(row.content) }));
};

describe('a call that is approved with other arguments', () => {
  it('needs another person, runs exactly what was approved, and its agent is told', async () => {
    // Guarantee (invariant 2): what was approved is what runs, once; a proposal is no approval of itself.
    const waiting = await bench.agent('robot', 'demo');
    await (await waiting.initialize()).text();
    const { n, answer, id } = await hold(waiting);
    await propose(id, `{ "n": ${n}.0, "note":"as approved" }`, RILEY, { note: 'Only these' });
    const seen = await detailOf(id);
    expect(seen).toMatchObject({
      state: 'held',
      argumentsText: `{ "n": ${n}.0, "note":"as approved" }`,
      edits: {
        current: { number: 1, editor: { name: 'riley' }, note: 'Only these', state: 'proposed' },
        askedArgumentsText: `{"n":${n}, "note" : "as asked"}`,
      },
      mayDecide: { ok: true, step: 1 },
    });
    expect(seen.paramsDigest).not.toBe(seen.edits.askedDigest);
    expect((await detailOf(id, RILEY)).mayDecide).toMatchObject({ ok: false, code: 'own_edit' });
    expect(await codeOf(approve(id, 1, RILEY))).toBe('own_edit');
    expect(bench.upstream.calls()).toEqual([]);
    await approve(id, 1, AVERY);

    const told = JSON.parse(await answer.last()).result;
    expect(bench.upstream.calls().map(({ text }) => text)).toEqual([
      toolCall(n, 'write', `{ "n": ${n}.0, "note":"as approved" }`),
    ]);
    expect(told.content[0]).toEqual({ type: 'text', text: 'done' });
    expect(told.content[1].text).toContain('a reviewer changed the arguments');
    expect(told.content[1].text).toContain('"note":"as approved"');
    expect(told._meta['holdpoint/edited']).toEqual({
      arguments: { n, note: 'as approved' },
      note: 'Only these',
    });
    // The frame that left is recorded with its own digest, beside the one that came.
    const [forwarded] = await entriesOf(id, 'call.forwarded');
    expect(forwarded).toMatchObject({
      data: { edit: 1, askedDigest: seen.edits.askedDigest, paramsDigest: seen.paramsDigest },
      frames: [{ edge: 'gateway-to-upstream' }],
    });
    expect(await entriesOf(id, 'approval.edited')).toMatchObject([
      { who: RILEY.key, data: { edit: 1, paramsDigest: seen.paramsDigest } },
    ]);
    expect((await detailOf(id)).edits.current?.state).toBe('in-force');
  });

  it('is compared with later by what was approved, not by what was asked', async () => {
    // Guarantee: "the last time this was approved" shows what reviewers let through.
    const waiting = await bench.agent('robot', 'demo');
    await (await waiting.initialize()).text();
    const { n, answer, id } = await hold(waiting);
    const approved = `{"n":${n},"note":"as approved"}`;
    await propose(id, approved);
    await approve(id, 1, AVERY);
    await answer.last();
    const later = await hold(waiting);
    const { lastApproved } = await bench.context.get(ApprovalContextView).of(later.id, AVERY);
    expect(lastApproved).toMatchObject({ approvalId: id, argumentsText: approved });
  });

  it('is joined by what was asked, and its release by nothing else', async () => {
    const { n, frame, answer, id } = await hold();
    await answer.last();
    await propose(id, `{"n":${n},"note":"changed"}`);
    await approve(id, 1, AVERY);
    // What was approved is not what anybody asked: a call like that is a new one.
    const other = await agent.post(toolCall(900 + n, 'write', `{"n":${n},"note":"changed"}`));
    expect(await other.last()).toContain('Waiting for approval');
    expect(bench.upstream.calls()).toEqual([]);
    const again = await agent.post(frame);
    expect(await again.last()).toContain('a reviewer changed the arguments');
    expect(bench.upstream.calls().map(({ text }) => text)).toEqual([
      toolCall(n, 'write', `{"n":${n},"note":"changed"}`),
    ]);
  });

  it('is not released for the arguments that were asked', async () => {
    // Guarantee (invariant 2): the release is bound to the digest of what leaves, in the database.
    const { n, answer, id } = await hold();
    await answer.last();
    await propose(id, `{"n":${n},"note":"changed"}`);
    await approve(id, 1, AVERY);
    const { rows } = await bench.database.pool.query(
      `update approval set waiter_id = id, waiter_until = now() + interval '1 minute' where id = $1
       returning caller_key as "callerKey", connection_id as "connectionId", method, target, asked_digest as asked,
         params_digest as approved, tool_digest as "toolDigest", policy_version as "policyVersion", freeze_epoch as "freezeEpoch"`,
      [id],
    );
    const [row] = rows;
    const claim = { ...row, approvalId: id, waiterId: id, instance: 1 };
    const { pool } = bench.database;
    expect(await claimRelease(pool, { ...claim, paramsDigest: row.asked })).toBe(false);
    expect(await claimRelease(pool, { ...claim, paramsDigest: row.approved })).toBe(true);
  });

  it('makes earlier verdicts void, keeps them, and asks every step again and what is new', async () => {
    const { answer, id } = await hold();
    await answer.last();
    await propose(id, '{"n":2000}', RILEY);
    // The rule on large numbers asks for one more step.
    expect((await detailOf(id)).steps.map(({ chain, state }) => [chain, state])).toEqual([
      ['default', 'void'],
      ['default', 'current'],
      ['security', 'waiting'],
    ]);
    await approve(id, 1, AVERY);
    await propose(id, '{"n":2001}', SAM, { step: 2 });
    const detail = await detailOf(id);
    expect(detail.verdicts).toHaveLength(1);
    expect(detail.steps.map(({ state }) => state)).toEqual([
      'void',
      'void',
      'void',
      'current',
      'waiting',
    ]);
    expect(detail.edits.earlier).toMatchObject([{ number: 1, state: 'superseded' }]);
    // A verdict on what was shown before is not one on this.
    expect(await codeOf(approve(id, 1, AVERY))).toBe('not_in_step');
    await approve(id, 3, RILEY);
    expect(await codeOf(approve(id, 4, SAM))).toBe('own_edit');
    await approve(id, 4, person('robin', 'security'));
    expect((await detailOf(id)).state).toBe('approved');
  });

  it('says in its entry that the new arguments have to be signed for', async () => {
    // Guarantee: offline, a verdict without its signature is missed, whatever demanded it.
    const { id, answer } = await hold();
    await answer.last();
    await propose(id, '{"n":8000}');
    expect((await detailOf(id)).passkey).toEqual({ rules: ['signed'] });
    expect(await entriesOf(id, 'approval.edited')).toMatchObject([
      { data: { passkeyRules: ['signed'] } },
    ]);
  });

  it('is as it was asked once its proposal is taken back', async () => {
    const { n, answer, id } = await hold();
    await answer.last();
    await propose(id, `{"n":${n},"note":"changed"}`);
    await withdraw(id, 1);
    expect(await codeOf(withdraw(id, 1))).toBe('edit_stale');
    expect(await detailOf(id)).toMatchObject({
      argumentsText: `{"n":${n}, "note" : "as asked"}`,
      edits: { current: null, earlier: [{ state: 'withdrawn' }] },
      mayDecide: { ok: true, step: 2 },
    });
    await approve(id, 2, RILEY);
    const again = await agent.post(toolCall(n, 'write', `{"n":${n}, "note" : "as asked"}`));
    expect(await again.last()).not.toContain('changed the arguments');
    expect(bench.upstream.calls()[0]?.text).toContain('as asked');
  });

  it('is judged again with what runs before it leaves', async () => {
    // Guarantee (invariant 2): a deny that came after the approval is about the arguments that would run.
    const { answer, id } = await hold();
    await answer.last();
    await propose(id, '{"n":700}');
    await bench.publish(POLICY.replace('args.n > 9000', 'args.n == 700'));
    const state = await until(async () => {
      const now = await detailOf(id);
      return now.state !== 'held' && now;
    }, 'it is judged again');
    expect(state).toMatchObject({ state: 'denied' });
    await bench.publish(POLICY);
  });

  it('keeps what it runs with in a later round, which the agent goes on with as it called', async () => {
    const modern =
      '{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}}';
    const headers = {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'write',
    };
    const asked = `{"n":${(count += 1)}}`;
    const ask = (added = '') =>
      agent.post(`${toolCall(1, 'write', asked, modern).slice(0, -2)}${added}}}`, headers);
    bench.upstream.on('tools/call', (call, response) =>
      json(
        response,
        call.text.includes('inputResponses')
          ? resultOf(call.id, '{"resultType":"complete","content":[{"type":"text","text":"ok"}]}')
          : resultOf(call.id, '{"resultType":"input_required","requestState":"upstream-1"}'),
      ),
    );
    const first = await ask();
    const { id } = await bench.approval('held');
    await propose(id, '{"n":77}');
    await approve(id, 1, AVERY);
    let answer = JSON.parse(await first.last()).result;
    // A leg of the wait may end first.
    while (answer._meta === undefined)
      answer = JSON.parse(
        await (await ask(`,"requestState":${JSON.stringify(answer.requestState)}`)).last(),
      ).result;
    const state = JSON.stringify(answer.requestState);
    const last = await ask(`,"requestState":${state},"inputResponses":{}`);
    expect(await last.last()).toContain('a reviewer changed the arguments');
    const ran = bench.upstream.calls().map(({ text }) => JSON.parse(text).params);
    expect(ran.map((params) => params.arguments)).toEqual([{ n: 77 }, { n: 77 }]);
    expect(ran[1].requestState).toBe('upstream-1');
  });

  // Guarantee: an agent is told with what its call may have run, also where it comes back for the outcome.
  it('is told of where its outcome is unknown by the time its agent comes back', async () => {
    const modern =
      '{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}}';
    const headers = {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'write',
    };
    const asked = toolCall(1, 'write', `{"n":${(count += 1)}}`, modern);
    const leg = JSON.parse(await (await agent.post(asked, headers)).last()).result;
    const { id } = await bench.approval('held');
    await propose(id, '{"n":77,"note":"exact-later"}');
    await approve(id, 1, AVERY);
    for (const state of ['claimed', 'unknown'])
      await bench.database.pool.query('update approval set state = $2 where id = $1', [id, state]);
    const state = `,"requestState":${JSON.stringify(leg.requestState)}`;
    const back = await agent.post(`${asked.slice(0, -2)}${state}}}`, headers);
    expect(await back.last()).toContain('exact-later');
    const { rows } = await bench.database.pool.query<{ sealed: boolean }>(
      `select sealed from frame f join entry e on e.id = f.entry_id
        where e.approval_id = $1 and e.kind = 'call.refused'`,
      [id],
    );
    expect(rows).toEqual([{ sealed: true }]);
  });

  it('runs as a task with what was approved', async () => {
    const talk = new TaskTalk(bench, await bench.agent('tasker', 'demo'));
    const task = await talk.held(`{"n":${(count += 1)}}`);
    await propose(task.approval, '{"n":88}');
    await approve(task.approval, 1, AVERY);
    await talk.settled(task.approval, 'answered');
    expect(JSON.stringify(await talk.get(task.taskId))).toContain('changed the arguments');
    expect(JSON.parse(bench.upstream.calls()[0]?.text ?? '').params.arguments).toEqual({ n: 88 });
  });
});

describe('the arguments that a reviewer gave a call', () => {
  // Guarantee: what is exact is sealed, also where its agent is told of it; entries hold digests instead.
  const AUDITOR: SignedInPerson = { ...person('olga', 'audit'), roles: ['auditor'] };
  const plainOf = async (id: string) => {
    const { pool } = bench.database;
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
    const payload = bench.context.get(HeldPayload);
    const texts = await payload.texts(frames.map((frame) => frame.id));
    const seen = await detailOf(id, AUDITOR);
    return JSON.stringify([entries, kept, [...texts.values()], seen]);
  };
  const changed = async (secret: string) => {
    const waiting = await bench.agent('robot', 'demo');
    await (await waiting.initialize()).text();
    const { n, answer, id } = await hold(waiting);
    await propose(id, `{"n":${n},"note":"${secret}"}`);
    await approve(id, 1, AVERY);
    return { answer, id };
  };

  it('are read with its answer by whoever may open its request, and by nobody else', async () => {
    const { answer, id } = await changed('exact-answered');
    expect(await answer.last()).toContain('exact-answered');
    expect((await detailOf(id)).answerText).toContain('exact-answered');
    expect(await plainOf(id)).not.toContain('exact-answered');
  });

  it('are told to its agent where its outcome is unknown, and stand in no entry', async () => {
    bench.upstream.on('tools/call', (_asked, response) => void response.destroy());
    const { answer, id } = await changed('exact-unknown');
    expect(await answer.last()).toContain('exact-unknown');
    await until(async () => (await detailOf(id)).state === 'unknown', 'it is settled');
    expect(await plainOf(id)).not.toContain('exact-unknown');
  });

  it('are not said to have run where the call has not', async () => {
    bench.upstream.on('tools/call', (_asked, response) => void response.writeHead(404).end());
    const { answer, id } = await changed('exact-refused');
    const told = await answer.last();
    expect(told).toContain('exact-refused');
    expect(told).not.toContain('ran with');
    await until(async () => (await detailOf(id)).state === 'failed', 'it is settled');
    expect(await plainOf(id)).not.toContain('exact-refused');
  });

  it('are told by a task in the same way, whatever came of it', async () => {
    const talk = new TaskTalk(bench, await bench.agent('tasker', 'demo'));
    const runs = async (note: string) => {
      const task = await talk.held(`{"n":${(count += 1)}}`);
      await propose(task.approval, `{"n":88,"note":"${note}"}`);
      await approve(task.approval, 1, AVERY);
      return task;
    };
    const done = await runs('exact-done');
    await talk.settled(done.approval, 'answered');
    expect(JSON.stringify(await talk.get(done.taskId))).toContain('exact-done');
    expect(await plainOf(done.approval)).not.toContain('exact-done');
    bench.upstream.on('tools/call', (_asked, response) => void response.destroy());
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
    await bench.publish(POLICY.replace('rules:\n', bare));
    const mine = await bench.agent('robot', 'demo');
    await (await mine.initialize()).text();
    const note =
      '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"began"}}';
    bench.upstream.on('tools/call', (_call, response) => {
      stream(response, event(note, 'id: p1\n'));
    });
    bench.upstream.on('GET', (_call, response) => {
      const shoe = '{"content":[],"structuredContent":{"shoe":"size-43"}}';
      stream(response).end(event(resultOf('31', shoe)));
    });
    const call = await mine.post(toolCall(31, 'write', `{"n":${(count += 1)}}`));
    const { id } = await bench.approval('held');
    await propose(id, '{"n":77}');
    await approve(id, 1, AVERY);
    let place: string | undefined;
    while (place === undefined) {
      const next = await call.next();
      if (next?.kind === 'message' && next.data?.includes('began')) place = next.id ?? '';
    }
    const told = JSON.stringify(await (await mine.listen({ 'last-event-id': place })).rest());
    call.leave();
    await bench.publish(POLICY);
    expect(told).toContain('shoe');
    expect(told).not.toContain('size-43');
    expect(told).toContain('a reviewer changed the arguments of this call');
    expect(told).toContain('holdpoint/edited');
    const { rows } = await bench.database.pool.query<{ sealed: boolean }>(
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
    await bench.publish(POLICY.replace('rules:\n', bare));
    const times = `"taskId":"up-1","createdAt":"2026-11-29T00:00:00Z","lastUpdatedAt":"2026-11-29T00:00:00Z","ttlMs":60000,"pollIntervalMs":1000`;
    bench.upstream.on('tools/call', (call, response) =>
      json(response, resultOf(call.id, `{"resultType":"task",${times},"status":"working"}`)),
    );
    bench.upstream.on('tasks/get', (call, response) =>
      json(
        response,
        resultOf(
          call.id,
          `{"resultType":"complete",${times},"status":"completed","result":{"content":[],"structuredContent":{"shoe":"size-43"}}}`,
        ),
      ),
    );
    const talk = new TaskTalk(bench, await bench.agent('tasker', 'demo'));
    const task = await talk.held(`{"n":${(count += 1)}}`);
    await propose(task.approval, '{"n":77}');
    await approve(task.approval, 1, AVERY);
    await talk.settled(task.approval, 'answered');
    const told = JSON.stringify(await talk.get(task.taskId));
    await bench.publish(POLICY);
    expect(told).toContain('shoe');
    expect(told).not.toContain('size-43');
  });
});

describe('a proposal of other arguments', () => {
  const REFUSED = [
    ['that are no JSON', '{"n":', 'edit_invalid'],
    ['that say a key twice', '{"n":1,"n":2}', 'edit_invalid'],
    ['that are no object', '[1]', 'edit_invalid'],
    ['that the schema does not allow', '{"n":"1"}', 'edit_invalid'],
    ['that lack what the schema requires', '{}', 'edit_invalid'],
    ['that the policy denies', '{"n":9001}', 'edit_denied'],
  ] as const;
  it('is refused where its text is nothing that may run, and changes nothing', async () => {
    const { n, answer, id } = await hold();
    await answer.last();
    for (const [what, text, code] of REFUSED)
      expect([what, await codeOf(propose(id, text))]).toEqual([what, code]);
    expect(await codeOf(propose(id, `{"note":"as asked","n":${n}}`))).toBe('edit_invalid');
    expect(await codeOf(propose(id, '{"n":1}', RILEY, { step: 1 }))).toBe('not_in_step');
    expect(await detailOf(id)).toMatchObject({
      state: 'held',
      edits: { current: null, earlier: [] },
    });
  });

  it('is for whoever may decide, and only where somebody else is left to approve it', async () => {
    // Guarantee (invariant 4): separation from the caller and between people holds for changes, too.
    const { answer, id } = await hold();
    await answer.last();
    expect(await codeOf(propose(id, '{"n":1}', person('olga', 'sales')))).toBe('not_a_reviewer');
    const caller = { ...RILEY, key: `${bench.issuer.url}|robot` };
    expect(['own_call', 'unowned_service', 'own_service']).toContain(
      await codeOf(propose(id, '{"n":1}', caller)),
    );
    const lonely = await bench.agent('robot', 'lonely');
    await (await lonely.initialize()).text();
    const waiting = await hold(lonely);
    expect(await codeOf(propose(waiting.id, '{"n":1}'))).toBe('edit_unsupported');
    waiting.answer.leave();
  });

  it('is only for tool calls', async () => {
    const answer = await agent.post(
      '{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"x:edit"}}',
    );
    await answer.last();
    const { id } = await bench.approval('held');
    expect(await codeOf(propose(id, '{"n":1}'))).toBe('edit_unsupported');
    expect((await detailOf(id)).edits.mayPropose).toMatchObject({ ok: false });
  });
});
