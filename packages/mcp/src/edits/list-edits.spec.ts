import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Frame, parseServerFrame } from '../frame/frame.ts';
import { type JsonNode, stringMember } from '../json/json-node.ts';
import { applyEdits } from '../json/json-text.ts';
import { filterListItems, markListPrivate } from './list-edits.ts';

function server(text: string): Frame {
  const read = parseServerFrame(text);
  if (read.kind === 'unreadable') throw new Error(read.reason);
  return read.frame;
}

function without(text: string, ...names: string[]): string {
  const keep = (item: JsonNode): boolean => !names.includes(stringMember(item, 'name') ?? '');
  return applyEdits(text, filterListItems(server(text), keep));
}

describe('filterListItems', () => {
  const text =
    '{"id":1,"result":{ "tools" : [ {"name":"a"}, {"name":"b"} , {"name":"c"} ] ,"x":1.0}}';
  it.each([
    ['nothing', [], '[ {"name":"a"}, {"name":"b"} , {"name":"c"} ]'],
    ['the first', ['a'], '[ {"name":"b"} , {"name":"c"} ]'],
    ['the middle', ['b'], '[ {"name":"a"} , {"name":"c"} ]'],
    ['the last', ['c'], '[ {"name":"a"}, {"name":"b"} ]'],
    ['the first two', ['a', 'b'], '[ {"name":"c"} ]'],
    ['the outer two', ['a', 'c'], '[ {"name":"b"} ]'],
    ['all', ['a', 'b', 'c'], '[  ]'],
  ])('removes %s', (_description, names, list) => {
    expect(without(text, ...names)).toBe(`{"id":1,"result":{ "tools" : ${list} ,"x":1.0}}`);
  });

  it('keeps exactly what is to be kept, as it was written', () => {
    const items = fc.array(fc.tuple(fc.boolean(), fc.jsonValue()), { maxLength: 8 });
    fc.assert(
      fc.property(items, fc.constantFrom('', ' ', '\n'), (drawn, space) => {
        const literals = drawn.map(
          ([kept, value]) => `{"keep":${kept},"value":${JSON.stringify(value)}}`,
        );
        const list = (parts: string[]): string => parts.join(`${space},${space}`);
        const before = `{"id":1,"result":{"prompts":[${list(literals)}]}}`;
        const keep = (item: JsonNode): boolean =>
          item.kind === 'object' &&
          item.members[0]?.value.kind === 'boolean' &&
          item.members[0].value.value;
        const after = applyEdits(before, filterListItems(server(before), keep));
        const kept = literals.filter((_literal, index) => drawn[index]?.[0]);
        expect(JSON.parse(after)).toEqual({
          id: 1,
          result: { prompts: kept.map((literal) => JSON.parse(literal)) },
        });
        for (const literal of kept) expect(after).toContain(literal);
      }),
    );
  });

  it('filters a list hidden under a duplicate key', () => {
    const hidden =
      '{"id":1,"result":{"tools":[{"name":"a"}],"tools":[{"name":"b"},{"name":"a"}]},"result":{"tools":[{"name":"a"}]}}';
    expect(without(hidden, 'a')).toBe(
      '{"id":1,"result":{"tools":[],"tools":[{"name":"b"}]},"result":{"tools":[]}}',
    );
  });

  it('leaves errors and other results alone', () => {
    for (const other of [
      '{"id":1,"error":{"tools":[{"name":"a"}]}}',
      '{"id":1,"result":{"tools":{"name":"a"}}}',
    ]) {
      expect(without(other, 'a')).toBe(other);
    }
  });
});

describe('markListPrivate', () => {
  it('changes the scope where there is one', () => {
    const text = '{"id":1,"result":{"tools":[],"cacheScope": "public" }}';
    expect(applyEdits(text, markListPrivate(server(text)))).toBe(
      '{"id":1,"result":{"tools":[],"cacheScope": "private" }}',
    );
    expect(markListPrivate(server('{"id":1,"result":{"tools":[]}}'))).toEqual([]);
  });
});
