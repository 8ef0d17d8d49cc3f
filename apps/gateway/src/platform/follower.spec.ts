import { describe, expect, it, jest } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { Follower } from './follower.ts';

/** A database that says `said`, and memory that shows `shown`; each load takes a while. */
function followed(loadMs = 5) {
  const state = { said: 1, shown: 0, loads: 0, atOnce: 0, most: 0, failures: 0, fails: false };
  const follower = new Follower({
    pollMs: 20,
    isCurrent: () => Promise.resolve(state.said === state.shown),
    async load() {
      state.loads += 1;
      state.atOnce += 1;
      state.most = Math.max(state.most, state.atOnce);
      const { said } = state;
      await delay(loadMs);
      state.atOnce -= 1;
      if (state.fails) throw new Error('away');
      state.shown = said;
    },
    onFailure: () => (state.failures += 1),
  });
  return { state, follower };
}

describe('a follower', () => {
  it('shows what was committed before it was asked, though a load was under way', async () => {
    const { state, follower } = followed();
    const first = follower.refresh();
    state.said = 2;
    await follower.refresh();
    expect(state.shown).toBe(2);
    await first;
  });

  it('loads once at a time, however many ask', async () => {
    const { state, follower } = followed();
    await Promise.all(Array.from({ length: 20 }, () => follower.refresh()));
    expect(state).toMatchObject({ most: 1, loads: 2 });
  });

  it('finds out without a hint', async () => {
    const { state, follower } = followed();
    await follower.start();
    state.said = 7;
    await delay(100);
    expect(state.shown).toBe(7);
    await follower.stop();
    state.said = 8;
    await delay(60);
    expect(state.shown).toBe(7);
  });

  it('keeps what it has while the database is away, and goes on asking', async () => {
    const { state, follower } = followed();
    await follower.start();
    state.fails = true;
    state.said = 3;
    await delay(100);
    expect(state).toMatchObject({ shown: 1 });
    expect(state.failures).toBeGreaterThan(0);
    state.fails = false;
    await delay(100);
    expect(state.shown).toBe(3);
    await follower.stop();
  });

  it('starts without the database', async () => {
    const onFailure = jest.fn();
    const follower = new Follower({
      pollMs: 1000,
      isCurrent: () => Promise.resolve(false),
      load: () => Promise.reject(new Error('away')),
      onFailure,
    });
    await follower.start();
    expect(onFailure).toHaveBeenCalledTimes(1);
    await follower.stop();
  });
});
