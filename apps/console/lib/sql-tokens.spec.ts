import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { looksLikeSql, sqlTokens } from './sql-tokens.ts';

const kinds = (text: string) =>
  sqlTokens(text)
    .filter((token) => token.text.trim() !== '')
    .map((token) => `${token.kind}:${token.text.trim()}`);

describe('sqlTokens', () => {
  it.each([
    {
      what: 'marks what changes data',
      text: 'DELETE FROM t WHERE id = 7',
      tokens: [
        'danger:DELETE',
        'keyword:FROM',
        'other:t',
        'keyword:WHERE',
        'other:id =',
        'number:7',
      ],
    },
    {
      what: 'keeps a keyword inside a string a string',
      text: "'drop ''it'",
      tokens: ["string:'drop ''it'"],
    },
    { what: 'reads dollar quotes', text: '$x$ drop $x$', tokens: ['string:$x$ drop $x$'] },
    {
      what: 'reads a comment to its line end',
      text: '-- drop\n1',
      tokens: ['comment:-- drop', 'number:1'],
    },
    { what: 'takes an unclosed comment to the end', text: '/* drop', tokens: ['comment:/* drop'] },
    { what: 'reads a quoted name', text: '"drop"', tokens: ['name:"drop"'] },
  ])('$what', ({ text, tokens }) => {
    expect(kinds(text)).toEqual(tokens);
  });

  it('loses no character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(
          sqlTokens(text)
            .map((token) => token.text)
            .join(''),
        ).toBe(text);
      }),
    );
  });
});

describe('looksLikeSql', () => {
  it.each([
    { key: 'sql', value: 'VACUUM full', is: true },
    { key: 'text', value: ' -- hi\n select 1', is: true },
    { key: 'query', value: 'invoices', is: false },
    { key: 'note', value: 'update me later', is: true },
    { key: 'note', value: 'hello world', is: false },
  ])('$key: $value', ({ key, value, is }) => {
    expect(looksLikeSql(key, value)).toBe(is);
  });
});
