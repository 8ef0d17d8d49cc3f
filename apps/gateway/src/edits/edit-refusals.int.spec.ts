import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApprovalsView } from '../approvals/approvals.view.ts';
import { BreakGlass } from '../approvals/break-glass/break-glass.service.ts';
import { shownBy } from '@holdpoint/approval';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { NumbersService } from '../numbers/numbers.service.ts';
import { toolCall, type Agent } from '../testing/agent.ts';
import { startMcpBench, type McpBench } from '../testing/mcp-bench.ts';
import { reviewerNamed } from '../testing/reviewers.ts';
import { signedInNow } from '../testing/verdict-giver.ts';
import { EditsService } from './edits.service.ts';

let bench: McpBench;
let agent: Agent;

beforeAll(async () => {
  bench = await startMcpBench();
  await bench.connect({ slug: 'hasty', holdDeadlineS: 1 });
  await bench.publish('rules:\n  - { id: writes, match: { tools: [write] }, effect: hold }\n');
  agent = await bench.agent('robot', 'hasty');
  await (await agent.initialize()).text();
});
afterAll(() => bench.close());

const RILEY = reviewerNamed('riley', 'reviewers');
const signedIn = (who: SignedInPerson) => signedInNow(bench.context, who);
const edits = () => bench.context.get(EditsService);
const CHANGED = { step: 0, argumentsText: '{"note":"changed"}' };

let count = 0;
async function held(): Promise<string> {
  count += 1;
  const answer = await agent.post(toolCall(count, 'write', `{"note":"asked ${count}"}`));
  expect(await answer.last()).toContain('Waiting for approval');
  return (await bench.approval('held')).id;
}
const refusals = async (id: string) => {
  const { rows } = await bench.database.pool.query<{ data: unknown }>(
    `select content::json -> 'data' as data from entry where approval_id = $1 and kind = 'approval.edit_refused' order by id`,
    [id],
  );
  return rows.map(({ data }) => data);
};
const current = async (id: string) =>
  (await bench.context.get(ApprovalsView).detail(id, RILEY)).edits.current;
async function groupsOfTenMinutesAgo({ session }: SignedInPerson): Promise<void> {
  await bench.database.pool.query(
    `update console_sign_in set groups_at = now() - interval '10 minutes' where sid = $1`,
    [session],
  );
}

describe('whoever changes the arguments of a held call', () => {
  // Guarantee (invariant 4): what a call would run with is changed by whom the provider still says may.
  it('is asked about first: groups of ten minutes ago are not enough', async () => {
    const id = await held();
    const riley = await signedIn(RILEY);
    await groupsOfTenMinutesAgo(riley);
    const refused = { code: 'sign_in_again' };
    await expect(edits().propose(id, CHANGED, riley)).rejects.toMatchObject(refused);
    await edits().propose(id, CHANGED, await signedIn(RILEY));
    await expect(edits().withdraw(id, 1, riley)).rejects.toMatchObject(refused);
    expect((await current(id))?.state).toBe('proposed');
  });

  it('goes by the groups that were learned by then, not by those of their page', async () => {
    const id = await held();
    const riley = await signedIn(RILEY);
    await bench.database.pool.query(
      `update console_sign_in set groups = '{sales}' where sid = $1`,
      [riley.session],
    );
    await expect(edits().propose(id, CHANGED, riley)).rejects.toMatchObject({
      code: 'not_a_reviewer',
    });
    expect(await current(id)).toBeNull();
  });

  it('is on the record where it is refused, as a verdict is', async () => {
    const id = await held();
    const eve = await signedIn(reviewerNamed('eve', 'sales'));
    await expect(edits().propose(id, CHANGED, eve)).rejects.toMatchObject({
      code: 'not_a_reviewer',
      message: expect.stringContaining('The arguments were not changed'),
    });
    await expect(edits().withdraw(id, 1, eve)).rejects.toMatchObject({ code: 'not_a_reviewer' });
    const broken = { step: 0, argumentsText: '[]' };
    await expect(edits().propose(id, broken, await signedIn(RILEY))).rejects.toMatchObject({
      code: 'edit_invalid',
    });
    expect(await refusals(id)).toEqual([
      { what: 'propose', code: 'not_a_reviewer', person: 'eve' },
      { what: 'withdraw', code: 'not_a_reviewer', person: 'eve' },
      { what: 'propose', code: 'edit_invalid', person: 'riley' },
    ]);
  });

  it('changes nothing once the step’s time is over, though nothing has swept', async () => {
    // Guarantee: database time decides, for every way to decide.
    const id = await held();
    await edits().propose(id, CHANGED, await signedIn(RILEY));
    await bench.database.pool.query(
      `update approval set timer_ends_at = now() - interval '1 ms', timer_at = now() + interval '1 hour' where id = $1`,
      [id],
    );
    const settled = { code: 'settled' };
    const other = { step: 1, argumentsText: '{"note":"other"}' };
    await expect(edits().propose(id, other, await signedIn(RILEY))).rejects.toMatchObject(settled);
    await expect(edits().withdraw(id, 1, await signedIn(RILEY))).rejects.toMatchObject(settled);
    expect(await current(id)).toMatchObject({ number: 1, state: 'proposed' });
  });
});

describe('break-glass on a call whose arguments were changed', () => {
  it('puts the change in force, and it is what runs', async () => {
    // Guarantee (invariant 2): what was approved is what runs, by whichever way.
    const id = await held();
    const asked = `{"note":"asked ${count}"}`;
    await edits().propose(id, CHANGED, await signedIn(RILEY));
    const blake = await signedIn({
      ...reviewerNamed('blake', 'emergency'),
      roles: ['breakglass' as const],
    });
    const shown = await shownBy(await bench.context.get(ApprovalsView).detail(id, blake));
    if (shown === null) throw new Error('Nothing was shown.');
    const input = { reason: 'Customers cannot pay.', confirm: 'break glass', shown } as const;
    await bench.context.get(BreakGlass).use(id, input, blake);
    expect((await current(id))?.state).toBe('in-force');
    bench.upstream.reset();
    expect(await (await agent.post(toolCall(count, 'write', asked))).last()).toContain('done');
    expect(bench.upstream.calls().map(({ text }) => text)).toEqual([
      toolCall(count, 'write', CHANGED.argumentsText),
    ]);
    // And the team's numbers don't call it approved by its chain.
    expect(await bench.context.get(NumbersService).of(7)).toMatchObject({
      edited: 1,
      granted: 0,
      outcomes: { approved: 0, brokenGlass: 1 },
    });
  });
});
