import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { visibleString, visibleText } from './visible-text.ts';

// Guarantee: nothing an agent sends reaches a reviewer's eye as something it is not.
describe('visibleText', () => {
  const cases = [
    { what: 'plain ASCII stays as it is', text: 'delete_rows', shown: 'delete_rows' },
    { what: 'accents are letters', text: 'café Übung', shown: 'café Übung' },
    { what: 'a zero-width space is shown', text: 'de\u200blete', shown: 'de[U+200B]lete' },
    { what: 'a right-to-left override is shown', text: 'a\u202eb', shown: 'a[U+202E]b' },
    { what: 'an isolate is shown', text: 'a\u2066b\u2069', shown: 'a[U+2066]b[U+2069]' },
    { what: 'a control character is shown', text: 'a\u001b[31m', shown: 'a[U+001B][31m' },
    { what: 'a line break in a name is shown', text: 'a\nb', shown: 'a[U+000A]b' },
    { what: 'a no-break space is shown', text: 'a\u00a0b', shown: 'a[U+00A0]b' },
    { what: 'a tag character is shown', text: 'a\u{e0041}', shown: 'a[U+E0041]' },
    { what: 'a lone surrogate is shown', text: 'a\ud800b', shown: 'a[U+D800]b' },
    { what: 'a blank filler letter is shown', text: 'a\u3164b', shown: 'a[U+3164]b' },
    { what: 'Cyrillic inside Latin is shown', text: 'quеry', shown: 'qu[U+0435]ry' },
    {
      what: 'a word of look-alikes is shown',
      text: 'сору',
      shown: '[U+0441][U+043E][U+0440][U+0443]',
    },
    { what: 'Greek inside Latin is shown', text: 'αdmin', shown: '[U+03B1]dmin' },
    { what: 'mathematical letters are shown', text: '𝐫m', shown: '[U+1D42B]m' },
    { what: 'Armenian inside Latin is shown', text: 'rօot', shown: 'r[U+0585]ot' },
    { what: 'a preposition in honest Russian stays', text: 'идём с нами', shown: 'идём с нами' },
    {
      what: 'honest Russian stays',
      text: 'Он у нас, а она с ним. Не тронь её!',
      shown: 'Он у нас, а она с ним. Не тронь её!',
    },
    {
      what: 'honest Greek prose stays',
      text: 'το νερό και ο ουρανός',
      shown: 'το νερό και ο ουρανός',
    },
    { what: 'Japanese beside Latin stays', text: 'Python入門', shown: 'Python入門' },
    { what: 'Korean beside Latin stays', text: 'API를 호출', shown: 'API를 호출' },
    { what: 'Hebrew stays', text: 'מחק שורות', shown: 'מחק שורות' },
    { what: 'Arabic stays', text: 'احذف الصفوف', shown: 'احذف الصفوف' },
    { what: 'honest Cyrillic stays', text: 'удалить', shown: 'удалить' },
    { what: 'honest Greek stays', text: 'διαγραφή', shown: 'διαγραφή' },
    { what: 'Japanese stays', text: '削除する', shown: '削除する' },
    { what: 'full-width letters are shown', text: 'ｒm', shown: '[U+FF52]m' },
    { what: 'an emoji keeps its selector', text: '⚠️ ok', shown: '⚠️ ok' },
  ];

  it.each(cases)('$what', ({ text, shown }) => {
    expect(visibleString(text)).toBe(shown);
  });

  it('keeps line breaks and tabs in a block', () => {
    expect(visibleText('a\n\tb', 'block')).toEqual([{ kind: 'text', text: 'a\n\tb' }]);
  });

  it('loses nothing: what is shown gives the text back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const back = visibleText(text, 'block')
          .map((part) =>
            part.kind === 'text'
              ? part.text
              : String.fromCodePoint(Number.parseInt(part.code.slice(2), 16)),
          )
          .join('');
        expect(back).toBe(text);
      }),
    );
  });

  it('leaves no invisible or direction-changing character in what it shows', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(visibleString(text).replace(/\ufe0f/g, '')).not.toMatch(
          /[\p{Cf}\p{Cc}\p{Zl}\p{Zp}]/u,
        );
      }),
    );
  });
});
