import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { shownDigest, type ShownCall } from './index.ts';

const CALL: ShownCall = {
  method: 'tools/call',
  target: 'query',
  argumentsText: '{"sql":"DELETE FROM orders WHERE id = 7"}',
  otherParamsText: null,
};

const anyCall = fc.record({
  method: fc.string({ unit: 'grapheme' }),
  target: fc.option(fc.string({ unit: 'grapheme' })),
  argumentsText: fc.string({ unit: 'grapheme' }),
  otherParamsText: fc.option(fc.string({ unit: 'grapheme' })),
});

describe('shownDigest', () => {
  it('is the same in every process and browser', async () => {
    expect(await shownDigest(CALL)).toBe(
      '4893767903c7104f44654eabb9eceab4bc64aec67b71a9d6812df83a709a443c',
    );
  });

  // Guarantee: a verdict is about exactly what was shown; nothing else has its digest.
  it.each<[string, Partial<ShownCall>]>([
    ['another statement', { argumentsText: '{"sql":"DELETE FROM orders"}' }],
    ['other white space', { argumentsText: '{"sql": "DELETE FROM orders WHERE id = 7"}' }],
    ['another tool', { target: 'execute' }],
    ['no tool', { target: null }],
    ['another method', { method: 'prompts/get' }],
    ['something beside the arguments', { otherParamsText: '{}' }],
  ])('differs for %s', async (_what, change) => {
    expect(await shownDigest({ ...CALL, ...change })).not.toBe(await shownDigest(CALL));
  });

  it('differs whenever a part differs, wherever the parts meet', async () => {
    await fc.assert(
      fc.asyncProperty(anyCall, anyCall, async (one, other) => {
        const isSame =
          one.method === other.method &&
          one.target === other.target &&
          one.argumentsText === other.argumentsText &&
          one.otherParamsText === other.otherParamsText;
        expect((await shownDigest(one)) === (await shownDigest(other))).toBe(isSame);
      }),
    );
  });
});
