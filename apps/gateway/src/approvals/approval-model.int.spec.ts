import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Bench } from '../testing/approval-model/bench.ts';

/** A failure names its seed: set it, and the run is the same as far as the clock lets it. */
const SEED = process.env['HOLDPOINT_MODEL_SEED'];
const RUNS = Number(process.env['HOLDPOINT_MODEL_RUNS'] ?? 10);

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.close());

// Guarantee: whatever comes together on two replicas, nothing runs twice, unapproved, frozen or unrecorded.
it('an approval goes only where the table leads, on any way through holds, verdicts, timers and deaths', async () => {
  await expect(
    bench.check(RUNS, SEED === undefined ? undefined : Number(SEED)),
  ).resolves.toBeUndefined();
  const made = await bench.made();
  // A model that gets nowhere proves nothing.
  expect(made.get('approved → claimed')).toBeGreaterThan(0);
}, 600_000);
