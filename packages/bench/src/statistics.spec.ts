import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { median, medianRatio, percentile, rotated, rounded } from './statistics.ts';

const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
const numbers = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 });

describe('percentile', () => {
  it.each([
    { what: 'the median of one value', values: [7], share: 0.5, expected: 7 },
    { what: 'p99 of one value', values: [7], share: 0.99, expected: 7 },
    { what: 'the median of 1 to 100', values: hundred, share: 0.5, expected: 50 },
    { what: 'p99 of 1 to 100', values: hundred, share: 0.99, expected: 99 },
    { what: 'p100 is the largest', values: hundred, share: 1, expected: 100 },
    { what: 'p0 is the smallest', values: hundred, share: 0, expected: 1 },
    { what: 'numbers sort as numbers', values: [10, 9, 100], share: 0.5, expected: 10 },
  ])('$what', ({ values, share, expected }) => {
    expect(percentile(values, share)).toBe(expected);
  });

  it('is always a measured value, and rises with the share', () => {
    fc.assert(
      fc.property(numbers, fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
        const found = percentile(values, share);
        expect(values.some((value) => value === found)).toBe(true);
        expect(found <= percentile(values, 1)).toBe(true);
      }),
    );
  });

  it('has no answer for nothing', () => {
    expect(() => percentile([], 0.5)).toThrow(RangeError);
  });

  it('leaves its input as it was', () => {
    const values = [3, 1, 2];
    percentile(values, 0.5);
    expect(values).toEqual([3, 1, 2]);
  });
});

describe('median', () => {
  it.each([
    { values: [3, 1, 2], expected: 2 },
    { values: [4, 1, 3, 2], expected: 2.5 },
  ])('of $values is $expected', ({ values, expected }) => {
    expect(median(values)).toBe(expected);
  });

  it('has no answer for nothing', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('medianRatio', () => {
  it('is of the rounds, not of the medians: a slow round slows both sides', () => {
    const rounds = [
      { of: 60, to: 100 },
      { of: 6, to: 10 },
      { of: 600, to: 1000 },
    ];
    expect(medianRatio(rounds)).toBeCloseTo(0.6);
  });

  it('one odd round changes little', () => {
    const rounds = [
      { of: 60, to: 100 },
      { of: 1, to: 100 },
      { of: 61, to: 100 },
    ];
    expect(medianRatio(rounds)).toBeCloseTo(0.6);
  });
});

describe('rotated', () => {
  it('lets each go first in turn', () => {
    expect([0, 1, 2, 3].map((by) => rotated(['a', 'b', 'c'], by).join(''))).toEqual([
      'abc',
      'bca',
      'cab',
      'abc',
    ]);
  });

  it('is empty where there is nothing', () => {
    expect(rotated([], 3)).toEqual([]);
  });
});

describe('rounded', () => {
  it('cuts what no run can know', () => {
    expect(rounded(0.123456, 3)).toBe(0.123);
  });
});
