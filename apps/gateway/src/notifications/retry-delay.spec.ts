import { describe, expect, it } from '@jest/globals';
import { retryDelayMs } from './retry-delay.ts';

describe('the time until the next attempt', () => {
  const cases = [
    { attempt: 1, least: 7500, most: 15_000 },
    { attempt: 2, least: 15_000, most: 30_000 },
    { attempt: 7, least: 480_000, most: 960_000 },
    { attempt: 20, least: 900_000, most: 1_800_000 },
  ];
  it.each(cases)('after attempt $attempt', ({ attempt, least, most }) => {
    expect(retryDelayMs(attempt, 0)).toBe(least);
    expect(retryDelayMs(attempt, 1)).toBe(most);
  });
});
