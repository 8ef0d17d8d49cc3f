import { describe, expect, it } from '@jest/globals';
import { boundedBody } from './bounded-body.ts';

/** One byte at a time, each in the memory of the one before. */
async function* byteByByte(text: string): AsyncGenerator<Uint8Array, void> {
  const piece = new Uint8Array(1);
  for (const byte of Buffer.from(text)) {
    piece[0] = byte;
    yield await Promise.resolve(piece);
  }
}

describe('boundedBody', () => {
  // Guarantee: a body takes the memory of its bytes, however many pieces it comes in.
  it('keeps no piece as it came', async () => {
    const body = await boundedBody(byteByByte('a body in pieces'), 16);
    expect(body?.toString()).toBe('a body in pieces');
  });

  it('ends at what is longer', async () => {
    await expect(boundedBody(byteByByte('one too many'), 11)).resolves.toBeUndefined();
    const nothing = await boundedBody(byteByByte(''), 0);
    expect(nothing).toHaveLength(0);
  });
});
