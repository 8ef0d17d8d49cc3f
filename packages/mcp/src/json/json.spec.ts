import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { McpError } from '../mcp.error.ts';
import { canonicalJson } from './canonical-json.ts';
import { type JsonNode, member, toValue } from './json-node.ts';
import { applyEdits, decodeUtf8, quoteJson } from './json-text.ts';
import { parseJson } from './parse-json.ts';

const strict = (text: string): JsonNode => parseJson(text, { mode: 'strict' });
const lenient = (text: string): JsonNode => parseJson(text, { mode: 'lenient' });

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof McpError) return error.code;
    throw error;
  }
  return 'accepted';
}

/** JSON text with every freedom of spelling that the grammar leaves. */
const spacing = fc.constantFrom('', '', ' ', '\n', '\r\n\t');
const numberText = fc.constantFrom('0', '-0', '1.0', '1e400', '12345678901234567890', '-1.5E-3');
const stringText = fc
  .array(
    fc.constantFrom('a', 'é', '😀', '\\n', '\\"', '\\u0041', '\\ud83d\\ude00', '\\/', '\u2028'),
  )
  .map((parts) => `"${parts.join('')}"`);
const { json: jsonText } = fc.letrec<{ json: string }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small' },
    numberText,
    stringText,
    fc.constantFrom('true', 'false', 'null'),
    fc
      .array(fc.tuple(spacing, tie('json'), spacing), { maxLength: 4 })
      .map((items) => `[${items.map((item) => item.join('')).join(',')}]`),
    fc
      .array(fc.tuple(spacing, tie('json'), spacing), { maxLength: 4 })
      .map((items) => `{${items.map(([a, v, b], i) => `${a}"k${i}"${b}:${a}${v}`).join(',')}}`),
  ),
}));

/** Codes of JSON that strict parsing refuses all the same. */
const AMBIGUOUS = ['duplicate_key', 'lone_surrogate', 'prototype_key', 'unsafe_name'];

describe('parseJson', () => {
  it.each([
    ['duplicate key', '{"a":1,"a":2}', 'duplicate_key', 'accepted'],
    ['duplicate key, one escaped', '{"a":1,"\\u0061":2}', 'duplicate_key', 'accepted'],
    ['duplicate key, deep', '[{"x":{"a":1,"b":2,"a":3}}]', 'duplicate_key', 'accepted'],
    ['__proto__', '{"__proto__":1}', 'prototype_key', 'accepted'],
    ['__proto__, deep and escaped', '[{"a":{"\\u005f_proto__":1}}]', 'prototype_key', 'accepted'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}', 'prototype_key', 'accepted'],
    ['U+0000 in a key', '{"a\\u0000b":1}', 'unsafe_name', 'accepted'],
    ['U+FEFF before a key', '{"\ufeffa":1}', 'unsafe_name', 'accepted'],
    ['U+FEFF in a key', '{"a\ufeff":1}', 'unsafe_name', 'accepted'],
    ['U+FEFF before a value', '"\ufeff"', 'accepted', 'accepted'],
    ['U+0000 in a value', '"\\u0000"', 'accepted', 'accepted'],
    ['escaped lone surrogate', '"\\ud800"', 'lone_surrogate', 'accepted'],
    ['escaped pair in the wrong order', '"\\ude00\\ud83d"', 'lone_surrogate', 'accepted'],
    ['raw lone surrogate', '"\ud800"', 'lone_surrogate', 'accepted'],
    ['raw and escaped half', '"\ud83d\\ude00"', 'lone_surrogate', 'accepted'],
    ['lone surrogate in a key', '{"\\udfff":1}', 'lone_surrogate', 'accepted'],
    ['trailing value', '{} {}', 'trailing_content', 'trailing_content'],
    ['trailing NUL', '{}\0', 'trailing_content', 'trailing_content'],
    ['empty', '', 'invalid_json', 'invalid_json'],
    ['byte order mark', '\ufeff{}', 'invalid_json', 'invalid_json'],
    ['no-break space', '\u00a0{}', 'invalid_json', 'invalid_json'],
    ['trailing comma', '[1,]', 'invalid_json', 'invalid_json'],
    ['comment', '[1/**/]', 'invalid_json', 'invalid_json'],
    ['single quotes', "{'a':1}", 'invalid_json', 'invalid_json'],
    ['leading zero', '01', 'trailing_content', 'trailing_content'],
    ['bare minus', '-', 'invalid_json', 'invalid_json'],
    ['NaN', 'NaN', 'invalid_json', 'invalid_json'],
    ['raw control character', '"\n"', 'invalid_json', 'invalid_json'],
    ['hex escape', '"\\x41"', 'invalid_json', 'invalid_json'],
    ['short unicode escape', '"\\u41"', 'invalid_json', 'invalid_json'],
    ['unicode escape at the end', '"\\u004', 'invalid_json', 'invalid_json'],
    ['unclosed string', '"abc', 'invalid_json', 'invalid_json'],
  ])('%s', (_description, text, whenStrict, whenLenient) => {
    expect(codeOf(() => strict(text))).toBe(whenStrict);
    expect(codeOf(() => lenient(text))).toBe(whenLenient);
  });

  it('refuses nesting beyond the limit, however deep, without exhausting the stack', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(codeOf(() => strict(nested(128)))).toBe('accepted');
    expect(codeOf(() => strict(nested(129)))).toBe('too_deep');
    expect(codeOf(() => lenient(nested(1_000_000)))).toBe('too_deep');
    expect(codeOf(() => parseJson(nested(3), { mode: 'lenient', maxDepth: 2 }))).toBe('too_deep');
  });

  it('reads every spelling as JSON.parse does', () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        const bigAsNumber = (value: unknown): unknown =>
          JSON.parse(
            JSON.stringify(value, (_key, v: unknown) => (typeof v === 'bigint' ? Number(v) : v)),
          );
        expect(bigAsNumber(toValue(strict(text)))).toEqual(bigAsNumber(JSON.parse(text)));
      }),
    );
  });

  it('accepts mutated text exactly when JSON.parse does, lenient at least', () => {
    const mutated = fc
      .tuple(jsonText, fc.nat(), fc.nat(2), fc.constantFrom(...'{}[],:"\\0-.eEu \u00a0\ufefft\0'))
      .map(([text, at, remove, insert]) => {
        const index = at % (text.length + 1);
        return text.slice(0, index) + insert + text.slice(index + remove);
      });
    const native = (text: string): boolean => {
      try {
        JSON.parse(text);
        return true;
      } catch {
        return false;
      }
    };
    fc.assert(
      fc.property(mutated, (text) => {
        expect(codeOf(() => lenient(text)) === 'accepted').toBe(native(text));
        const code = codeOf(() => strict(text));
        if (code === 'accepted') expect(native(text)).toBe(true);
        else if (native(text)) expect(AMBIGUOUS).toContain(code);
      }),
      { numRuns: 2000 },
    );
  });

  it('gives every node the span it was read from', () => {
    const visit = (text: string, node: JsonNode): void => {
      expect(toValue(strict(text.slice(node.start, node.end)))).toEqual(toValue(node));
      if (node.kind === 'array') node.items.forEach((item) => visit(text, item));
      if (node.kind === 'object') {
        for (const { key, start, end, value } of node.members) {
          expect(text.slice(start, end).startsWith(quoteJson(key))).toBe(true);
          expect(value.end).toBe(end);
          visit(text, value);
        }
      }
    };
    fc.assert(fc.property(jsonText, (text) => visit(text, strict(text))));
  });
});

describe('member and toValue', () => {
  it('keep every duplicate and let the last one win', () => {
    const node = lenient('{"a":1,"b":2,"a":3}');
    expect(node.kind === 'object' && node.members.length).toBe(3);
    expect(toValue(node)).toEqual({ a: 3, b: 2 });
    expect(member(node, 'a')).toMatchObject({ raw: '3' });
  });

  it('treat __proto__ as data', () => {
    const value = toValue(lenient('{"__proto__":{"polluted":true}}'));
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value ?? {})).toEqual(['__proto__']);
  });

  it('keep integers beyond the safe range exact', () => {
    expect(toValue(strict('[9007199254740993,1.5,1e400,-0]'))).toEqual([
      9007199254740993n,
      1.5,
      Infinity,
      -0,
    ]);
  });
});

describe('canonicalJson', () => {
  it('does not depend on order, spacing or escapes', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(), (object, rotation) => {
        const entries = Object.entries(object);
        const at = entries.length === 0 ? 0 : rotation % entries.length;
        const turned = Object.fromEntries([...entries.slice(at), ...entries.slice(0, at)]);
        const escaped = JSON.stringify(turned, null, 2).replaceAll('é', '\\u00e9');
        expect(canonicalJson(lenient(escaped))).toBe(
          canonicalJson(lenient(JSON.stringify(object))),
        );
      }),
    );
  });

  it('keeps number literals and sorts by UTF-16 code units', () => {
    expect(canonicalJson(strict('{ "\uffff":1.0, "😀":-0, "a":[1e400, 1] }'))).toBe(
      '{"a":[1e400,1],"😀":-0,"\uffff":1.0}',
    );
  });

  it('keeps every duplicate, so that none can hide from a digest', () => {
    expect(canonicalJson(lenient('{"a":2,"b":0,"a":1}'))).toBe('{"a":2,"a":1,"b":0}');
  });

  it('omits by path', () => {
    const omit = (path: readonly (string | number)[]): boolean => path.join('.') === 'a.1';
    expect(canonicalJson(strict('{"a":[1,2,3],"1":2}'), { omit })).toBe('{"1":2,"a":[1,3]}');
  });
});

describe('applyEdits', () => {
  it('changes nothing without edits', () => {
    fc.assert(fc.property(jsonText, (text) => expect(applyEdits(text, [])).toBe(text)));
  });

  it('replaces one node and leaves every other character', () => {
    const text = '{ "a" : [1.0, "x"] , "b":\t-0 }';
    const a = member(strict(text), 'a');
    const edit = { start: a?.start ?? -1, end: a?.end ?? -1, text: 'null' };
    expect(applyEdits(text, [edit])).toBe('{ "a" : null , "b":\t-0 }');
  });

  it.each([
    [
      'overlap',
      [
        { start: 0, end: 2, text: '' },
        { start: 1, end: 3, text: '' },
      ],
    ],
    ['end before start', [{ start: 2, end: 1, text: '' }]],
    ['beyond the text', [{ start: 0, end: 9, text: '' }]],
    ['before the text', [{ start: -1, end: 1, text: '' }]],
  ])('refuses edits: %s', (_description, edits) => {
    expect(codeOf(() => applyEdits('abcd', edits))).toBe('invalid_edit');
  });
});

describe('decodeUtf8', () => {
  it.each([
    ['overlong form', [0xc0, 0xaf], 'invalid_utf8'],
    ['encoded surrogate', [0xed, 0xa0, 0x80], 'invalid_utf8'],
    ['cut sequence', [0x22, 0xc3], 'invalid_utf8'],
    ['byte order mark', [0xef, 0xbb, 0xbf, 0x7b, 0x7d], 'byte_order_mark'],
    ['plain', [0x7b, 0x7d], 'accepted'],
  ])('%s', (_description, bytes, code) => {
    expect(codeOf(() => decodeUtf8(Uint8Array.from(bytes)))).toBe(code);
  });
});
