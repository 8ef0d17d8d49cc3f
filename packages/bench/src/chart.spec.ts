import { describe, expect, it } from '@jest/globals';
import { barChart } from './chart.ts';

const bars = [
  { label: 'direct', value: 200, isAccented: false },
  { label: 'a <b> & "c"', value: 50, isAccented: true },
];

describe('barChart', () => {
  it('draws bars in proportion, the accented one in its own colour', () => {
    const widths = [...barChart('t', 's', bars).matchAll(/<rect class="(\w+)".*?width="(\d+)"/g)];
    expect(widths.map(([, kind]) => kind)).toEqual(['bar', 'accent']);
    const [direct, other] = widths.map(([, , width]) => Number(width));
    expect((direct ?? 0) / (other ?? 1)).toBeCloseTo(4, 1);
  });

  it('escapes its texts', () => {
    expect(barChart('t', 's', bars)).toContain('a &lt;b> &amp; &quot;c&quot;');
  });
});
