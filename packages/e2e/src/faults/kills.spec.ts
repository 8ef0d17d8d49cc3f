import { expect, test } from '@playwright/test';
import { withFreshStack } from './fresh-stack.ts';
import { runKills } from './kill-run.ts';
import { tableOf } from './outcome.ts';
import { nameOf, plan, STEPS } from './steps.ts';

const KILLS = 41;

// A trace would keep every request of every agent.
test.use({ trace: 'off' });

// Guarantee (invariants 1, 2 and 8): whenever the gateway is killed, an approved call runs once, a call
// that nobody approved never, and one whose outcome is lost is shown as unknown.
test('the gateway is killed at every step, and at random', async () => {
  test.setTimeout(15 * 60_000);
  const outcome = await withFreshStack((stack, world) => runKills(stack, world, plan(KILLS)));
  console.log(`\n${tableOf(outcome, STEPS.map(nameOf))}\n`);
  expect(outcome.broken).toEqual([]);
  expect(outcome.kills).toBe(KILLS);
  expect(Object.keys(outcome.rows)).toEqual(expect.arrayContaining(STEPS.map(nameOf)));
  // The kills met what they were meant for: these outcomes exist at these steps only.
  const found = Object.values(outcome.rows);
  expect(sum(found.map((row) => row.unknownRan))).toBeGreaterThan(2);
  expect(sum(found.map((row) => row.unknownNotRun))).toBeGreaterThan(0);
  expect(sum(found.map((row) => row.heldAnswered))).toBeGreaterThan(10);
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
