import fc from 'fast-check';
import { LineReader } from './line-reader.ts';

function read(chunks: readonly Uint8Array[], maxBytes: number) {
  const lines: string[] = [];
  let tooLong = 0;
  const reader = new LineReader(
    maxBytes,
    (line) => lines.push(Buffer.from(line).toString('latin1')),
    () => (tooLong += 1),
  );
  for (const chunk of chunks) reader.push(chunk);
  reader.end();
  return { lines, tooLong };
}

describe('lines', () => {
  it('are the same however they arrive, and never longer than allowed', () => {
    const text = fc.array(fc.constantFrom('a', 'b', '\n', '\r\n', 'cccc'), { maxLength: 60 });
    fc.assert(
      fc.property(text, fc.array(fc.nat(100), { maxLength: 10 }), (parts, cuts) => {
        const bytes = Buffer.from(parts.join(''));
        const at = [
          0,
          ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b),
          bytes.length,
        ];
        const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
        const whole = bytes.toString().split('\n');
        const expected = whole.map((line) => line.replace(/\r$/, '')).filter((line) => line !== '');
        const { lines, tooLong } = read(chunks, 8);
        const fits = whole
          .filter((line) => line.length <= 8)
          .map((line) => line.replace(/\r$/, ''));
        expect(lines).toEqual(fits.filter((line) => line !== ''));
        expect(lines.length + tooLong).toBe(expected.length);
      }),
    );
  });

  // Guarantee: a program fills no memory of the connector beyond its lines' own bytes.
  it('that come byte by byte keep nothing of what they were read with', () => {
    const before = process.memoryUsage().arrayBuffers;
    const lines: number[] = [];
    const reader = new LineReader(
      100_000,
      (line) => lines.push(line.byteLength),
      () => undefined,
    );
    for (let at = 0; at < 20_000; at += 1) {
      reader.push(Buffer.alloc(32 * 1024, 0x20).subarray(0, 1));
    }
    // Kept, they would be 625 MiB.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(300 * 1024 * 1024);
    reader.push(Buffer.from('\n'));
    expect(lines).toEqual([20_000]);
  });
});
