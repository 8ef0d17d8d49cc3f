import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { lineDiff } from './line-diff.ts';

const SIGNS = { same: ' ', added: '+', removed: '-' } as const;
const shown = (before: string, after: string) =>
  lineDiff(before, after).map((line) => SIGNS[line.kind] + line.text);

describe('lineDiff', () => {
  it.each([
    { what: 'equal texts', before: 'a\nb', after: 'a\nb', lines: [' a', ' b'] },
    {
      what: 'a changed line',
      before: 'a\nb\nc',
      after: 'a\nx\nc',
      lines: [' a', '-b', '+x', ' c'],
    },
    { what: 'an added line', before: 'a\nc', after: 'a\nb\nc', lines: [' a', '+b', ' c'] },
    { what: 'a removed line', before: 'a\nb\nc', after: 'a\nc', lines: [' a', '-b', ' c'] },
    {
      what: 'a kept line between changes',
      before: 'a\nk\nb',
      after: 'x\nk\ny',
      lines: ['-a', '+x', ' k', '-b', '+y'],
    },
  ])('shows $what', ({ before, after, lines }) => {
    expect(shown(before, after)).toEqual(lines);
  });

  it('gives both texts back', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', '')).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = lineDiff(before, after);
        const side = (skip: 'added' | 'removed') =>
          lines
            .filter((line) => line.kind !== skip)
            .map((line) => line.text)
            .join('\n');
        expect(side('added')).toBe(before);
        expect(side('removed')).toBe(after);
      }),
    );
  });
});
