import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { differencesOf, ownParts } from './argument-differences.ts';

// Guarantee: of calls that are approved together, the page names every place in which they differ.
describe('differencesOf', () => {
  it.each([
    { what: 'nothing', texts: ['{"a":1}', '{"a":1}'], paths: [] },
    { what: 'a value', texts: ['{"a":1,"b":2}', '{"a":1,"b":3}'], paths: ['b'] },
    { what: 'how a number is written', texts: ['{"a":1}', '{"a":1.0}'], paths: ['a'] },
    { what: 'how a text is written', texts: ['{"a":"e"}', '{"a":"\\u0065"}'], paths: ['a'] },
    { what: 'an argument that one lacks', texts: ['{"a":1}', '{}'], paths: ['a', ''] },
    { what: 'inside', texts: ['{"a":{"b":[1,2]}}', '{"a":{"b":[1,3]}}'], paths: ['a.b[1]'] },
    { what: 'a longer list', texts: ['{"a":[1]}', '{"a":[1,2]}'], paths: ['a[1]'] },
    {
      what: 'a key that is there twice',
      texts: ['{"a":1,"a":2}', '{"a":1,"a":3}'],
      paths: ['a (2)'],
    },
    // Two places are never taken for one because of how their names are written.
    {
      what: 'a name with a dot',
      texts: ['{"a.b":1}', '{"a":{"b":1}}'],
      paths: ['["a.b"]', 'a.b'],
    },
    { what: 'a name like a list', texts: ['{"a[0]":1}', '{"a":[1]}'], paths: ['["a[0]"]', 'a[0]'] },
    { what: 'an empty name', texts: ['{"":{"a":1}}', '{"a":1}'], paths: ['[""].a', 'a'] },
    {
      what: 'a name like a second one',
      texts: ['{"a":1,"a (2)":2}', '{"a":1,"a":2}'],
      paths: ['["a (2)"]', 'a (2)'],
    },
    { what: 'what is no JSON', texts: ['{', '{"a":1}'], paths: ['', 'a'] },
  ])('$what', ({ texts, paths }) => {
    expect(differencesOf(texts).map(({ path }) => path)).toEqual(paths);
  });

  // Guarantee: no arguments keep the page from being shown.
  it('does not repeat a long name with every place below it', () => {
    const name = 'k'.repeat(120_000);
    const texts = [0, 1].map((value) => JSON.stringify({ [name]: Array(100).fill(value) }));
    expect(differencesOf(texts)).toEqual([{ path: '', values: texts }]);
  });

  it('finds a difference wherever two values differ', () => {
    const some = fc.dictionary(fc.constantFrom('a', 'b'), fc.jsonValue({ maxDepth: 2 }));
    fc.assert(
      fc.property(some, some, (one, other) => {
        const texts = [one, other].map((value) => JSON.stringify(value));
        const sorted = [one, other].map((value) =>
          JSON.stringify(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))),
        );
        // Objects inside may be written in another order: only equal texts must have no difference.
        if (texts[0] === texts[1]) expect(differencesOf(texts)).toEqual([]);
        else if (sorted[0] !== sorted[1] && !sameInside(one, other))
          expect(differencesOf(texts).length).toBeGreaterThan(0);
      }),
    );
  });
});

function sameInside(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return JSON.stringify(one) === JSON.stringify(other);
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [a, b] = [Object.entries(one), new Map(Object.entries(other))];
  return (
    a.length === b.size && a.every(([key, value]) => b.has(key) && sameInside(value, b.get(key)))
  );
}

describe('ownParts', () => {
  it('cuts no character in two and loses nothing', () => {
    const texts = fc.array(fc.array(fc.constantFrom('a', 'b', '😀', '😁')), { minLength: 1 });
    fc.assert(
      fc.property(texts, (parts) => {
        const values = parts.map((part) => part.join(''));
        ownParts(values).forEach((part, index) => {
          expect(`${part?.before}${part?.own}${part?.after}`).toBe(values[index]);
          expect(part?.own.isWellFormed()).toBe(true);
        });
      }),
    );
  });
  it('leaves out what has no value', () => {
    expect(ownParts(['ab', null, 'ac'])).toEqual([
      { before: 'a', own: 'b', after: '' },
      null,
      { before: 'a', own: 'c', after: '' },
    ]);
  });
});
