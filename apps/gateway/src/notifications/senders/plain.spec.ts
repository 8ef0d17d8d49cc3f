import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { block, line } from './plain.ts';

// Guarantee: nothing an agent writes forges a line, a header, a tag or a link.
describe('hostile text', () => {
  const cases = [
    {
      what: 'breaks no line',
      text: 'a\r\nBcc: x@example.com',
      shown: 'a[U+000D][U+000A]Bcc: x@example.com',
    },
    { what: 'does not turn around', text: 'a\u202eb', shown: 'a[U+202E]b' },
    { what: 'hides nothing', text: 'a\u200bb', shown: 'a[U+200B]b' },
    {
      what: 'is no link',
      text: 'https://evil.example/x www.evil.example',
      shown: 'https[:]//evil.example/x www[.]evil.example',
    },
    { what: 'is no mail link', text: 'mailto:x', shown: 'mailto[:]x' },
  ];
  it.each(cases)('$what', ({ text, shown }) => {
    expect(line(text)).toBe(shown);
  });

  it('of any kind stays one line, without an address', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(line(text)).not.toMatch(/[\r\n\0]|:\/\//u);
      }),
    );
  });

  it('that is too long says how much is missing', () => {
    expect(line('x'.repeat(12), 10)).toBe('xxxxxxxxxx… (2 more characters)');
  });

  it('keeps its lines as a block', () => {
    expect(block('a\n\tb\r')).toBe('a\n\tb[U+000D]');
  });
});
