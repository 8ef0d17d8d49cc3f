import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { urlParts } from './url-parts.ts';

// Guarantee: an address shows where it goes, whatever it looks like.
describe('urlParts', () => {
  it.each([
    {
      text: 'https://example.com/a?b#c',
      host: 'example.com',
      goesTo: 'example.com',
      inLetters: null,
      warnings: 0,
    },
    {
      text: 'http://example.com',
      host: 'example.com',
      goesTo: 'example.com',
      inLetters: null,
      warnings: 1,
    },
    {
      text: 'https://bank.example@evil.example/',
      host: 'evil.example',
      goesTo: 'evil.example',
      inLetters: null,
      warnings: 1,
    },
    {
      text: 'https://xn--80ak6aa92e.com/',
      host: 'xn--80ak6aa92e.com',
      goesTo: 'xn--80ak6aa92e.com',
      inLetters: 'аррӏе.com',
      warnings: 1,
    },
    {
      text: 'https://bücher.example',
      host: 'bücher.example',
      goesTo: 'xn--bcher-kva.example',
      inLetters: 'bücher.example',
      warnings: 1,
    },
    { text: 'https://0x7f.1/', host: '0x7f.1', goesTo: '127.0.0.1', inLetters: null, warnings: 1 },
    {
      text: 'https://example.com\\@evil.example',
      host: 'example.com',
      goesTo: 'example.com',
      inLetters: null,
      warnings: 1,
    },
    { text: 'file:///etc/passwd', host: '', goesTo: null, inLetters: null, warnings: 1 },
    { text: 'https://[bad', host: '[bad', goesTo: null, inLetters: null, warnings: 0 },
  ])('$text', ({ text, warnings, ...rest }) => {
    const parts = urlParts(text);
    expect(parts).toMatchObject(rest);
    expect(parts.warnings).toHaveLength(warnings);
  });

  it.each([
    'https://[::ffff:169.254.169.254]/latest',
    'https://[::ffff:7f00:1]/',
    'https://[::]/',
    'https://localhost./',
    'https://metadata.google.internal./',
    'https://100.64.0.1/',
    'https://[64:ff9b::10.0.0.1]/',
  ])('%s is inside the network', (text) => {
    expect(urlParts(text).warnings).toContain('an address inside the network');
  });

  it.each(['https://[::ffff:8.8.8.8]/', 'https://[2001:db8::1]/', 'https://100.128.0.1/'])(
    '%s is not',
    (text) => {
      expect(urlParts(text).warnings).toEqual([]);
    },
  );

  it('loses nothing of what was written', () => {
    fc.assert(
      fc.property(fc.webUrl({ withFragments: true, withQueryParameters: true }), (text) => {
        const { scheme, userInfo, host, rest } = urlParts(text);
        expect(scheme + userInfo + host + rest).toBe(text);
      }),
    );
  });

  // Guarantee: no address keeps the page from being shown.
  it('leaves a label as it is that is too long for a name', () => {
    const host = `xn--${'ab'.repeat(120_000)}`;
    expect(urlParts(`ssh://${host}/`)).toMatchObject({ goesTo: host, inLetters: null });
  });
});
