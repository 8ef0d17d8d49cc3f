import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { returnAddress } from './return-address.ts';

const OWN = 'https://holdpoint.example';

// Guarantee: a link to the sign-in can't send a person, freshly signed in, to somebody else's site.
describe('where a sign-in leads back to', () => {
  it.each([
    ['a page', '/inbox/1?x=2#y', '/inbox/1?x=2#y'],
    ['an own address in full', `${OWN}/inbox`, '/'],
    ['another site', 'https://evil.example/', '/'],
    ['another host without a scheme', '//evil.example/', '/'],
    ['a host behind a backslash', '/\\evil.example/', '/'],
    ['a host behind a tab', '/\t/evil.example/', '/'],
    ['a host behind dots', '/.//evil.example/', '/'],
    ['a host behind a climb', '/a/..//evil.example/', '/'],
    ['a script', 'javascript:alert(1)', '/'],
    ['the sign-in itself', '/auth/login', '/'],
    ['the provider', '/oidc/session/end', '/'],
    ['an API answer', '/api/me', '/'],
    ['a page that only starts like one', '/audit', '/audit'],
    ['nothing', undefined, '/'],
    ['a list', ['/inbox'], '/'],
    ['an endless one', `/${'a'.repeat(3000)}`, '/'],
  ])('%s', (_description, asked, expected) => {
    expect(returnAddress(asked, OWN)).toBe(expected);
  });

  it('is always on this origin, however a browser reads it', () => {
    const hostile = fc.array(
      fc.constantFrom(
        '/',
        '\\',
        '.',
        '..',
        '\t',
        '\n',
        '@',
        ':',
        '?',
        '#',
        '%2f',
        '%5c',
        'evil.example',
        'https:',
      ),
    );
    fc.assert(
      fc.property(hostile, (parts) => {
        const address = returnAddress(`/${parts.join('')}`, OWN);
        expect(address.startsWith('/')).toBe(true);
        expect(new URL(address, OWN).origin).toBe(OWN);
      }),
      { numRuns: 2000 },
    );
  });
});
