import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { splitLines } from './split-lines.ts';

describe('splitLines', () => {
  it('gives the same lines however the bytes are cut', async () => {
    const text = fc.array(
      fc.string({ unit: 'binary' }).map((line) => line.toWellFormed().replaceAll('\n', '')),
    );
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 7 }), async (lines, step) => {
        const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(''));
        expect(await collect(splitLines(chunks(bytes, step)))).toEqual(lines);
      }),
    );
  });

  it('gives a last line without a line break', async () => {
    expect(await collect(splitLines(chunks(Buffer.from('a\nb'), 1)))).toEqual(['a', 'b']);
  });

  it('refuses a line without end', async () => {
    const endless = chunks(new Uint8Array(65 * 1024 * 1024).fill(97), 1024 * 1024);
    await expect(collect(splitLines(endless))).rejects.toMatchObject({
      code: 'export_unreadable',
    });
  });
});

async function* chunks(bytes: Uint8Array, step: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
}

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const collected: string[] = [];
  for await (const line of lines) collected.push(line);
  return collected;
}
