import { cpus } from 'node:os';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { EndpointFuzz } from '../testing/fuzz/fuzz-endpoint.ts';

/** Another for each run of this size, so that a repeated run looks elsewhere when it is asked to. */
const SEED = Number(process.env['HOLDPOINT_FUZZ_SEED'] ?? 1);
const CASES = Number(process.env['HOLDPOINT_FUZZ_CASES'] ?? 500_000);

let fuzz: EndpointFuzz;
beforeAll(async () => {
  fuzz = await EndpointFuzz.start();
});
afterAll(() => fuzz.close(), 300_000);

// Guarantee: no mutated frame crashes it, and nothing that policy holds or denies passes.
it(`the endpoint survives ${CASES} mutated frames of seed ${SEED}`, async () => {
  const { violations, passed, outcomes } = await fuzz.run(SEED, 0, CASES);
  const result = {
    seed: SEED,
    cases: CASES,
    passed,
    outcomes,
    node: process.version,
    cores: cpus().length,
  };
  process.stdout.write(`endpoint: ${JSON.stringify(result)}\n`);
  expect(violations).toEqual([]);
  expect(passed).toBeGreaterThan(CASES / 50);
}, 3_600_000);
