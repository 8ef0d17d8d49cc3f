import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { definitionLines, hiddenCharacters, memberChanges } from './definition-text.ts';

const tool = (changes: object) =>
  JSON.stringify({
    name: 'query',
    description: 'Runs SQL.',
    inputSchema: { type: 'object' },
    ...changes,
  });

describe('definitionLines', () => {
  it('does not depend on the order of members or on the way a character is written', () => {
    expect(definitionLines('{"a":"\\u200b","b":1.0}')).toBe(
      definitionLines('{ "b": 1.0, "a": "\u200b" }'),
    );
  });

  it('shows numbers as written and both of two members with one name', () => {
    expect(definitionLines('{"a":1.0,"a":1e2}')).toBe('{\n  "a": 1.0,\n  "a": 1e2\n}');
  });

  it('breaks long text, and leaves nothing of it out', () => {
    const words = fc.array(fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme-ascii' }));
    fc.assert(
      fc.property(words, (all) => {
        const text = all.join(' ').replace(/["\\]/g, '');
        const shown = definitionLines(JSON.stringify([text]));
        expect(shown.replace(/\n {6}|\n/g, '').replace(/ /g, '')).toContain(text.replace(/ /g, ''));
        expect(shown.split('\n').every((line) => line.length <= 100)).toBe(true);
      }),
    );
  });
});

describe('hiddenCharacters', () => {
  it.each([
    ['a zero-width space', 'Runs\u200b SQL.', 'U+200B', 'zero-width space'],
    ['a direction override', 'Runs \u202eLQS.', 'U+202E', 'right-to-left override'],
    ['a tag that spells a letter', 'Runs SQL.\u{e0061}', 'U+E0061', 'tag character “a”'],
    ['a letter of another script', 'Runs SQL on \u0440roduction.', 'U+0440', 'looks like'],
    ['a space that is none', 'Runs\u00a0SQL.', 'U+00A0', 'no-break space'],
  ])('names %s', (_, description, code, name) => {
    const [found, ...rest] = hiddenCharacters(tool({ description }));
    expect(found).toMatchObject({ code, count: 1, name: expect.stringContaining(name) });
    expect(rest).toEqual([]);
  });

  it('finds those in names of arguments too, and none in plain text', () => {
    const properties = { 'sql\u200b': { type: 'string' } };
    expect(hiddenCharacters(tool({ inputSchema: { properties } }))).toHaveLength(1);
    expect(hiddenCharacters(tool({ description: 'Zwei Zeilen:\n\tÄnderung – fertig.' }))).toEqual(
      [],
    );
  });
});

describe('memberChanges', () => {
  it.each([
    ['nothing', {}, []],
    ['a description', { description: 'x' }, ['description changed "Runs SQL." → "x"']],
    ['a hint', { annotations: { readOnlyHint: true } }, ['annotations added null']],
    [
      'an argument',
      { inputSchema: { type: 'object', properties: { sql: {} } } },
      ['inputSchema.properties added null'],
    ],
  ])('names %s', (_, changes, expected) => {
    const found = memberChanges(tool({}), tool(changes));
    expect(found.map(({ path, what, values }) => `${path} ${what} ${values}`)).toEqual(expected);
  });

  it('says from what to what a hint turned', () => {
    const hint = (readOnlyHint: boolean) => tool({ annotations: { readOnlyHint } });
    expect(memberChanges(hint(false), hint(true))).toEqual([
      { path: 'annotations.readOnlyHint', what: 'changed', values: 'false → true' },
    ]);
  });
});
