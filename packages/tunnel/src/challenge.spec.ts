// Guarantees that a signature for one gateway, connector or nonce is none for another.
import { challengeBytes } from './challenge.ts';

describe('what a connector signs', () => {
  const facts = { connectorId: 'a', nonce: 'b', origin: 'https://gateway.example.com' };
  const text = (over: Partial<typeof facts>) =>
    new TextDecoder().decode(challengeBytes({ ...facts, ...over }));

  it('differs with each of its facts, wherever one ends and the next begins', () => {
    const variants = [
      text({}),
      text({ connectorId: 'c' }),
      text({ nonce: 'c' }),
      text({ origin: 'https://other.example.com' }),
      text({ connectorId: 'a","b', nonce: '' }),
      text({ connectorId: '', nonce: 'a","b' }),
    ];
    expect(new Set(variants).size).toBe(variants.length);
    expect(text({})).toContain('holdpoint connector connects, v1');
  });
});
