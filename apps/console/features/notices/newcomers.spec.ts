import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newcomers } from './newcomers.ts';

describe('newcomers', () => {
  it('are none at the first look, whatever waits', () => {
    expect(newcomers(null, ['a', 'b']).fresh).toEqual([]);
  });

  it('are told of once, however often lists come and what leaves and comes back', () => {
    const ids = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 5 });
    fc.assert(
      fc.property(fc.array(ids, { minLength: 1 }), (lists) => {
        const told: string[] = [];
        let known: ReadonlySet<string> | null = null;
        for (const list of lists.map((each) => [...new Set(each)])) {
          const seen = newcomers(known, list);
          known = seen.known;
          told.push(...seen.fresh);
        }
        expect(new Set(told).size).toBe(told.length);
        const first = new Set(lists[0]);
        const later = new Set(
          lists
            .slice(1)
            .flat()
            .filter((id) => !first.has(id)),
        );
        expect(new Set(told)).toEqual(later);
      }),
    );
  });
});
