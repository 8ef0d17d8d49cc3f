import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Bench } from '../testing/approval-model/bench.ts';

/** Another for each run of this size, so that a repeated run looks elsewhere when it is asked to. */
const SEED = Number(process.env['HOLDPOINT_MODEL_SEED'] ?? 1);
const RUNS = Number(process.env['HOLDPOINT_MODEL_RUNS'] ?? 1500);

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.close());

// Guarantee: as in the short form, on many more ways.
it(`approvals keep every invariant on ${RUNS} random ways of seed ${SEED}`, async () => {
  await expect(bench.check(RUNS, SEED)).resolves.toBeUndefined();
  const made = await bench.made();
  // A model that gets nowhere proves nothing.
  expect(made.get('approved → claimed')).toBeGreaterThan(0);
  process.stdout.write(`approvals: ${JSON.stringify([...made])}\n`);
}, 3_600_000);
