import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ApprovalContextView } from '../approvals/approval-context.ts';
import { claimRelease } from '../approvals/approval.sql.ts';
import { toolCall } from '../testing/agent.ts';
import { AVERY, EDITS_POLICY, EditsBench, RILEY } from '../testing/edits-bench.ts';
import { until } from '../testing/mcp-bench.ts';
import { reviewerNamed } from '../testing/reviewers.ts';
import { json, resultOf } from '../testing/scripted-upstream.ts';
import { TaskTalk } from '../testing/task-talk.ts';

let edits: EditsBench;

beforeAll(async () => {
  edits = await EditsBench.start();
});
afterAll(() => edits.close());
afterEach(() => edits.reset());

const SAM = reviewerNamed('sam', 'security');
const MODERN_META =
  '{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}}';
const MODERN = {
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': 'tools/call',
  'mcp-name': 'write',
};

const codeOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'ok',
    (error: { code?: string }) => error.code,
  );
const entriesOf = async (id: string, kind: string) => {
  const { rows } = await edits.mcp.database.pool.query<{ id: string; content: string }>(
    'select id, content from entry where approval_id = $1 and kind = $2 order by id',
    [id, kind],
  );
  return rows.map((row) => ({ id: row.id, ...JSON.parse(row.content) }));
};

describe('a call that is approved with other arguments', () => {
  it('needs another person, runs exactly what was approved, and its agent is told', async () => {
    // Guarantee (invariant 2): what was approved is what runs, once; a proposal is no approval of itself.
    const waiting = await edits.patient();
    const { n, answer, id } = await edits.hold(waiting);
    await edits.propose(id, `{ "n": ${n}.0, "note":"as approved" }`, RILEY, { note: 'Only these' });
    const seen = await edits.detailOf(id);
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
    expect((await edits.detailOf(id, RILEY)).mayDecide).toMatchObject({
      ok: false,
      code: 'own_edit',
    });
    expect(await codeOf(edits.approve(id, 1, RILEY))).toBe('own_edit');
    expect(edits.mcp.upstream.calls()).toEqual([]);
    await edits.approve(id, 1, AVERY);

    const told = JSON.parse(await answer.last()).result;
    expect(edits.mcp.upstream.calls().map(({ text }) => text)).toEqual([
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
    expect((await edits.detailOf(id)).edits.current?.state).toBe('in-force');
  });

  it('is compared with later by what was approved, not by what was asked', async () => {
    // Guarantee: "the last time this was approved" shows what reviewers let through.
    const waiting = await edits.patient();
    const { n, answer, id } = await edits.hold(waiting);
    const approved = `{"n":${n},"note":"as approved"}`;
    await edits.propose(id, approved);
    await edits.approve(id, 1, AVERY);
    await answer.last();
    const later = await edits.hold(waiting);
    const { lastApproved } = await edits.mcp.context.get(ApprovalContextView).of(later.id, AVERY);
    expect(lastApproved).toMatchObject({ approvalId: id, argumentsText: approved });
  });

  it('is joined by what was asked, and its release by nothing else', async () => {
    const { n, frame, answer, id } = await edits.hold();
    await answer.last();
    await edits.propose(id, `{"n":${n},"note":"changed"}`);
    await edits.approve(id, 1, AVERY);
    // What was approved is not what anybody asked: a call like that is a new one.
    const other = await edits.agent.post(toolCall(900 + n, 'write', `{"n":${n},"note":"changed"}`));
    expect(await other.last()).toContain('Waiting for approval');
    expect(edits.mcp.upstream.calls()).toEqual([]);
    const again = await edits.agent.post(frame);
    expect(await again.last()).toContain('a reviewer changed the arguments');
    expect(edits.mcp.upstream.calls().map(({ text }) => text)).toEqual([
      toolCall(n, 'write', `{"n":${n},"note":"changed"}`),
    ]);
  });

  it('is not released for the arguments that were asked', async () => {
    // Guarantee (invariant 2): the release is bound to the digest of what leaves, in the database.
    const { n, answer, id } = await edits.hold();
    await answer.last();
    await edits.propose(id, `{"n":${n},"note":"changed"}`);
    await edits.approve(id, 1, AVERY);
    const { rows } = await edits.mcp.database.pool.query(
      `update approval set waiter_id = id, waiter_until = now() + interval '1 minute' where id = $1
       returning caller_key as "callerKey", connection_id as "connectionId", method, target, asked_digest as asked,
         params_digest as approved, tool_digest as "toolDigest", policy_version as "policyVersion", freeze_epoch as "freezeEpoch"`,
      [id],
    );
    const [row] = rows;
    const claim = { ...row, approvalId: id, waiterId: id, instance: 1 };
    const { pool } = edits.mcp.database;
    expect(await claimRelease(pool, { ...claim, paramsDigest: row.asked })).toBe(false);
    expect(await claimRelease(pool, { ...claim, paramsDigest: row.approved })).toBe(true);
  });

  it('makes earlier verdicts void, keeps them, and asks every step again and what is new', async () => {
    const { answer, id } = await edits.hold();
    await answer.last();
    await edits.propose(id, '{"n":2000}', RILEY);
    // The rule on large numbers asks for one more step.
    expect((await edits.detailOf(id)).steps.map(({ chain, state }) => [chain, state])).toEqual([
      ['default', 'void'],
      ['default', 'current'],
      ['security', 'waiting'],
    ]);
    await edits.approve(id, 1, AVERY);
    await edits.propose(id, '{"n":2001}', SAM, { step: 2 });
    const detail = await edits.detailOf(id);
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
    expect(await codeOf(edits.approve(id, 1, AVERY))).toBe('not_in_step');
    await edits.approve(id, 3, RILEY);
    expect(await codeOf(edits.approve(id, 4, SAM))).toBe('own_edit');
    await edits.approve(id, 4, reviewerNamed('robin', 'security'));
    expect((await edits.detailOf(id)).state).toBe('approved');
  });

  it('says in its entry that the new arguments have to be signed for', async () => {
    // Guarantee: offline, a verdict without its signature is missed, whatever demanded it.
    const { id, answer } = await edits.hold();
    await answer.last();
    await edits.propose(id, '{"n":8000}');
    expect((await edits.detailOf(id)).passkey).toEqual({ rules: ['signed'] });
    expect(await entriesOf(id, 'approval.edited')).toMatchObject([
      { data: { passkeyRules: ['signed'] } },
    ]);
  });

  it('is as it was asked once its proposal is taken back', async () => {
    const { n, answer, id } = await edits.hold();
    await answer.last();
    await edits.propose(id, `{"n":${n},"note":"changed"}`);
    await edits.withdraw(id, 1);
    expect(await codeOf(edits.withdraw(id, 1))).toBe('edit_stale');
    expect(await edits.detailOf(id)).toMatchObject({
      argumentsText: `{"n":${n}, "note" : "as asked"}`,
      edits: { current: null, earlier: [{ state: 'withdrawn' }] },
      mayDecide: { ok: true, step: 2 },
    });
    await edits.approve(id, 2, RILEY);
    const again = await edits.agent.post(toolCall(n, 'write', `{"n":${n}, "note" : "as asked"}`));
    expect(await again.last()).not.toContain('changed the arguments');
    expect(edits.mcp.upstream.calls()[0]?.text).toContain('as asked');
  });

  it('is judged again with what runs before it leaves', async () => {
    // Guarantee (invariant 2): a deny that came after the approval is about the arguments that would run.
    const { answer, id } = await edits.hold();
    await answer.last();
    await edits.propose(id, '{"n":700}');
    await edits.mcp.publish(EDITS_POLICY.replace('args.n > 9000', 'args.n == 700'));
    const state = await until(async () => {
      const now = await edits.detailOf(id);
      return now.state !== 'held' && now;
    }, 'it is judged again');
    expect(state).toMatchObject({ state: 'denied' });
    await edits.mcp.publish(EDITS_POLICY);
  });

  it('keeps what it runs with in a later round, which the agent goes on with as it called', async () => {
    const asked = `{"n":${edits.next()}}`;
    const ask = (added = '') =>
      edits.agent.post(
        `${toolCall(1, 'write', asked, MODERN_META).slice(0, -2)}${added}}}`,
        MODERN,
      );
    edits.mcp.upstream.on('tools/call', (call, response) =>
      json(
        response,
        call.text.includes('inputResponses')
          ? resultOf(call.id, '{"resultType":"complete","content":[{"type":"text","text":"ok"}]}')
          : resultOf(call.id, '{"resultType":"input_required","requestState":"upstream-1"}'),
      ),
    );
    const first = await ask();
    const { id } = await edits.mcp.approval('held');
    await edits.propose(id, '{"n":77}');
    await edits.approve(id, 1, AVERY);
    let answer = JSON.parse(await first.last()).result;
    // A leg of the wait may end first.
    while (answer._meta === undefined)
      answer = JSON.parse(
        await (await ask(`,"requestState":${JSON.stringify(answer.requestState)}`)).last(),
      ).result;
    const state = JSON.stringify(answer.requestState);
    const last = await ask(`,"requestState":${state},"inputResponses":{}`);
    expect(await last.last()).toContain('a reviewer changed the arguments');
    const ran = edits.mcp.upstream.calls().map(({ text }) => JSON.parse(text).params);
    expect(ran.map((params) => params.arguments)).toEqual([{ n: 77 }, { n: 77 }]);
    expect(ran[1].requestState).toBe('upstream-1');
  });

  // Guarantee: an agent is told with what its call may have run, also where it comes back for the outcome.
  it('is told of where its outcome is unknown by the time its agent comes back', async () => {
    const asked = toolCall(1, 'write', `{"n":${edits.next()}}`, MODERN_META);
    const leg = JSON.parse(await (await edits.agent.post(asked, MODERN)).last()).result;
    const { id } = await edits.mcp.approval('held');
    await edits.propose(id, '{"n":77,"note":"exact-later"}');
    await edits.approve(id, 1, AVERY);
    for (const state of ['claimed', 'unknown'])
      await edits.mcp.database.pool.query('update approval set state = $2 where id = $1', [
        id,
        state,
      ]);
    const state = `,"requestState":${JSON.stringify(leg.requestState)}`;
    const back = await edits.agent.post(`${asked.slice(0, -2)}${state}}}`, MODERN);
    expect(await back.last()).toContain('exact-later');
    const { rows } = await edits.mcp.database.pool.query<{ sealed: boolean }>(
      `select sealed from frame f join entry e on e.id = f.entry_id
        where e.approval_id = $1 and e.kind = 'call.refused'`,
      [id],
    );
    expect(rows).toEqual([{ sealed: true }]);
  });

  it('runs as a task with what was approved', async () => {
    const talk = new TaskTalk(edits.mcp, await edits.mcp.agent('tasker', 'demo'));
    const task = await talk.held(`{"n":${edits.next()}}`);
    await edits.propose(task.approval, '{"n":88}');
    await edits.approve(task.approval, 1, AVERY);
    await talk.settled(task.approval, 'answered');
    expect(JSON.stringify(await talk.get(task.taskId))).toContain('changed the arguments');
    expect(JSON.parse(edits.mcp.upstream.calls()[0]?.text ?? '').params.arguments).toEqual({
      n: 88,
    });
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
    const { n, answer, id } = await edits.hold();
    await answer.last();
    for (const [what, text, code] of REFUSED)
      expect([what, await codeOf(edits.propose(id, text))]).toEqual([what, code]);
    expect(await codeOf(edits.propose(id, `{"note":"as asked","n":${n}}`))).toBe('edit_invalid');
    expect(await codeOf(edits.propose(id, '{"n":1}', RILEY, { step: 1 }))).toBe('not_in_step');
    expect(await edits.detailOf(id)).toMatchObject({
      state: 'held',
      edits: { current: null, earlier: [] },
    });
  });

  it('is for whoever may decide, and only where somebody else is left to approve it', async () => {
    // Guarantee (invariant 4): separation from the caller and between people holds for changes, too.
    const { answer, id } = await edits.hold();
    await answer.last();
    expect(await codeOf(edits.propose(id, '{"n":1}', reviewerNamed('olga', 'sales')))).toBe(
      'not_a_reviewer',
    );
    const caller = { ...RILEY, key: `${edits.mcp.issuer.url}|robot` };
    expect(['own_call', 'unowned_service', 'own_service']).toContain(
      await codeOf(edits.propose(id, '{"n":1}', caller)),
    );
    const lonely = await edits.mcp.agent('robot', 'lonely');
    await (await lonely.initialize()).text();
    const waiting = await edits.hold(lonely);
    expect(await codeOf(edits.propose(waiting.id, '{"n":1}'))).toBe('edit_unsupported');
    waiting.answer.leave();
  });

  it('is only for tool calls', async () => {
    const answer = await edits.agent.post(
      '{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"x:edit"}}',
    );
    await answer.last();
    const { id } = await edits.mcp.approval('held');
    expect(await codeOf(edits.propose(id, '{"n":1}'))).toBe('edit_unsupported');
    expect((await edits.detailOf(id)).edits.mayPropose).toMatchObject({ ok: false });
  });
});
