import { describe, expect, it } from '@jest/globals';
import { parseJson } from '@holdpoint/mcp';
import { findingsIn } from './character-findings.ts';

const findings = (value: unknown) =>
  findingsIn(parseJson(JSON.stringify(value), { mode: 'lenient' }));

// Guarantee: what a reader could miss in a payload is listed beside it, with its places.
describe('findingsIn', () => {
  it('lists each character once, with how often and where', () => {
    const { characters } = findings({ sql: 'a\u200bb\nc\u200b', nested: [{ name: 'p\u0430y' }] });
    expect(characters).toEqual([
      expect.objectContaining({ code: 'U+200B', count: 2, places: ['sql, line 1', 'sql, line 2'] }),
      expect.objectContaining({ code: 'U+0430', shown: 'а', places: ['nested[1].name'] }),
    ]);
  });

  it('looks at names too', () => {
    expect(findings({ 'a\u202eb': 1 }).characters).toEqual([
      expect.objectContaining({ code: 'U+202E' }),
    ]);
  });

  it.each([
    { what: 'plain text', value: { a: 'one\ntwo' } },
    { what: 'honest Russian', value: { a: 'Он у нас, а она с ним' } },
    { what: 'a few empty lines', value: { a: 'one\n\n\ntwo' } },
    { what: 'empty lines at the end', value: { a: `one${'\n'.repeat(30)}` } },
    { what: 'an object', value: { a: [1, null, true] } },
  ])('finds nothing in $what', ({ value }) => {
    expect(findings(value)).toEqual({ characters: [], others: 0, gaps: [] });
  });

  it.each([
    {
      what: 'empty lines',
      text: `ls${'\n'.repeat(40)}rm -rf /`,
      gap: '39 empty lines before a, line 41',
    },
    { what: 'spaces', text: `ls${' '.repeat(400)}; rm -rf /`, gap: '400 spaces in a' },
  ])('tells of $what that push the rest out of sight', ({ text, gap }) => {
    expect(findings({ a: text }).gaps).toEqual([gap]);
  });

  it('takes its time with a long text of strange characters only once', () => {
    const { characters } = findings({ a: '\u200b'.repeat(5000) });
    expect(characters).toEqual([expect.objectContaining({ count: 5000, places: ['a'] })]);
  });

  // Guarantee: no arguments keep the page from being shown.
  it('tells of a hundred kinds of characters, and how many more there are', () => {
    const kinds = Array.from({ length: 60_000 }, (_, index) =>
      String.fromCodePoint(0xf0000 + index),
    );
    const { characters, others } = findings({ a: kinds.join('') });
    expect([characters.length, others]).toEqual([100, 59_900]);
  });
});
