import { describe, expect, it } from '@jest/globals';
import { randomBytes } from './random.ts';

describe('randomBytes', () => {
  // Guarantee: no salt, nonce or key is ever used twice.
  it('hands out no bytes twice, whatever the pool does', () => {
    const taken = Array.from({ length: 5_000 }, (_, index) => randomBytes(12 + (index % 21)));
    expect(new Set(taken.map((bytes) => bytes.toString('hex'))).size).toBe(taken.length);
    const before = taken.map((bytes) => bytes.toString('hex'));
    for (let again = 0; again < 1_000; again += 1) randomBytes(32);
    expect(taken.map((bytes) => bytes.toString('hex'))).toEqual(before);
  });

  it.each([0, 1, 16, 8192, 8193, 100_000])('gives exactly %d bytes', (count) => {
    expect(randomBytes(count)).toHaveLength(count);
  });
});
