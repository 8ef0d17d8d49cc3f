import { describe, expect, it } from '@jest/globals';
import { startsLikeSql } from './approval-sql.ts';

describe('startsLikeSql', () => {
  it.each([
    ['select 1', true],
    ['  -- why\n/* and */ DELETE FROM x', true],
    ['insert  into x', true],
    ['drop', false],
    ['selection of tea', false],
    ['/* never closed', false],
    ['-- only a comment', false],
    ['', false],
    // Guarantee: no text makes looking at it take long.
    ['/**/'.repeat(50_000), false],
    [' '.repeat(200_000), false],
  ])('%#', (text, is) => {
    expect(startsLikeSql(text)).toBe(is);
  });
});
