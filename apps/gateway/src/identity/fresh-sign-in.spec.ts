import { describe, expect, it } from '@jest/globals';
import { FRESH_MS, isFresh, provedAt, requireFreshSignIn } from './fresh-sign-in.ts';
import type { SignedInPerson } from './signed-in-person.ts';

const NOW = 1_800_000_000_000;

describe('when a person proved who they are', () => {
  it.each([
    ['the provider’s own word counts', NOW / 1000 - 60, false, NOW - 60_000],
    ['its word counts also where it was asked to insist', NOW / 1000 - 600, true, NOW - 600_000],
    ['a clock that is ahead keeps nothing fresh', NOW / 1000 + 3600, false, NOW],
    ['without its word, a sign-in that it was asked to insist on', undefined, true, NOW],
    ['any other sign-in proves nothing new', undefined, false, undefined],
    ['a word that is no time is none', 'yesterday', false, undefined],
  ])('%s', (_rule, authTime, askedWho, at) => {
    expect(provedAt(authTime, { askedWho, nowMs: NOW })).toBe(at);
  });

  it.each([
    ['just now', NOW, true],
    ['nearly five minutes ago', NOW - FRESH_MS + 1, true],
    ['five minutes ago', NOW - FRESH_MS, false],
    ['never', undefined, false],
  ])('%s', (_when, at, fresh) => {
    const person = { provedAt: at } as SignedInPerson;
    expect(isFresh(person, NOW)).toBe(fresh);
    if (fresh) requireFreshSignIn(person, NOW);
    else
      expect(() => requireFreshSignIn(person, NOW)).toThrow(
        expect.objectContaining({ code: 'fresh_sign_in_needed' }),
      );
  });
});
