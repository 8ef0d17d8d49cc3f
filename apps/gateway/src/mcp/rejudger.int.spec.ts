import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ApprovalsView } from '../approvals/approvals.view.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { toolCall, type Agent } from '../testing/agent.ts';
import { approveAsShown } from '../testing/approve-as-shown.ts';
import { startMcpBench, until, type BenchGateway, type McpBench } from '../testing/mcp-bench.ts';
import { reviewerNamed } from '../testing/reviewers.ts';

let bench: McpBench;
let second: BenchGateway;
let agent: Agent;

beforeAll(async () => {
  bench = await startMcpBench({
    HOLDPOINT_MAX_HELD_PER_CALLER: '100',
    HOLDPOINT_ROLES: '{"reviewer":["reviewers","security"],"admin":[],"auditor":[]}',
  });
  second = await bench.open();
  await bench.connect({ slug: 'hasty', holdDeadlineS: 1 });
  agent = await bench.agent();
  await (await agent.initialize()).text();
});
afterAll(() => bench.close());
afterEach(async () => {
  bench.upstream.reset();
  await bench.database.pool.query(
    `update approval set state = 'expired' where state in ('held', 'approved')`,
  );
});

const HOLD = `  - { id: writes, match: { tools: [write] }, effect: hold }`;
const READS = `  - { id: reads, match: { tools: [read] }, effect: allow }`;
const MORE = `  - { id: two-pairs-of-eyes, match: { tools: [write] }, effect: hold, approval: security }
chains: { security: { steps: [{ reviewers: { groups: [security] } }] } }`;
const NEVER = `  - { id: closed, match: { tools: [write] }, effect: deny, message: Closed until Monday. }`;
const policy = (...rules: readonly string[]) => `rules:\n${[READS, ...rules].join('\n')}\n`;

/** As another replica publishes: nobody is told. */
async function publish(...rules: readonly string[]): Promise<number> {
  const { rows } = await bench.database.pool.query<{ number: number }>(
    `insert into policy_version (number, source, published_by)
       select max(number) + 1, $1, 'spec' from policy_version returning number`,
    [policy(...rules)],
  );
  return rows[0]?.number ?? 0;
}

let count = 0;
async function hold(slug?: string) {
  const asking = slug === undefined ? agent : await bench.agent('robot', slug);
  if (slug !== undefined) await (await asking.initialize()).text();
  const n = (count += 1);
  const answer = await asking.post(
    toolCall(n, 'write', `{"n":${n}}`, slug === undefined ? `{"progressToken":${n}}` : undefined),
  );
  await answer.next();
  return {
    answer,
    id: (await bench.approval('held')).id,
    again: toolCall(n, 'write', `{"n":${n}}`),
  };
}

const rowOf = async (id: string) => {
  const { rows } = await bench.database.pool.query<{
    state: string;
    policy_version: number;
    state_reason: string | null;
    rejudged: { wasApproved: boolean; reason: string } | null;
  }>('select state, policy_version, state_reason, rejudged from approval where id = $1', [id]);
  return rows[0];
};
const standsUnder = (id: string, version: number) =>
  until(async () => (await rowOf(id))?.policy_version === version, 'it is judged again');
const recordsOf = async (id: string, kind: string) => {
  const { rows } = await bench.database.pool.query<{ data: Record<string, unknown> }>(
    `select content::json -> 'data' as data from entry where approval_id = $1 and kind = $2 order by id`,
    [id, kind],
  );
  return rows.map(({ data }) => data);
};

const RILEY = reviewerNamed('riley', 'reviewers');
const SAM = reviewerNamed('sam', 'security');
const approve = (id: string, step: number, who: SignedInPerson, on: BenchGateway = bench) =>
  approveAsShown(on.context, id, who, step);
const detailOf = (id: string) => bench.context.get(ApprovalsView).detail(id, RILEY);

describe('when a policy is published, what is open', () => {
  it('asks for the steps that were added, and says so to reviewer and agent', async () => {
    await bench.publish(policy(HOLD));
    const { answer, id } = await hold();
    const version = await publish(HOLD, MORE);
    await standsUnder(id, version);
    const reason = `Judged again under version ${version} of the policy: the rule “two-pairs-of-eyes” asks for one more step.`;
    expect(await detailOf(id)).toMatchObject({
      state: 'held',
      stepCount: 2,
      policyVersion: version,
      rejudged: { addedSteps: 1, wasApproved: false, to: version, reason },
    });
    expect(await recordsOf(id, 'approval.rejudged')).toEqual([
      expect.objectContaining({ to: version, addedSteps: 1, reason }),
    ]);
    // The agent hears it at once, not with the next progress.
    for (;;) if ((await answer.nextData()).includes(reason)) break;
    await approve(id, 0, RILEY);
    expect(bench.upstream.calls()).toEqual([]);
    await approve(id, 1, SAM);
    expect(await answer.last()).toContain('done');
  });

  it('goes back to its reviewers where it was approved and nobody has claimed it', async () => {
    await bench.publish(policy(HOLD));
    const { answer, id, again } = await hold('hasty');
    expect(await answer.last()).toContain('Waiting for approval');
    await approve(id, 0, RILEY);
    expect((await rowOf(id))?.state).toBe('approved');
    const version = await publish(HOLD, MORE);
    await standsUnder(id, version);
    expect(await detailOf(id)).toMatchObject({
      state: 'held',
      currentStep: 1,
      rejudged: { wasApproved: true },
      verdicts: [{ step: 0, verdict: 'approve' }],
    });
    const hasty = await bench.agent('robot', 'hasty');
    await (await hasty.initialize()).text();
    const pending = await (await hasty.post(again)).last();
    expect(pending).toContain('asks for one more step. A reviewer has not decided yet');
    await approve(id, 1, SAM);
    expect(await (await hasty.post(again)).last()).toContain('done');
  });

  it('is denied where the policy denies it now, and the agent reads why', async () => {
    await bench.publish(policy(HOLD));
    const { answer, id } = await hold();
    const version = await publish(HOLD, NEVER);
    const text = await answer.last();
    expect(text).toContain(
      `Denied. Judged again under version ${version} of the policy: Closed until Monday.`,
    );
    expect(await rowOf(id)).toMatchObject({ state: 'denied' });
    expect(await recordsOf(id, 'approval.rejudged')).toEqual([
      expect.objectContaining({ to: version, state: 'denied', approvalRecord: expect.anything() }),
    ]);
  });

  it('stays as it is where the policy is looser, and that is recorded', async () => {
    await bench.publish(policy(HOLD, MORE));
    const { answer, id } = await hold();
    const version = await publish(`  - { id: writes, match: { tools: [write] }, effect: allow }`);
    await standsUnder(id, version);
    expect(await detailOf(id)).toMatchObject({ state: 'held', stepCount: 2, rejudged: null });
    expect(await recordsOf(id, 'approval.rejudged')).toEqual([
      { from: version - 1, to: version, addedSteps: 0 },
    ]);
    await approve(id, 0, RILEY).catch(() => approve(id, 0, SAM));
    await approve(id, 1, SAM).catch(() => approve(id, 1, RILEY));
    expect(await answer.last()).toContain('done');
  });

  // Guarantee: only a policy that can say what it wants changes what people decided.
  it('stays as it is where the policy errs, and is tried again', async () => {
    await bench.publish(policy(HOLD));
    const { answer, id } = await hold();
    const erring = await publish(HOLD, `  - { id: erring, when: args.missing == 1, effect: deny }`);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(await rowOf(id)).toMatchObject({ state: 'held', policy_version: erring - 1 });
    const broken = await publish('  - { id: [');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await rowOf(id)).toMatchObject({ state: 'held', policy_version: broken - 2 });
    const version = await publish(HOLD);
    await until(async () => (await rowOf(id))?.policy_version === version, 'it is tried again');
    await approve(id, 0, RILEY);
    expect(await answer.last()).toContain('done');
  });

  // Guarantee: a verdict at the same moment is recorded and carried, or refused as stale; never lost, never alone enough.
  it('keeps every verdict that races with it', async () => {
    await bench.publish(policy(HOLD));
    for (let round = 0; round < 12; round += 1) {
      const stricter = round % 2 === 0 ? [HOLD, MORE] : [HOLD, NEVER];
      const { answer, id } = await hold();
      const [version, refused] = await Promise.all([
        publish(...stricter),
        new Promise((resolve) => setTimeout(resolve, round * 60)).then(() =>
          approve(id, 0, RILEY, round % 4 < 2 ? bench : second).then(
            () => undefined,
            (error: unknown) => error,
          ),
        ),
      ]);
      if (stricter.includes(NEVER)) {
        // It ran before the policy was in force, or it did not run.
        const text = await answer.last();
        if (refused === undefined) expect(text).toMatch(/done|Closed until Monday/);
        else {
          expect(refused).toBeInstanceOf(GatewayError);
          expect(refused).toMatchObject({ code: 'settled' });
          expect(text).toContain('Closed until Monday');
        }
      } else {
        expect(refused).toBeUndefined();
        const state = await until(async () => {
          const row = await rowOf(id);
          return row?.policy_version === version || row?.state === 'delivered' ? row : undefined;
        }, 'it is judged again');
        const { verdicts } = await detailOf(id);
        expect(verdicts).toHaveLength(1);
        if (state.state === 'held') await approve(id, 1, SAM);
        expect(await answer.last()).toContain('done');
      }
      await bench.publish(policy(HOLD));
    }
  });

  // Guarantee: a thousand are done within seconds, each once, and agents are served meanwhile.
  it('is done within seconds, a thousand of them, while calls pass', async () => {
    await bench.publish(policy(HOLD));
    const { answer, id } = await hold();
    await bench.database.pool.query(COPY_A_THOUSAND, [id]);
    const reads: number[] = [];
    let done = false;
    const load = (async () => {
      while (!done) {
        const before = performance.now();
        await (await agent.post(toolCall('r', 'read'))).text();
        reads.push(performance.now() - before);
      }
    })();
    const version = await publish(HOLD, MORE);
    const before = performance.now();
    await until(async () => {
      const { rows } = await bench.database.pool.query<{ n: string }>(
        `select count(*) as n from approval where state = 'held' and policy_version = $1`,
        [version],
      );
      return Number(rows[0]?.n) === 1001;
    }, 'all are judged again');
    const tookMs = performance.now() - before;
    done = true;
    await load;
    const { rows } = await bench.database.pool.query<{ n: string; approvals: string }>(
      `select count(*) as n, count(distinct approval_id) as approvals from entry
        where kind = 'approval.rejudged' and (content::json #>> '{data,to}')::int = $1`,
      [version],
    );
    expect(rows).toEqual([{ n: '1001', approvals: '1001' }]);
    reads.sort((a, b) => a - b);
    // Both on the same machine, whatever else it does: a call that waited for them would take as long.
    expect(reads[Math.floor(reads.length / 2)]).toBeLessThan(Math.max(250, tookMs / 8));
    answer.leave();
  });
});

const COPY_A_THOUSAND = `
  insert into approval (id, call_id, session_id, connection_id, caller_key, caller, client, method, target,
    params_digest, tool_digest, policy_version, freeze_epoch, decision, steps, state, request_frame_id, expires_at)
  select gen_random_uuid(), gen_random_uuid(), session_id, connection_id, caller_key, caller, client, method, target,
    params_digest || n, tool_digest, policy_version, freeze_epoch, decision, steps, state, request_frame_id, expires_at
  from approval, generate_series(1, 1000) as n where id = $1`;
