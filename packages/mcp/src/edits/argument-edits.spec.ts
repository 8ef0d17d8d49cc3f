import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { modernHeaders } from '../eras/modern-headers.ts';
import { parseClientFrame } from '../frame/frame.ts';
import { parseJson } from '../json/parse-json.ts';
import { applyEdits } from '../json/json-text.ts';
import { replaceArguments } from './argument-edits.ts';

const call = (params: string) =>
  parseClientFrame(
    Buffer.from(`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":${params}}`),
  );
const changed = (params: string, argumentsText: string) => {
  const frame = call(params);
  return applyEdits(frame.text, replaceArguments(frame, argumentsText));
};

/** Keys that strict parsing refuses (`__proto__`, two cases of one) never get as far as an edit. */
const anyArguments = fc.dictionary(fc.string(), fc.jsonValue()).filter((args) => {
  try {
    return call(`{"name":"pay","arguments":${JSON.stringify(args)}}`) !== undefined;
  } catch {
    return false;
  }
});

describe('replaceArguments', () => {
  const cases = [
    {
      what: 'puts exactly the text in the place of the arguments',
      params: '{"name":"pay","arguments":{"n":1.0} , "_meta":{"progressToken":3}}',
      text: '{ "n": 9007199254740993 }',
      expected:
        '{"name":"pay","arguments":{ "n": 9007199254740993 } , "_meta":{"progressToken":3}}',
    },
    {
      what: 'adds them where there were none',
      params: '{"name":"pay"}',
      text: '{"n":1}',
      expected: '{"arguments":{"n":1},"name":"pay"}',
    },
  ];
  it.each(cases)('$what', ({ params, text, expected }) => {
    expect(changed(params, text)).toBe(
      `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":${expected}}`,
    );
  });

  it('changes nothing but the arguments, whatever they are', () => {
    fc.assert(
      fc.property(anyArguments, anyArguments, (before, after) => {
        const params = JSON.stringify({ name: 'pay', arguments: before, _meta: { a: 1 } });
        const now: unknown = JSON.parse(changed(params, JSON.stringify(after)));
        expect(now).toEqual({
          jsonrpc: '2.0',
          id: 7,
          method: 'tools/call',
          params: { name: 'pay', arguments: JSON.parse(JSON.stringify(after)), _meta: { a: 1 } },
        });
      }),
    );
  });

  it('brings the headers that repeat an argument in step', () => {
    const schema = parseJson(
      '{"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"}}}',
      { mode: 'strict' },
    );
    const text = changed('{"name":"pay","arguments":{"region":"eu"}}', '{"region":"us"}');
    expect(modernHeaders(parseClientFrame(Buffer.from(text)), schema)).toMatchObject({
      'Mcp-Name': 'pay',
      'Mcp-Param-Region': 'us',
    });
  });
});
