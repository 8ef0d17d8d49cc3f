import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileGlob, MAX_GLOB_LENGTH, type GlobKind } from './glob.ts';

const CASES: readonly (readonly [pattern: string, text: string, name: boolean, path: boolean])[] = [
  ['query', 'query', true, true],
  ['query', 'queries', false, false],
  ['query', 'Query', false, false],
  ['*', '', true, true],
  ['*', 'a/b', true, true],
  ['a*', 'a', true, true],
  ['a*', 'a/b', true, false],
  ['a**', 'a/b', true, true],
  ['a/*/c', 'a/b/c', true, true],
  ['a/*/c', 'a/b/b/c', true, false],
  ['a/**/c', 'a/b/b/c', true, true],
  ['a?c', 'abc', true, true],
  ['a?c', 'a/c', true, false],
  ['a?c', 'ac', false, false],
  ['a?', 'a😀', true, true],
  ['*a*b*', 'xxaxxbxx', true, true],
  ['*a*b*', 'xxbxxaxx', false, false],
  ['a.c', 'abc', false, false],
  ['[ab]', 'a', false, false],
  ['***', 'x/y', true, true],
];

/** A bound against hangs, not a measure of speed. */
const A_HANG_MS = 30_000;

describe('compileGlob', () => {
  it.each(CASES)('%s on %s', (pattern, text, name, path) => {
    expect(compileGlob(pattern, 'name')(text)).toBe(name);
    expect(compileGlob(pattern, 'path')(text)).toBe(path);
  });

  it.each(['', 'a'.repeat(MAX_GLOB_LENGTH + 1)])(
    'refuses a pattern of a wrong length',
    (pattern) => {
      expect(() => compileGlob(pattern)).toThrow(expect.objectContaining({ code: 'invalid_glob' }));
    },
  );

  it('guarantees that no text takes longer than pattern times text', () => {
    const glob = compileGlob(`${'a*'.repeat(200)}b`);
    const before = performance.now();
    expect(glob('a'.repeat(5_000))).toBe(false);
    expect(performance.now() - before).toBeLessThan(A_HANG_MS);
  });

  it('agrees with the regular expression it stands for', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.'), maxLength: 8 });
    const pattern = fc.string({
      unit: fc.constantFrom('a', '/', '*', '?', '.'),
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(pattern, word, fc.constantFrom<GlobKind>('name', 'path'), (glob, text, kind) => {
        expect(compileGlob(glob, kind)(text)).toBe(reference(glob, kind).test(text));
      }),
    );
  });
});

function reference(pattern: string, kind: GlobKind): RegExp {
  const one = kind === 'name' ? '.' : '[^/]';
  const source = pattern.replace(/\*+|\?|\./g, (part) => {
    if (part === '.') return '\\.';
    if (part === '?') return one;
    return pattern === part && part.length <= 2 ? '.*' : part === '*' ? `${one}*` : '.*';
  });
  return new RegExp(`^${source}$`, 's');
}
