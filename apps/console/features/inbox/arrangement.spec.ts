import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  arrange,
  idsOf,
  linesOf,
  membersOf,
  nextPending,
  reconcile,
  reconcileSome,
  toggled,
  withoutGone,
  type Arrangement,
  type Placed,
} from './arrangement.ts';

/** `a1`: id `a1` of the group `a`. */
const placed = (...ids: string[]): Placed[] => ids.map((id) => ({ id, group: id.charAt(0) }));
const shown = (arrangement: Arrangement) =>
  linesOf(arrangement).map(({ id, gone, alike }) => {
    const more = alike > 0 ? `+${alike}` : '';
    return gone ? `(${id})${more}` : id + more;
  });

// Guarantee: what the reviewer is about to act on never moves under the hand.
describe('the inbox list', () => {
  const apart = arrange(placed('a1', 'b1', 'a2'), false);
  const grouped = arrange(placed('a1', 'b1', 'a2'), true);

  it('keeps the order it is given', () => {
    expect(shown(apart)).toEqual(['a1', 'b1', 'a2']);
  });
  it('folds alike calls behind the one that waits longest', () => {
    expect(shown(grouped)).toEqual(['a1+1', 'b1']);
    expect(shown(toggled(grouped, 'a1'))).toEqual(['a1', 'a2', 'b1']);
    expect(shown(toggled(toggled(grouped, 'a1'), 'a1'))).toEqual(['a1+1', 'b1']);
  });
  it('adds what is new at the end, even where it comes first', () => {
    expect(shown(reconcile(apart, placed('z1', 'a1', 'b1', 'a2')))).toEqual([
      'a1',
      'b1',
      'a2',
      'z1',
    ]);
  });
  it('counts what joins a block, folded or not, and shows it when asked', () => {
    const all = placed('a1', 'b1', 'a2', 'a3', 'b2', 'c1');
    expect(shown(reconcile(grouped, all))).toEqual(['a1+2', 'b1+1', 'c1']);
    const open = reconcile(toggled(grouped, 'a1'), all);
    expect(shown(open)).toEqual(['a1+1', 'a2', 'b1+1', 'c1']);
    expect(shown(toggled(open, 'a1'))).toEqual(['a1', 'a2', 'a3', 'b1+1', 'c1']);
  });
  it('keeps what left in its place, marked, and takes it back if it comes back', () => {
    const left = reconcile(apart, placed('b1'));
    expect(shown(left)).toEqual(['(a1)', 'b1', '(a2)']);
    expect(shown(reconcile(left, placed('a1', 'b1')))).toEqual(['a1', 'b1', '(a2)']);
    const some = [{ id: 'b1', group: 'b', listed: false }];
    expect(shown(reconcileSome(apart, some))).toEqual(['a1', '(b1)', 'a2']);
  });
  it('does not take up what it hears of and never had', () => {
    expect(shown(reconcileSome(apart, [{ id: 'c1', group: 'c', listed: false }]))).toEqual(
      shown(apart),
    );
  });
  it('drops what left when the person moves on, but not the opened one', () => {
    expect(shown(withoutGone(reconcile(apart, []), 'b1'))).toEqual(['(b1)']);
    expect(shown(withoutGone(reconcile(grouped, placed('b1', 'a2')), null))).toEqual(['a2', 'b1']);
  });
  it('finds the next pending one, folded or not, from the top again at the end', () => {
    expect(nextPending(grouped, 'a1')).toBe('a2');
    expect(nextPending(apart, 'a2')).toBe('a1');
    expect(nextPending(apart, null)).toBe('a1');
    expect(nextPending(reconcile(apart, placed('b1')), 'b1')).toBeNull();
  });
  it('knows who is alike', () => {
    expect(membersOf(grouped, 'a')).toEqual(['a1', 'a2']);
    expect(membersOf(reconcile(apart, placed('b1', 'a2')), 'a')).toEqual(['a2']);
  });

  const someIds = fc.uniqueArray(
    fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 0, max: 9 })).map((x) => x.join('')),
    { maxLength: 20 },
  );
  it('misses none, doubles none and moves none, whatever comes and goes', () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        someIds,
        fc.array(someIds, { minLength: 1 }),
        (group, start, steps) => {
          let list = arrange(placed(...start), group);
          for (const [index, listed] of steps.entries()) {
            const before = linesOf(list).map(({ id }) => id);
            const lead = before[0];
            if (index % 3 === 2 && lead !== undefined) {
              list = toggled(list, lead);
              continue;
            }
            list = reconcile(list, placed(...listed));
            const after = linesOf(list).map(({ id }) => id);
            expect(after.slice(0, before.length)).toEqual(before);
            const ids = idsOf(list);
            expect(new Set(ids).size).toBe(ids.length);
            expect(ids.filter((id) => !list.gone.has(id)).toSorted()).toEqual(listed.toSorted());
          }
          const last = steps.at(-1) ?? [];
          const settled = withoutGone(reconcile(list, placed(...last)), null);
          expect(idsOf(settled).toSorted()).toEqual(last.toSorted());
        },
      ),
    );
  });
});
