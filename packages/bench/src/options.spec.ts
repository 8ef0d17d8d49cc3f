import { describe, expect, it } from '@jest/globals';
import { BenchError } from './bench.error.ts';
import { needsStage, PARTS, readOptions } from './options.ts';

describe('readOptions', () => {
  it('measures everything, and holds ten thousand calls, unless told otherwise', () => {
    expect(readOptions([])).toMatchObject({ parts: PARTS, isQuick: false, held: 10_000 });
  });

  it('holds few calls in a quick run', () => {
    expect(readOptions(['--quick']).held).toBe(200);
    expect(readOptions(['--quick', '--held', '300']).held).toBe(300);
  });

  it('takes one part and the files to write', () => {
    expect(readOptions(['--only', 'held', '--json', 'a.json', '--chart', 'b.svg'])).toMatchObject({
      parts: ['held'],
      json: 'a.json',
      chart: 'b.svg',
    });
  });

  it('needs no running product for decisions alone', () => {
    expect(readOptions(['--only', 'decide']).parts.some(needsStage)).toBe(false);
    expect(PARTS.filter(needsStage)).toHaveLength(5);
  });

  it.each([['--fast'], ['--only', 'everything'], ['--held', 'many'], ['--held', '0'], ['x']])(
    'refuses %s %s',
    (...args) => {
      expect(() => readOptions(args)).toThrow(BenchError);
    },
  );
});
