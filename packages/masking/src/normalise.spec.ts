import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { normalise, SIGN } from './normalise.ts';

const piece = fc.constantFrom(
  'a',
  '7',
  ' ',
  '７',
  '\u200b',
  '–',
  '\u00a0',
  '²',
  'ﬁ',
  '😀',
  '𝟚',
  'é',
);

describe('normalise', () => {
  it.each([
    ['４１１１', '4111', SIGN.digit],
    ['a＠b', 'a@b', SIGN.at],
    ['a\u200b@\u00adb', 'a@b', SIGN.at],
    ['𝟒–٤', '4-4', SIGN.digit],
    ['＆', '&', SIGN.ampersand],
    ['東京 😀', '東京 😀', 0],
  ])('reads %j as %j', (text, plain, sign) => {
    const normalised = normalise(text);
    expect(normalised.text).toBe(plain);
    expect(normalised.signs & (SIGN.digit | SIGN.at | SIGN.ampersand)).toBe(sign);
  });

  it('knows where every unit came from', () => {
    fc.assert(
      fc.property(fc.array(piece), (points) => {
        const { text, sourceSpan } = normalise(points.join(''));
        const ends = points.map((_, index) => points.slice(0, index + 1).join('').length);
        let at = 0;
        for (const [index, point] of points.entries()) {
          const form = normalise(point).text;
          const end = ends[index] ?? 0;
          for (let unit = 0; unit < form.length; unit += 1, at += 1) {
            const span = sourceSpan(at, at + 1);
            expect(span.start).toBeGreaterThanOrEqual(end - point.length);
            expect(span.end).toBeLessThanOrEqual(end);
          }
        }
        expect(at).toBe(text.length);
      }),
    );
  });

  it('is the same piece by piece', () => {
    fc.assert(
      fc.property(fc.array(piece), (points) => {
        const joined = points.map((point) => normalise(point).text).join('');
        expect(normalise(points.join('')).text).toBe(joined);
      }),
    );
  });
});
