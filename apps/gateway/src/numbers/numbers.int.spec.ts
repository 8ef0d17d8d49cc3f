import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EditsService } from '../edits/edits.service.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { routineHolds } from '../policies/simulation/routine-holds.ts';
import { holdsSince } from '../policies/simulation/suggestion.sql.ts';
import { toolCall, type Agent } from '../testing/agent.ts';
import { approveAsShown } from '../testing/approve-as-shown.ts';
import { startMcpBench, type McpBench } from '../testing/mcp-bench.ts';
import { signedInNow } from '../testing/verdict-giver.ts';
import { ENOUGH_HOLDS, numbersOf } from './numbers-of.ts';
import { givenSince, heldSince } from './numbers.sql.ts';

const LONG_AGO = new Date(0);
const FIRST = '00000000-0000-0000-0000-000000000000';

let bench: McpBench;
let agent: Agent;

beforeAll(async () => {
  bench = await startMcpBench();
  bench.upstream.tools.set('write', { name: 'write', inputSchema: { type: 'object' } });
  await bench.connect({ slug: 'hasty', holdDeadlineS: 1 });
  await bench.publish(`rules: [{ id: writes, match: { tools: [write] }, effect: hold }]\n`);
  agent = await bench.agent('robot', 'hasty');
  await (await agent.initialize()).text();
});
afterAll(() => bench.close());

const person = (name: string): SignedInPerson => ({
  key: `http://people.example.com|${name}`,
  name,
  email: null,
  issuer: 'http://people.example.com',
  subject: name,
  groups: ['reviewers'],
  groupsAt: Date.now(),
  roles: ['reviewer'],
});

/** Held an hour ago, looked at then, changed just now and approved: its agent is gone. */
async function changedAndApproved(n: number): Promise<void> {
  const { pool } = bench.database;
  (await agent.post(toolCall(n, 'write', `{"n":${n}}`))).leave();
  const { id } = await bench.approval('held');
  await pool.query(`update approval set held_at = held_at - interval '1 hour' where id = $1`, [id]);
  await pool.query(
    `insert into approval_opening (approval_id, person_key, first_at) values ($1, $2, now() - interval '1 hour')`,
    [id, person('avery').key],
  );
  const input = { step: 0, argumentsText: `{"n":${n}00}` };
  const riley = await signedInNow(bench.context, person('riley'));
  await bench.context.get(EditsService).propose(id, input, riley);
  await approveAsShown(bench.context, id, person('avery'), 1);
}

describe('the numbers of calls whose arguments were changed', () => {
  it('say when the changed call was due, and no rule or suggestion that it was always approved', async () => {
    for (let n = 1; n <= ENOUGH_HOLDS; n++) await changedAndApproved(n);
    const { pool } = bench.database;
    const held = await heldSince(pool, LONG_AGO, 100);
    const given = await givenSince(pool, FIRST);
    const figures = numbersOf({ held, given, days: [] });
    expect(figures).toMatchObject({ edited: ENOUGH_HOLDS, alwaysApproved: [] });
    const [waited] = figures.steps;
    expect(waited).toMatchObject({ position: 1, wait: { n: ENOUGH_HOLDS } });
    // Not the hour that was before there was anything of it to approve.
    expect(waited?.wait.p90Ms).toBeLessThan(60_000);
    expect(figures.reading).toMatchObject({ timed: ENOUGH_HOLDS, underThreeSeconds: ENOUGH_HOLDS });
    expect(routineHolds(await holdsSince(pool, FIRST))).toEqual([]);
  });
});
