import { describe, expect, it } from '@jest/globals';
import type { Environment } from '../env.ts';
import { Envelope } from './envelope.ts';

const envelope = envelopeOf(1);

function envelopeOf(fill: number): Envelope {
  const env: Pick<Environment, 'HOLDPOINT_MASTER_KEY'> = {
    HOLDPOINT_MASTER_KEY: Buffer.alloc(32, fill),
  };
  // Only the key is read.
  return new Envelope(env as Environment);
}

/** Sealed by version 1 of the format under the same master key. */
const SEALED_BEFORE =
  'Af727uV96lBxaNSh2pAwDMuFAbuaAvzinujYscLMccoLjwGmypYLNHSFOHXE5/+jQXASR6LsA01TaUcJtN1UWbZEQj6xdDNhdRBNNDvVtJXCz3glbvyIpx13ixv4u4egcpMUIWUXTj0eJ/on';

describe('Envelope', () => {
  it.each(['', 'a', 'é\0😀', 'x'.repeat(100_000)])('opens what it sealed', (text) => {
    expect(envelope.openText(envelope.sealText(text, 'frame:1'), 'frame:1')).toBe(text);
  });

  it('opens what an earlier version sealed', () => {
    const sealed = Buffer.from(SEALED_BEFORE, 'base64');
    expect(envelope.openText(sealed, 'frame:1')).toBe('sealed by version 1');
  });

  // Guarantee: equal requests can't be told from what is stored, and no key seals twice.
  it('seals the same text differently each time', () => {
    const sealed = Array.from({ length: 200 }, () => envelope.sealText('DELETE', 'c'));
    const saltOf = (bytes: Buffer) => bytes.subarray(1, 33).toString('hex');
    expect(new Set(sealed.map(saltOf)).size).toBe(sealed.length);
    expect(new Set(sealed.map((bytes) => bytes.subarray(49).toString('hex'))).size).toBe(200);
  });

  // Guarantee: a row's value opens in its own place, unchanged, under its own master key only.
  it('does not open what was moved', () => {
    const sealed = envelope.sealText('secret', 'frame:1');
    expect(() => envelope.open(sealed, 'frame:2')).toThrow();
  });

  it('does not open under another master key', () => {
    expect(() => envelopeOf(2).open(envelope.sealText('secret', 'c'), 'c')).toThrow();
  });

  it('does not open what was changed, wherever it was', () => {
    const sealed = envelope.sealText('secret', 'c');
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => envelope.open(changed, 'c')).toThrow();
    }
    expect(() => envelope.open(sealed.subarray(0, 20), 'c')).toThrow();
  });

  it('gives each purpose a keyed digest of its own', () => {
    expect(envelope.mac('a', 'x')).toBe(envelope.mac('a', 'x'));
    expect(envelope.mac('a', 'x')).not.toBe(envelope.mac('b', 'x'));
    expect(envelope.mac('a', 'x')).not.toBe(envelopeOf(2).mac('a', 'x'));
  });
});
