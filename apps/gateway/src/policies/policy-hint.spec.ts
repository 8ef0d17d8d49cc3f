import { describe, expect, it } from '@jest/globals';
import { mayBeVersion } from './policy-hint.ts';

describe('a hint that policies changed', () => {
  it.each([
    ['a version', '4', true],
    ['a gap, after which any may be missing', null, true],
    ['a draft', 'draft:4', false],
    ['a proposal', 'proposal:4', false],
    ['an empty one', '', false],
  ])('of %s', (_what, id, expected) => {
    expect(mayBeVersion(id)).toBe(expected);
  });
});
