import fc from 'fast-check';
import { GrowingBytes } from './growing-bytes.ts';

describe('bytes in pieces', () => {
  it('are what came, in order, each time anew', () => {
    const bytes = new GrowingBytes(16);
    const pieces = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 });
    fc.assert(
      fc.property(pieces, (all) => {
        for (const piece of all) bytes.append(piece);
        expect(bytes.size).toBe(all.reduce((sum, piece) => sum + piece.length, 0));
        expect([...bytes.take()]).toEqual(all.flatMap((piece) => [...piece]));
        expect(bytes.size).toBe(0);
      }),
    );
  });

  it('keep nothing of the memory that the pieces were read into', () => {
    const bytes = new GrowingBytes(1024);
    const read = new Uint8Array(8).fill(7);
    bytes.append(read.subarray(2, 4));
    read.fill(0);
    expect([...bytes.take()]).toEqual([7, 7]);
  });
});
