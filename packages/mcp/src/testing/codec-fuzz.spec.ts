import { describe, expect, it } from '@jest/globals';
import { type CodecCase, fuzzCodec } from './codec-fuzz.ts';

const SEED = 20_260_728;
const CASES = 80_000;

describe('the codec', () => {
  // Guarantee: no mutated input makes it fail, hang or accept what two parsers read differently.
  it(`keeps its promises for ${CASES} mutated inputs`, () => {
    const counts = new Map<CodecCase, number>();
    for (let index = 0; index < CASES; index += 1) {
      const outcome = fuzzCodec(SEED, index);
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    }
    // A mutator that only ever breaks its frames would test nothing but the first refusal.
    expect(counts.get('accepted')).toBeGreaterThan(CASES / 20);
    expect(counts.get('refused')).toBeGreaterThan(CASES / 20);
  }, 300_000);
});
