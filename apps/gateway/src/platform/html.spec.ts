import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { html } from './html.ts';

describe('text in HTML', () => {
  // Guarantee: nothing that others wrote begins a tag or ends an attribute.
  it('begins no tag, and ends no attribute', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(html(text)).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/u);
      }),
    );
  });
});
