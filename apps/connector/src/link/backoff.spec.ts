import { Backoff } from './backoff.ts';

describe('waits', () => {
  it('double up to a bound, each shortened by up to a half', () => {
    const longest = new Backoff(500, 4000, () => 0);
    expect([1, 2, 3, 4, 5].map(() => longest.next())).toEqual([500, 1000, 2000, 4000, 4000]);
    const shortest = new Backoff(500, 4000, () => 1);
    expect([1, 2, 3, 4, 5].map(() => shortest.next())).toEqual([250, 500, 1000, 2000, 2000]);
    longest.reset();
    expect(longest.next()).toBe(500);
  });
});
