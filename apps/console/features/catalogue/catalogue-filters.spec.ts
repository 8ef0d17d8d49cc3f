import { describe, expect, it } from '@jest/globals';
import type { CatalogueItem } from '@holdpoint/contracts';
import { countsOf, filtered, type FilterName } from './catalogue-filters.ts';
import { itemParam, readItemParam } from './item-words.ts';

const AT = '2026-11-22T20:00:00.000Z';

function item(
  name: string,
  state: CatalogueItem['state'] = 'accepted',
  changes: Partial<CatalogueItem> = {},
): CatalogueItem {
  return {
    kind: 'tool',
    name,
    title: null,
    description: null,
    digest: 'd',
    state,
    firstSeenAt: AT,
    changedAt: AT,
    seenAt: AT,
    missingSince: null,
    word: null,
    governance: {
      rules: [],
      governed: 'always',
      otherwise: { effect: 'hold', isMarkedReadOnly: false },
    },
    ...changes,
  };
}

const ITEMS = [
  item('alpha', 'missing', {
    governance: {
      rules: [],
      governed: 'none',
      otherwise: { effect: 'hold', isMarkedReadOnly: false },
    },
  }),
  item('beta', 'accepted', { description: 'Sends MAIL.' }),
  item('file:///a', 'accepted', { kind: 'resource' }),
  item('delta', 'blocked'),
  item('gamma', 'changed'),
  item('zeta', 'new'),
];

const shown = (filters: Partial<Record<FilterName, string>>) =>
  filtered(ITEMS, (name) => filters[name] ?? '').map(({ name }) => name);

describe('the list of a catalogue', () => {
  it.each<[string, Partial<Record<FilterName, string>>, readonly string[]]>([
    [
      'what waits first, what is gone last',
      {},
      ['gamma', 'zeta', 'beta', 'delta', 'file:///a', 'alpha'],
    ],
    ['what waits', { state: 'waiting' }, ['gamma', 'zeta']],
    ['one state', { state: 'blocked' }, ['delta']],
    ['one kind', { kind: 'resource' }, ['file:///a']],
    ['what no rule is about', { rule: 'none' }, ['alpha']],
    ['words of names and descriptions', { q: 'mail' }, ['beta']],
    ['nothing where two filters disagree', { q: 'mail', kind: 'resource' }, []],
  ])('shows %s', (_, filters, expected) => expect(shown(filters)).toEqual(expected));

  it('counts without a rule only what can be called', () => {
    expect(countsOf({ items: ITEMS })).toEqual({
      waiting: 2,
      blocked: 1,
      ungoverned: 0,
      accepted: 2,
      missing: 1,
    });
  });
});

it.each(['tool:query', 'resource:file:///a:b', 'template:x://{y}'])('%s names an item', (param) => {
  const read = readItemParam(param);
  expect(read && itemParam(read)).toBe(param);
});
it.each(['', 'query', 'tool:', 'constructor:x'])('“%s” names none', (param) =>
  expect(readItemParam(param)).toBeUndefined(),
);
