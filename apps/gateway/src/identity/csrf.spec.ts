import { describe, expect, it } from '@jest/globals';
import { requireOwnPage } from './csrf.ts';

const OWN = 'http://localhost:4600';
const TOKEN = 'the-token';
const token = { 'x-csrf-token': TOKEN };

// Guarantee: a page of another site can't make a signed-in browser write.
describe('a request that changes something', () => {
  it.each([
    ['from the own page', { ...token, origin: OWN }, true],
    [
      'without an origin, same-origin by the browser',
      { ...token, 'sec-fetch-site': 'same-origin' },
      true,
    ],
    ['from a page of a neighbour', { ...token, 'sec-fetch-site': 'same-site' }, false],
    ['typed into the address bar', { ...token, 'sec-fetch-site': 'none' }, false],
    ['from another site', { ...token, origin: 'http://evil.example' }, false],
    ['from the same host on another port', { ...token, origin: 'http://localhost:4601' }, false],
    ['from a sandboxed page', { ...token, origin: 'null', 'sec-fetch-site': 'same-origin' }, false],
    ['from nowhere', { ...token }, false],
    ['without the token', { origin: OWN }, false],
    ['with another token', { 'x-csrf-token': 'the-taken', origin: OWN }, false],
    ['with an empty token', { 'x-csrf-token': '', origin: OWN }, false],
  ])('%s', (_description, headers, accepted) => {
    const check = () => requireOwnPage({ method: 'POST', headers }, TOKEN, OWN);
    if (accepted) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ code: 'csrf' }));
  });

  it('needs a session that has a token', () => {
    const headers = { 'x-csrf-token': '', origin: OWN };
    expect(() => requireOwnPage({ method: 'POST', headers }, undefined, OWN)).toThrow();
  });

  it.each(['PUT', 'PATCH', 'DELETE', 'QUERY'])('is also %s', (method) => {
    expect(() => requireOwnPage({ method, headers: {} }, TOKEN, OWN)).toThrow();
  });

  it.each(['GET', 'HEAD'])('is not %s', (method) => {
    expect(() => requireOwnPage({ method, headers: {} }, TOKEN, OWN)).not.toThrow();
  });
});
