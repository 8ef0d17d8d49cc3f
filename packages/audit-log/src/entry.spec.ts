import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { toHex } from './bytes.ts';
import { frameDigest, leafHash, parseEntry, sealEntry } from './entry.ts';

const entry = {
  id: '01985b2c-7a00-7000-8000-000000000001',
  at: '2026-07-28T09:15:02.120Z',
  kind: 'call.received',
};
const salt = new Uint8Array(16).fill(7);

describe('entries', () => {
  it('are stored in canonical form and read back', () => {
    const content = sealEntry({ ...entry, frames: [{ id: 'f1', digest: 'ab'.repeat(32) }] });
    expect(content.startsWith('{"at":"2026-07-28T09:15:02.120Z","frames":[{"digest":')).toBe(true);
    expect(parseEntry(content)).toMatchObject(entry);
  });

  it.each([
    {
      description: 'an id that is no UUIDv7',
      change: { id: '01985b2c-7a00-4000-8000-000000000001' },
    },
    { description: 'local time', change: { at: '2026-07-28T09:15:02.120+02:00' } },
    { description: 'seconds only', change: { at: '2026-07-28T09:15:02Z' } },
    { description: 'no kind', change: { kind: '' } },
    { description: 'a frame without a digest', change: { frames: [{ id: 'f1', digest: '' }] } },
  ])('are refused with $description', ({ change }) => {
    expect(() => sealEntry({ ...entry, ...change })).toThrow(
      expect.objectContaining({ code: 'entry_invalid' }),
    );
  });

  it.each([
    { description: 'a duplicate member', content: sealEntry(entry).replace('{', '{"at":"x",') },
    { description: 'white space', content: ` ${sealEntry(entry)}` },
    { description: 'broken JSON', content: '{' },
    { description: 'an array', content: '[]' },
  ])('are not read from a text with $description', ({ content }) => {
    expect(parseEntry(content)).toBeUndefined();
  });

  it('hash as RFC 6962 leaves', async () => {
    const expected = createHash('sha256').update('\0ü').digest('hex');
    expect(toHex(await leafHash('ü'))).toBe(expected);
    expect(toHex(await leafHash('ü', (bytes) => createHash('sha256').update(bytes).digest()))).toBe(
      expected,
    );
  });

  // Guarantee: whatever an entry says is in its hash.
  it('are hashed with every member', async () => {
    const full = {
      ...entry,
      ...{ approval: 'a', call: 'c', connection: { id: 'i', slug: 's' }, effect: 'hold' },
      ...{ method: 'tools/call', session: 'f', target: 'query', who: 'issuer|agent' },
      frames: [{ id: 'f1', edge: 'agent-to-gateway', digest: 'ab'.repeat(32) }],
      data: { kind: 'x', who: 'y' },
    };
    const content = sealEntry(full);
    expect(JSON.parse(content)).toEqual(full);
    const expected = createHash('sha256').update(`\0${content}`).digest('hex');
    expect(toHex(await leafHash(content))).toBe(expected);
  });

  // Guarantee: two different texts never share a hash; U+FFFD would stand for every lone surrogate.
  it('refuse to hash a lone surrogate', async () => {
    await expect(leafHash('\ud800')).rejects.toMatchObject({ code: 'hash_invalid' });
  });
});

describe('frame digests', () => {
  it('are SHA-256 over domain, salt and bytes', async () => {
    const expected = createHash('sha256')
      .update('holdpoint-frame-v1\0')
      .update(salt)
      .update('{}')
      .digest('hex');
    expect(await frameDigest(salt, Buffer.from('{}'))).toBe(expected);
  });

  // Guarantee: no byte can move between salt and payload without changing the digest.
  it.each([0, 15, 17])('refuse a salt of %d bytes', async (length) => {
    await expect(frameDigest(new Uint8Array(length), salt)).rejects.toMatchObject({
      code: 'salt_invalid',
    });
  });
});
