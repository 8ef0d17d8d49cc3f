import { describe, expect, it } from '@jest/globals';
import { block } from '../senders/plain.ts';
import { shown } from './held-arguments.ts';

const RULES = [
  { detect: ['email' as const], as: 'redact' as const },
  { field: '**.salary', as: 'drop' as const },
];

describe('arguments that leave the house', () => {
  const cases = [
    {
      what: 'keep what no mask touches as it was written',
      text: '{"n":12345678901234567890, "x":1.50}',
      expected: { text: '{"n":12345678901234567890, "x":1.50}', omitted: 0, masked: 0 },
    },
    {
      what: 'are masked by field, at any depth and under any name the protocol has, too',
      text: '{"params":{"name":"a","salary":7},"uri":{"salary":8}}',
      expected: { text: '{"params":{"name":"a"},"uri":{}}', masked: 2 },
    },
    {
      what: 'are masked in texts',
      text: '{"to":"jo@example.com"}',
      expected: { text: expect.not.stringContaining('example.com'), masked: 1 },
    },
    {
      what: 'may be no object',
      text: '"jo@example.com"',
      expected: { text: expect.not.stringContaining('example.com'), masked: 1 },
    },
  ];
  it.each(cases)('$what', ({ text, expected }) => {
    expect(shown(text, RULES)).toMatchObject(expected);
  });

  it('are cut at the end, and say how much is left out', () => {
    const text = JSON.stringify({ text: 'x'.repeat(5000) });
    const cut = shown(text, []);
    expect(cut).toMatchObject({ characters: text.length, omitted: text.length - 2400 });
    expect(cut?.text).toHaveLength(2400);
  });

  // Guarantee: an agent makes no message so long that it is refused, and nobody is told.
  it.each(['\u200b', '\u{e0041}', '\u202e a'])('are short where each %j is written out', (text) => {
    const cut = shown(JSON.stringify({ text: text.repeat(1000) }), []);
    const written = block(cut?.text ?? '');
    expect(written.length).toBeLessThanOrEqual(4800);
    expect(written.length).toBeGreaterThan(4000);
    expect(cut?.omitted).toBeGreaterThan(0);
  });
});
