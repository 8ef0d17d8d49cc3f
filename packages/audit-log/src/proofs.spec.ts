import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { hashFromHex, toHex } from './bytes.ts';
import { appendLeaves, emptyFrontier, rootOf } from './frontier.ts';
import {
  consistencyProof,
  inclusionProof,
  rangeProof,
  verifyConsistency,
  verifyInclusion,
  verifyRange,
} from './proofs.ts';
import type { Sha256 } from './sha256.ts';

/** Synchronous, so that the properties can afford every size. */
const sha256: Sha256 = (bytes) => createHash('sha256').update(bytes).digest();
const maxSize = 70;

// The leaves and roots of the Certificate Transparency reference implementation's tests.
const leafInputs = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const roots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const inclusionVectors = [
  {
    index: 0,
    size: 8,
    proof: [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  },
  {
    index: 5,
    size: 8,
    proof: [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  },
  {
    index: 2,
    size: 3,
    proof: ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
  },
  { index: 0, size: 1, proof: [] },
];
const consistencyVectors = [
  {
    earlier: 1,
    later: 8,
    proof: [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  },
  {
    earlier: 6,
    later: 8,
    proof: [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  },
  {
    earlier: 2,
    later: 5,
    proof: [
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  },
  { earlier: 1, later: 1, proof: [] },
];

const vectorLeaves = leafInputs.map((hex) => leafOf(Buffer.from(hex, 'hex')));
const leaves = Array.from({ length: maxSize }, (_, index) => leafOf(Buffer.from(`entry ${index}`)));

describe('the tree of RFC 6962', () => {
  it.each(roots.map((root, size) => ({ root, size })))(
    'has the published root at $size',
    async ({ root, size }) => {
      const frontier = await appendLeaves(emptyFrontier(), vectorLeaves.slice(0, size));
      expect(toHex(await rootOf(frontier))).toBe(root);
    },
  );

  it.each(inclusionVectors)(
    'proves leaf $index of $size as published',
    async ({ index, size, proof }) => {
      expect((await inclusionProof(vectorLeaves, index, size)).map(toHex)).toEqual(proof);
    },
  );

  it.each(consistencyVectors)(
    'proves $earlier to $later as published',
    async ({ earlier, later, proof }) => {
      expect((await consistencyProof(vectorLeaves, earlier, later)).map(toHex)).toEqual(proof);
    },
  );

  it('grows to the same frontier in any number of steps', async () => {
    const steps = fc.array(fc.nat({ max: 9 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(steps, async (counts) => {
        let frontier = emptyFrontier();
        for (const count of counts) {
          const next = leaves.slice(frontier.size, frontier.size + count);
          frontier = await appendLeaves(frontier, next, sha256);
        }
        expect(frontier).toEqual(
          await appendLeaves(emptyFrontier(), leaves.slice(0, frontier.size), sha256),
        );
      }),
    );
  });

  it.each([
    { description: 'a missing hash', frontier: { size: 3, hashes: ['00'.repeat(32)] } },
    { description: 'a negative size', frontier: { size: -1, hashes: [] } },
    {
      description: 'a size beyond exact integers',
      frontier: { size: 2 ** 60, hashes: ['00'.repeat(32)] },
    },
  ])('refuses a stored frontier with $description', async ({ frontier }) => {
    await expect(rootOf(frontier)).rejects.toMatchObject({ code: 'frontier_invalid' });
  });
});

// Guarantee: a proof verifies for exactly the leaf, position and tree it was made for.
describe('proofs of every size up to 70', () => {
  it('inclusion: every leaf is found where it is, and nowhere else', async () => {
    for (let size = 1; size <= maxSize; size += 1) {
      const root = await rootAt(size);
      for (let index = 0; index < size; index += 1) {
        const proof = await inclusionProof(leaves.slice(0, size), index, size, sha256);
        const claim = { leaf: leafAt(index), index, size, root, proof };
        expect(await verifyInclusion(claim, sha256)).toBe(true);
        expect(
          await verifyInclusion({ ...claim, leaf: leafAt((index + 1) % maxSize) }, sha256),
        ).toBe(false);
        expect(await verifyInclusion({ ...claim, index: size }, sha256)).toBe(false);
        expect(await verifyInclusion({ ...claim, proof: [...proof, root] }, sha256)).toBe(false);
        if (size > 1) {
          expect(await verifyInclusion({ ...claim, proof: proof.slice(1) }, sha256)).toBe(false);
          expect(await verifyInclusion({ ...claim, index: (index + 1) % size }, sha256)).toBe(
            false,
          );
        }
      }
    }
  });

  it('consistency: every pair of sizes, and no changed history', async () => {
    const allRoots = await Promise.all(
      Array.from({ length: maxSize + 1 }, (_, size) => rootAt(size)),
    );
    for (let size = 0; size <= maxSize; size += 1) {
      for (let earlier = 0; earlier <= size; earlier += 1) {
        const proof = await consistencyProof(leaves, earlier, size, sha256);
        const claim = {
          earlier: { size: earlier, root: allRoots[earlier] ?? new Uint8Array() },
          later: { size, root: allRoots[size] ?? new Uint8Array() },
          proof,
        };
        const other = { size: earlier, root: leafAt(0).map((byte) => byte ^ 1) };
        expect(await verifyConsistency(claim, sha256)).toBe(true);
        expect(await verifyConsistency({ ...claim, earlier: other }, sha256)).toBe(false);
        expect(await verifyConsistency({ ...claim, later: { ...other, size } }, sha256)).toBe(
          earlier === 0 && size > 0, // the empty tree begins every other
        );
        expect(await verifyConsistency({ ...claim, proof: [...proof, other.root] }, sha256)).toBe(
          false,
        );
      }
    }
  });

  it('range: any run of leaves, and no other run', async () => {
    const bounds = fc.tuple(
      fc.nat({ max: maxSize }),
      fc.nat({ max: maxSize }),
      fc.nat({ max: maxSize }),
    );
    await fc.assert(
      fc.asyncProperty(bounds, fc.nat(), async (unsorted, pick) => {
        const [start = 0, end = 0, size = 0] = unsorted.toSorted((a, b) => a - b);
        const run = leaves.slice(start, end);
        const proof = await rangeProof(leaves, start, end, size, sha256);
        const claim = { leaves: run, start, size, root: await rootAt(size), proof };
        expect(await verifyRange(claim, sha256)).toBe(true);
        if (run.length > 0) {
          const changed = run.with(pick % run.length, hashFromHex('ab'.repeat(32)));
          expect(await verifyRange({ ...claim, leaves: changed }, sha256)).toBe(false);
          expect(await verifyRange({ ...claim, leaves: run.slice(1) }, sha256)).toBe(false);
        }
        if (run.length > 1) {
          expect(await verifyRange({ ...claim, leaves: run.toReversed() }, sha256)).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    { description: 'a leaf outside the tree', make: () => inclusionProof(leaves, 5, 5) },
    {
      description: 'an earlier tree larger than the later',
      make: () => consistencyProof(leaves, 6, 5),
    },
    {
      description: 'a tree larger than its leaves',
      make: () => rangeProof(leaves, 0, 1, maxSize + 1),
    },
    { description: 'a fraction', make: () => inclusionProof(leaves, 0.5) },
  ])('refuses to prove $description', async ({ make }) => {
    await expect(make()).rejects.toMatchObject({ code: 'range_invalid' });
  });
});

function leafOf(data: Uint8Array): Uint8Array {
  return createHash('sha256').update(Uint8Array.of(0)).update(data).digest();
}

function leafAt(index: number): Uint8Array {
  return leaves[index] ?? new Uint8Array();
}

async function rootAt(size: number): Promise<Uint8Array> {
  return rootOf(await appendLeaves(emptyFrontier(), leaves.slice(0, size), sha256), sha256);
}
