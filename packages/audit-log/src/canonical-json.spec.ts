import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson } from './canonical-json.ts';
import { AuditLogError } from './audit-log-error.ts';

const cases: readonly { description: string; json: string; canonical: string }[] = [
  {
    description: 'white space',
    json: ' { "b" : [ 1 , true , null ] } ',
    canonical: '{"b":[1,true,null]}',
  },
  { description: 'minus zero', json: '[-0, -0.0, 0e5]', canonical: '[0,0,0]' },
  {
    description: 'whole numbers written as fractions',
    json: '[1.0, 1e2, 4.50]',
    canonical: '[1,100,4.5]',
  },
  {
    description: 'both ends of plain notation',
    json: '[1e20, 1e21, 0.000001, 0.0000001]',
    canonical: '[100000000000000000000,1e+21,0.000001,1e-7]',
  },
  {
    description: 'extreme doubles',
    json: '[5e-324, 1.7976931348623157e308, 9007199254740993]',
    canonical: '[5e-324,1.7976931348623157e+308,9007199254740992]',
  },
  {
    description: 'the number sample of RFC 8785 §3.2.2',
    json: '[333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001]',
    canonical: '[333333333.3333333,1e+30,4.5,0.002,1e-27]',
  },
  {
    description: 'the string sample of RFC 8785 §3.2.2',
    json: String.raw`"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/"`,
    canonical: String.raw`"€$\u000f\nA'B\"\\\\\"/"`,
  },
  {
    description: 'no Unicode normalization',
    json: String.raw`["\u00e5", "a\u030a"]`,
    canonical: '["å","a\u030a"]',
  },
  {
    description: 'line separators stay as they are',
    json: '"\u2028\u2029"',
    canonical: '"\u2028\u2029"',
  },
  {
    description: 'numeric keys as text, the empty key first',
    json: '{"10":1,"9":2,"":3}',
    canonical: '{"":3,"10":1,"9":2}',
  },
  {
    description: 'a member named __proto__',
    json: '{"b":1,"__proto__":{"a":2}}',
    canonical: '{"__proto__":{"a":2},"b":1}',
  },
  {
    description: 'keys by UTF-16 code units, not code points (RFC 8785 §3.2.3)',
    json: String.raw`{"\u20ac":"Euro","\r":"CR","\ufb33":"Dalet","1":"One","\ud83d\ude00":"Smile","\u0080":"Control","\u00f6":"o"}`,
    canonical:
      '{"\\r":"CR","1":"One","\u0080":"Control","ö":"o","€":"Euro","😀":"Smile","\ufb33":"Dalet"}',
  },
];

const refused: readonly { description: string; value: unknown }[] = [
  { description: 'a lone surrogate in a value', value: 'a\ud800' },
  { description: 'a lone surrogate in a key', value: { '\udc00': 1 } },
  { description: 'NaN', value: NaN },
  { description: 'an infinity', value: [Infinity] },
  { description: 'undefined in an object', value: { a: undefined } },
  { description: 'a hole in an array', value: new Array(1) },
  { description: 'a bigint', value: 1n },
  { description: 'a date', value: new Date(0) },
  { description: 'a map', value: new Map() },
  { description: 'a function', value: () => 1 },
];

describe('canonicalJson', () => {
  it.each(cases)('$description', ({ json, canonical }) => {
    expect(canonicalJson(JSON.parse(json))).toBe(canonical);
  });

  it.each(refused)('refuses $description', ({ value }) => {
    expect(refusalOf(value)).toBe('json_not_canonicalizable');
  });

  it('refuses a cycle instead of overflowing the stack', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(refusalOf(cycle)).toBe('json_not_canonicalizable');
  });

  it('is a fixed point, and keeps the value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
        const canonical = refuseNothing(value);
        expect(JSON.parse(canonical)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(refuseNothing(JSON.parse(canonical))).toBe(canonical);
      }),
    );
  });
});

// Reflect.apply hands over what the compiler would not let through.
function refuseNothing(value: unknown): string {
  const written: unknown = Reflect.apply(canonicalJson, undefined, [value]);
  return String(written);
}

function refusalOf(value: unknown): string | undefined {
  try {
    refuseNothing(value);
    return undefined;
  } catch (error) {
    return error instanceof AuditLogError ? error.code : String(error);
  }
}
