import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PeopleRepository } from '../identity/people.repository.ts';
import { ApprovalsBench, reviewer } from '../testing/approvals-bench.ts';
import { until } from '../testing/mcp-bench.ts';
import { signedInNow } from '../testing/verdict-giver.ts';
import { ChainWatch } from './chain-watch.ts';

let first: ApprovalsBench;
let second: ApprovalsBench;

beforeAll(async () => {
  first = await ApprovalsBench.start();
  second = await first.replica();
});
afterAll(() => first.close());

describe('the watch over the chains', () => {
  const nora = reviewer('nora');
  const watches = () => [first, second].map((on) => on.context.get(ChainWatch));
  /** Both replicas at the same time, each more than once. */
  const look = () => Promise.all([...watches(), ...watches()].map((watch) => watch.look()));
  const alarms = async () => (await first.context.get(ChainWatch).alarms()).items;
  const ask = async (...chain: readonly object[]) => {
    await first.pool.query(`update connection set chain = $1, version = version + 1`, [
      JSON.stringify(chain),
    ]);
    await look();
  };
  const recorded = async () => {
    const { rows } = await first.pool.query<{ content: string }>(
      `select content from entry where kind like 'chain.%' order by id`,
    );
    return rows.map(({ content }) => {
      const { kind, data } = JSON.parse(content);
      return `${kind} ${data.verdict}`;
    });
  };
  const begun = 'chain.unsatisfiable short';
  const over = 'chain.satisfiable short';

  it('alarms once when a step’s only person loses the role, and says when that is over', async () => {
    // Guarantee: a chain that nobody can satisfy any more is not silent, and no replica repeats another.
    await first.context.get(PeopleRepository).remember(nora);
    await ask({ groups: [], people: [nora.key], quorum: 1 });
    await signedInNow(first.context, nora);
    await look();
    const before = await recorded();
    expect(await alarms()).toEqual([]);

    await signedInNow(first.context, { ...nora, groups: ['dba'] });
    await look();
    expect(await alarms()).toMatchObject([
      { verdict: 'short', connection: { slug: 'demo' }, step: 0 },
    ]);
    expect((await alarms())[0]?.message).toContain('nora is in no group that gives the role');
    await look();
    expect((await recorded()).slice(before.length)).toEqual([begun]);
    // It denies nothing: the provider may know better.
    const { hold } = await first.held();
    expect(await first.stateOf(hold.approvalId)).toBe('held');

    await signedInNow(first.context, nora);
    await look();
    expect(await alarms()).toEqual([]);
    expect((await recorded()).slice(before.length)).toEqual([begun, over]);
  });

  it('looks by itself when groups are learned', async () => {
    await signedInNow(first.context, { ...nora, groups: [] });
    await until(async () => (await alarms()).length === 1, 'the alarm is raised');
    await signedInNow(first.context, nora);
    await until(async () => (await alarms()).length === 0, 'the alarm is over');
  });

  it('tells groups in which nobody was seen for a month', async () => {
    await ask(
      { groups: ['reviewers'], people: [], quorum: 1 },
      { groups: ['legal'], people: [], quorum: 1 },
    );
    expect(await alarms()).toMatchObject([{ verdict: 'nobody-known', step: 1 }]);
    await first.pool.query(`update person set groups_at = now() - interval '31 days'`);
    await look();
    expect(await alarms()).toMatchObject([{ step: 0 }, { step: 1 }]);
    await ask({ groups: ['reviewers'], people: [], quorum: 1 });
    await signedInNow(first.context, nora);
    await look();
    expect(await alarms()).toEqual([]);
  });
});
