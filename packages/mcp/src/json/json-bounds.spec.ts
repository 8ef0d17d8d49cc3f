import { describe, expect, it } from '@jest/globals';
import { parseClientFrame, parseServerFrame } from '../frame/frame.ts';
import { McpError } from '../mcp.error.ts';
import { countValues, toValue } from './json-node.ts';
import { parseJson, type ParseOptions } from './parse-json.ts';

const codeOf = (text: string, options: ParseOptions): string => {
  try {
    parseJson(text, options);
    return 'accepted';
  } catch (error) {
    if (error instanceof McpError) return error.code;
    throw error;
  }
};
const strict = (text: string) => codeOf(text, { mode: 'strict' });
const lenient = (text: string) => codeOf(text, { mode: 'lenient' });
const nested = (open: string, close: string, depth: number) =>
  `${open.repeat(depth)}1${close.repeat(depth)}`;
const ones = (count: number) => `[${Array.from({ length: count }, () => '1').join()}]`;

// Guarantee: no text within the size limit exhausts the stack or takes memory out of proportion.
describe('bounds of a tree', () => {
  it.each([
    ['arrays at the limit', nested('[', ']', 128), 'accepted', 'accepted'],
    ['arrays beyond it', nested('[', ']', 129), 'too_deep', 'accepted'],
    ['objects beyond it', nested('{"a":', '}', 129), 'too_deep', 'accepted'],
    ['a million brackets', '['.repeat(1_000_000), 'too_deep', 'too_deep'],
    ['a million objects', '{"a":'.repeat(1_000_000), 'too_deep', 'too_deep'],
    ['half a million values', ones(499_999), 'accepted', 'accepted'],
    ['one more', ones(500_000), 'too_many_values', 'accepted'],
    ['two million and one', ones(2_000_000), 'too_many_values', 'too_many_values'],
    ['many empty containers', `[${'[],'.repeat(600_000)}[]]`, 'too_many_values', 'accepted'],
    ['a number of a thousand digits', '9'.repeat(1000), 'accepted', 'accepted'],
    ['a number of sixteen million', '9'.repeat(16_000_000), 'number_too_long', 'accepted'],
    ['a fraction as long', `0.${'9'.repeat(1_000_000)}`, 'number_too_long', 'accepted'],
    ['a string of 8 MiB', `"${'x'.repeat(8 << 20)}"`, 'accepted', 'accepted'],
    ['a string of escapes', `"${'\\n'.repeat(1 << 20)}"`, 'accepted', 'accepted'],
    ['a key of 8 MiB', `{"${'k'.repeat(8 << 20)}":1}`, 'accepted', 'accepted'],
  ])('%s', (_description, text, whenStrict, whenLenient) => {
    expect(strict(text)).toBe(whenStrict);
    expect(lenient(text)).toBe(whenLenient);
  });

  it('keep an upstream’s endless number from taking seconds', () => {
    const node = parseJson('9'.repeat(16_000_000), { mode: 'lenient' });
    expect(toValue(node)).toBe(Infinity);
  });

  it('hold for what a call names', () => {
    const call = (method: string, name: string) =>
      parseClientFrame(
        new TextEncoder().encode(
          JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { name } }),
        ),
      );
    expect(call('tools/call', 'n'.repeat(1536)).message.kind).toBe('request');
    expect(call('m'.repeat(128), 'n').message.kind).toBe('request');
    for (const [method, name] of [
      ['tools/call', 'n'.repeat(1537)],
      ['tools/call', '\u20ac'.repeat(513)],
      ['m'.repeat(129), 'n'],
    ] as const)
      expect(() => call(method, name)).toThrow(expect.objectContaining({ code: 'name_too_long' }));
  });

  it('are set by whoever reads a frame', () => {
    const text = `{"jsonrpc":"2.0","id":1,"method":"x","params":{"list":${ones(10)}}}`;
    const bytes = new TextEncoder().encode(text);
    expect(() => parseClientFrame(bytes, { maxValues: 10 })).toThrow(McpError);
    expect(parseServerFrame(bytes, { maxValues: 10 })).toMatchObject({ code: 'too_many_values' });
    expect(parseServerFrame(bytes, { maxDepth: 2 })).toMatchObject({ code: 'too_deep' });
    expect(countValues(parseClientFrame(bytes, { maxValues: 16 }).root)).toBe(16);
  });
});
