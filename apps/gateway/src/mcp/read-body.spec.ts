// Guarantees that what an agent's message takes here is bounded by its bytes, however it is cut.
import { Readable } from 'node:stream';
import { readBody } from './read-body.ts';

const LIMITS = { maxBytes: 20_000, declaredBytes: 0 };
const read = (pieces: Iterable<Uint8Array>, limits = LIMITS) =>
  readBody(Readable.from(pieces, { objectMode: false }), limits);
const text = async (body: Promise<Uint8Array>) => Buffer.from(await body).toString();

/** As a socket reads: a small piece is a part of something large. */
function* single(bytes: number, from: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes; at += 1) yield Buffer.alloc(from, 0x20).subarray(0, 1);
}

it('is whole, in one piece, in several, and in none', async () => {
  expect(await text(read([Buffer.from('one')]))).toBe('one');
  expect(await text(read(['a', 'bc', 'd'].map((part) => Buffer.from(part))))).toBe('abcd');
  expect(
    await text(
      read(
        ['a', 'bc'].map((part) => Buffer.from(part)),
        { ...LIMITS, declaredBytes: 3 },
      ),
    ),
  ).toBe('abc');
  expect(await text(read([]))).toBe('');
});

it('is refused where it is too large, declared or not', async () => {
  const code = 'frame_too_large';
  await expect(read([], { ...LIMITS, declaredBytes: 20_001 })).rejects.toMatchObject({ code });
  await expect(read(single(20_001, 1))).rejects.toMatchObject({ code });
});

it('in tiny pieces keeps nothing of what they were read with', async () => {
  const before = process.memoryUsage().arrayBuffers;
  const body = await read(single(20_000, 32 * 1024));
  expect(body).toHaveLength(20_000);
  // Kept, they would be 625 MiB.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(300 * 1024 * 1024);
});
