import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { textRows, type TextRow } from './text-rows.ts';

const back = (rows: readonly TextRow<{ readonly text: string }>[]) =>
  rows
    .map(({ line, pieces }, index) => {
      const text = pieces.map((piece) => piece.text).join('');
      return (index > 0 && line !== null ? '\n' : '') + text;
    })
    .join('');

describe('textRows', () => {
  it('gives each line its number', () => {
    expect(textRows([{ text: 'a\n\nb' }]).map(({ line }) => line)).toEqual([1, 2, 3]);
  });

  it('goes on with a very long line in the next row', () => {
    const rows = textRows([{ text: 'x'.repeat(5000) }]);
    expect(rows.map(({ line }) => line)).toEqual([1, null, null]);
  });

  it('loses nothing and halves no character', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.nat(2100), (texts, shift) => {
        const long = 'x'.repeat(shift) + '😀'.repeat(1500);
        const pieces = [...texts, long, '\n', long].map((text) => ({ text }));
        const rows = textRows(pieces);
        expect(back(rows)).toBe(pieces.map(({ text }) => text).join(''));
        for (const { pieces: shown } of rows)
          expect(shown.every(({ text }) => text.isWellFormed())).toBe(true);
      }),
    );
  });
});
