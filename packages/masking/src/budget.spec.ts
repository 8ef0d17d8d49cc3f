import { describe, expect, it } from '@jest/globals';
import { parseJson } from '@holdpoint/mcp';
import { type BudgetKind, type MaskOptions, type MaskRule, maskFrame, maskText } from './index.ts';

const MAIL: MaskRule = {
  detect: ['email', 'phone', 'credit-card', 'us-ssn', 'iban', 'secret'],
  as: 'redact',
};
const SALARY: MaskRule = { field: '**.salary', as: 'redact' };

function mask(result: unknown, options?: MaskOptions, rules: readonly MaskRule[] = [MAIL, SALARY]) {
  const text = JSON.stringify({ jsonrpc: '2.0', id: 1, result });
  return maskFrame({ text, root: parseJson(text, { mode: 'lenient' }) }, rules, options);
}
const text = (of: string) => ({ content: [{ type: 'text', text: of }] });
const rows = (count: number, row: (index: number) => unknown) => ({
  structuredContent: { rows: Array.from({ length: count }, (_, index) => row(index)) },
});

interface Case {
  readonly what: string;
  readonly result: unknown;
  readonly over: BudgetKind;
  readonly options?: MaskOptions;
}

const over: readonly Case[] = [
  { what: 'values in one text', result: text('a@b.co '.repeat(400_000)), over: 'hits' },
  { what: 'values in rows', result: rows(30_000, () => 'a@b.co'), over: 'hits' },
  { what: 'numbers', result: rows(30_000, () => 4111111111111111), over: 'hits' },
  {
    what: 'keys',
    result: rows(1, () =>
      Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`a${at}@b.co`, 1])),
    ),
    over: 'hits',
  },
  { what: 'fields', result: rows(30_000, (salary) => ({ salary })), over: 'hits' },
  {
    what: 'values below one field',
    result: { structuredContent: { salary: Array.from({ length: 30_000 }, () => 1) } },
    over: 'hits',
  },
  {
    what: 'repetitions of a masked field in a text',
    result: { ...text('98765 '.repeat(200_000)), structuredContent: { salary: 98765 } },
    over: 'hits',
  },
  { what: 'an own bound', result: text('a@b.co a@b.co'), over: 'hits', options: { maxHits: 1 } },
  {
    what: 'a masked text that is too long',
    result: text('a@b.co '.repeat(100)),
    over: 'length',
    options: { maxOutputLength: 1500 },
  },
  {
    what: 'texts that only look like JSON',
    result: text('{"a"}'.repeat(400_000)),
    over: 'work',
  },
];

describe('the budget of masking', () => {
  // Guarantee: one answer can't stall the process, and what is given up on is delivered in no part.
  it.each(over)('ends at $what', ({ result, options, over: kind }) => {
    expect(mask(result, options)).toEqual({
      text: '',
      hits: [],
      hitCount: 0,
      changed: true,
      overBudget: kind,
    });
  });

  it('stops long before the end of the message', () => {
    const elapsed = (repeats: number): number => {
      const value = 'a@b.co '.repeat(repeats);
      const startedAt = performance.now();
      maskText(value, [MAIL]);
      return performance.now() - startedAt;
    };
    elapsed(25_000);
    // A hundred times the values; only the scans that look for a sign of any read all of them.
    expect(elapsed(2_500_000)).toBeLessThan(20 * elapsed(25_000) + 5000);
  });

  it('holds what an answer of ordinary size has', () => {
    const masked = mask(rows(10_000, (id) => ({ id, mail: 'a@b.co', salary: 50_000 + id })));
    expect(masked).toMatchObject({ overBudget: null, hitCount: 20_000 });
    expect(masked.text).not.toContain('a@b.co');
  });

  it('lists the first hundred places and counts all values', () => {
    const { hits, hitCount } = mask(rows(300, () => 'a@b.co and c@d.co'));
    expect(hits).toHaveLength(100);
    expect(hitCount).toBe(600);
    expect(hits.at(-1)?.path).toBe('result.structuredContent.rows.99');
  });
});

describe('hostile texts', () => {
  const units = [
    '4 ',
    '1',
    '@',
    'a@',
    'eyJabcdefg ',
    'password=',
    'a://',
    'GB82 WEST ',
    '+1',
    '—４',
  ];
  // Guarantee: time is linear in the length, whatever the text imitates.
  it.each(units)('a megabyte of %j is read in a moment', (unit) => {
    const value = unit.repeat(Math.ceil(1_000_000 / unit.length));
    const startedAt = performance.now();
    maskText(value, [MAIL, SALARY]);
    expect(performance.now() - startedAt).toBeLessThan(30_000);
  });
});
