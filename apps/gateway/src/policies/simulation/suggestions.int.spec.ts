import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { compilePolicy } from '@holdpoint/policy';
import { ApprovalsView } from '../../approvals/approvals.view.ts';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { NumbersService } from '../../numbers/numbers.service.ts';
import { toolCall, type Agent } from '../../testing/agent.ts';
import { startMcpBench, type McpBench } from '../../testing/mcp-bench.ts';
import { ObservedService } from './observed.service.ts';
import { SuggestionsService } from './suggestions.service.ts';

const POLICY = `rules:
  - { id: reads, match: { tools: [read] }, effect: allow }
  - { id: writes, match: { tools: [write, erring] }, effect: hold }
  - { id: idle, match: { tools: [never-called] }, effect: deny }
  - { id: watched, match: { tools: [read] }, when: args.n > 2, effect: deny, mode: observe }
`;
const HOLDS = 10;

let bench: McpBench;
let agent: Agent;

beforeAll(async () => {
  bench = await startMcpBench();
  await bench.publish(POLICY);
  agent = await bench.agent();
  await (await agent.initialize()).text();
  let id = 0;
  const call = async (tool: string, args: string, verdict?: 'approve' | 'deny') => {
    const answer = await agent.post(toolCall((id += 1), tool, args));
    if (verdict !== undefined) await bench.decide(verdict);
    await answer.last();
  };
  for (let n = 0; n < HOLDS; n++) await call('write', `{"order":${n}}`, 'approve');
  for (let n = 0; n < HOLDS; n++) await call('erring', `{"sql":"delete from t${n}"}`, 'approve');
  for (let n = 0; n < 110; n++) await call('read', `{"n":${n % 5}}`);
  (await agent.post(toolCall((id += 1), 'staff', '{}'))).leave();
});
afterAll(() => bench.close());

describe('suggestions from history', () => {
  it('name what was always approved, unless it may do harm', async () => {
    const { items } = await bench.context.get(SuggestionsService).suggestions();
    const routine = items.filter(({ kind }) => kind === 'always-approved');
    // The deletes were approved as often.
    expect(routine).toMatchObject([
      { ruleId: 'writes', count: HOLDS, connection: 'demo', callers: [expect.any(String)] },
    ]);
    expect(routine[0]?.calls.length).toBe(5);
    expect(compilePolicy(routine[0]?.draft ?? '').ok).toBe(true);
    expect(routine[0]?.draft).toContain('allow-write');
  });

  it('name calls that no rule is about, and rules that are about no call', async () => {
    const { items, examined } = await bench.context.get(SuggestionsService).suggestions();
    const uncovered = items.filter(({ kind }) => kind === 'not-covered');
    expect(uncovered).toMatchObject([{ count: 1, connection: 'demo' }]);
    expect(uncovered[0]?.draft).toContain('decide-staff');
    const idle = items.flatMap((one) => (one.kind === 'never-matched' ? one.ruleId : []));
    expect(idle).toEqual(['idle']);
    expect(examined).toBeGreaterThanOrEqual(130);
  });
});

describe('rules in observe mode', () => {
  it('are shown with what they would have done, as it was recorded', async () => {
    const { rules } = await bench.context.get(ObservedService).observed();
    expect(rules).toMatchObject([
      { ruleId: 'watched', effect: 'deny', matched: 44, wouldChange: 44, erred: 0 },
    ]);
    expect(rules[0]?.calls[0]).toMatchObject({ target: 'read', effect: 'allow' });
    const enforced = compilePolicy(rules[0]?.draft ?? '');
    expect(enforced.ok && enforced.policy.rules.some(({ observed }) => observed)).toBe(false);
  });
});

describe('the numbers of the team', () => {
  it('count verdicts, waits, first looks, and rules that are always approved', async () => {
    const reviewer: SignedInPerson = {
      key: 'http://people.example.com|riley',
      name: 'Riley',
      email: null,
      issuer: 'http://people.example.com',
      subject: 'riley',
      groups: ['reviewers'],
      groupsAt: Date.now(),
      roles: ['reviewer'],
    };
    const stranger = { ...reviewer, key: 'http://people.example.com|sasha', groups: ['others'] };
    const answer = await agent.post(toolCall('last', 'write', '{"order":"last"}'));
    const { id } = await bench.approval('held');
    const view = bench.context.get(ApprovalsView);
    for (const person of [reviewer, stranger, reviewer]) await view.detail(id, person);
    const openings = await bench.database.pool.query(
      `select o.person_key, o.first_at >= a.held_at as after from approval_opening o
       join approval a on a.id = o.approval_id where a.id = $1`,
      [id],
    );
    // Only who may decide, and once.
    expect(openings.rows).toEqual([{ person_key: reviewer.key, after: true }]);
    await bench.decide('approve', id);
    await answer.last();

    const held = 2 * HOLDS + 1;
    const numbers = await bench.context.get(NumbersService).of(7);
    expect(numbers).toMatchObject({
      // One more waits: its agent left it.
      held: held + 1,
      cut: false,
      outcomes: { approved: held, waiting: 1, nobodyDecided: 0 },
      steps: [{ position: 1, wait: { n: held } }],
      groups: [{ group: 'reviewers', wait: { n: held } }],
      reading: { approvals: held, timed: held },
      people: [{ person: { key: reviewer.key }, approvals: held, denials: 0 }],
      alwaysApproved: [{ ruleId: 'writes', n: held }],
    });
    expect(numbers.byDay).toHaveLength(7);
  });
});
