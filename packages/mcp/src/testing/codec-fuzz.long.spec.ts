import { cpus } from 'node:os';
import { expect, it } from '@jest/globals';
import { type CodecCase, fuzzCodec } from './codec-fuzz.ts';

/** Another for each run of this size, so that a repeated run looks elsewhere when it is asked to. */
const SEED = Number(process.env['HOLDPOINT_FUZZ_SEED'] ?? 1);
const CASES = Number(process.env['HOLDPOINT_FUZZ_CASES'] ?? 500_000);

// Guarantee: no mutated input makes it fail, hang or accept what two parsers read differently.
it(`the codec keeps its promises for ${CASES} mutated inputs of seed ${SEED}`, () => {
  const counts: Partial<Record<CodecCase, number>> = {};
  for (let index = 0; index < CASES; index += 1) {
    const outcome = fuzzCodec(SEED, index);
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  const result = {
    seed: SEED,
    cases: CASES,
    counts,
    node: process.version,
    cores: cpus().length,
  };
  process.stdout.write(`codec: ${JSON.stringify(result)}\n`);
  expect(counts.accepted).toBeGreaterThan(CASES / 20);
}, 3_600_000);
