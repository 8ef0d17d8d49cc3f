import { AuditLogError } from './audit-log-error.ts';
import { equalBytes } from './bytes.ts';
import type { LeafRange } from './frontier.ts';
import { GrowingTree, nodeHash, perfectSubtrees } from './frontier.ts';
import type { Sha256 } from './sha256.ts';
import { webCryptoSha256 } from './sha256.ts';

/** A stored tree: whoever keeps inner nodes answers from them instead of from every leaf. */
export interface TreeReader {
  readonly size: number;
  /** The RFC 6962 hash MTH(D[start:end]); `start < end <= size`. */
  hash(start: number, end: number): Promise<Uint8Array>;
}

/** The leaf hashes of a tree in order, or a reader of one. */
export type TreeSource = readonly Uint8Array[] | TreeReader;

/** The hashes that turn a run of leaves into a whole tree; see {@link rangeProof}. */
export interface RangeProof {
  /** The perfect subtrees of `[0, start)`. */
  readonly left: readonly Uint8Array[];
  /** The perfect subtrees of `[end, size)`. */
  readonly right: readonly Uint8Array[];
}

/**
 * The audit path of one leaf (RFC 6962 §2.1.1), from the leaf upwards.
 *
 * @throws AuditLogError `range_invalid` unless `0 <= index < size <= source.size`.
 */
export async function inclusionProof(
  source: TreeSource,
  index: number,
  size: number = sizeOf(source),
  sha256: Sha256 = webCryptoSha256,
): Promise<Uint8Array[]> {
  const tree = readerOf(source, sha256);
  requireOrder(0, index, index + 1, size, tree.size);
  return readAll(tree, auditPath(index, 0, size));
}

/**
 * The proof that the tree of `size` only appended to the tree of `earlierSize` (RFC 6962 §2.1.2).
 * Empty where either is trivially so: equal sizes, or nothing before.
 *
 * @throws AuditLogError `range_invalid` unless `0 <= earlierSize <= size <= source.size`.
 */
export async function consistencyProof(
  source: TreeSource,
  earlierSize: number,
  size: number = sizeOf(source),
  sha256: Sha256 = webCryptoSha256,
): Promise<Uint8Array[]> {
  const tree = readerOf(source, sha256);
  requireOrder(0, earlierSize, size, tree.size);
  if (earlierSize === 0 || earlierSize === size) return [];
  return readAll(tree, consistencyPath(earlierSize, 0, size, true));
}

/**
 * What a verifier needs besides the leaves `[start, end)` to compute the root of the tree of `size`.
 * `start === end` is allowed: then it is the whole tree, by hashes alone.
 *
 * @throws AuditLogError `range_invalid` unless `0 <= start <= end <= size <= source.size`.
 */
export async function rangeProof(
  source: TreeSource,
  start: number,
  end: number,
  size: number = sizeOf(source),
  sha256: Sha256 = webCryptoSha256,
): Promise<RangeProof> {
  const tree = readerOf(source, sha256);
  requireOrder(0, start, end, size, tree.size);
  return {
    left: await readAll(tree, perfectSubtrees(0, start)),
    right: await readAll(tree, perfectSubtrees(end, size)),
  };
}

/** Whether `leaf` is at `index` of the tree of `size` with this root (RFC 9162 §2.1.3.2). */
export async function verifyInclusion(
  claim: {
    readonly leaf: Uint8Array;
    readonly index: number;
    readonly size: number;
    readonly root: Uint8Array;
    readonly proof: readonly Uint8Array[];
  },
  sha256: Sha256 = webCryptoSha256,
): Promise<boolean> {
  if (!isPosition(claim.index) || !isPosition(claim.size) || claim.index >= claim.size)
    return false;
  let at = claim.index;
  let last = claim.size - 1;
  let hash = claim.leaf;
  for (const sibling of claim.proof) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      hash = await nodeHash(sibling, hash, sha256);
      // The rightmost node of an uneven level has no sibling there: climb until it has one.
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      hash = await nodeHash(hash, sibling, sha256);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && equalBytes(hash, claim.root);
}

/** Whether the later tree holds the earlier one as its beginning (RFC 9162 §2.1.4.2). */
export async function verifyConsistency(
  claim: {
    readonly earlier: { readonly size: number; readonly root: Uint8Array };
    readonly later: { readonly size: number; readonly root: Uint8Array };
    readonly proof: readonly Uint8Array[];
  },
  sha256: Sha256 = webCryptoSha256,
): Promise<boolean> {
  const { earlier, later } = claim;
  if (!isPosition(earlier.size) || !isPosition(later.size) || earlier.size > later.size)
    return false;
  if (earlier.size === later.size) {
    return claim.proof.length === 0 && equalBytes(earlier.root, later.root);
  }
  if (earlier.size === 0) {
    return claim.proof.length === 0 && equalBytes(earlier.root, await emptyRoot(sha256));
  }
  return climbConsistency(earlier, later, claim.proof, sha256);
}

/** Whether these leaves, at `start`, belong to the tree of `size` with this root. */
export async function verifyRange(
  claim: {
    readonly leaves: readonly Uint8Array[];
    readonly start: number;
    readonly size: number;
    readonly root: Uint8Array;
    readonly proof: RangeProof;
  },
  sha256: Sha256 = webCryptoSha256,
): Promise<boolean> {
  const { leaves, start, size, proof } = claim;
  if (!isPosition(start) || !isPosition(size) || start + leaves.length > size) return false;
  const tree = new GrowingTree(sha256);
  if (!(await appendSubtrees(tree, start, proof.left))) return false;
  for (const leaf of leaves) await tree.append(leaf);
  if (!(await appendSubtrees(tree, size, proof.right))) return false;
  return equalBytes(await tree.root(), claim.root);
}

/** Grows `tree` to `end` by the hashes of perfect subtrees; false if they are not as many as needed. */
export async function appendSubtrees(
  tree: GrowingTree,
  end: number,
  hashes: readonly Uint8Array[],
): Promise<boolean> {
  const ranges = perfectSubtrees(tree.size, end);
  if (ranges.length !== hashes.length) return false;
  for (const [index, hash] of hashes.entries()) {
    const range = ranges[index];
    if (range !== undefined) await tree.append(hash, range.end - range.start);
  }
  return true;
}

async function climbConsistency(
  earlier: { readonly size: number; readonly root: Uint8Array },
  later: { readonly size: number; readonly root: Uint8Array },
  proof: readonly Uint8Array[],
  sha256: Sha256,
): Promise<boolean> {
  let at = earlier.size - 1;
  let last = later.size - 1;
  while (at % 2 === 1) [at, last] = [half(at), half(last)];
  // `at` is 0 exactly when the earlier tree is perfect; its root then opens the path unsaid.
  const [first, ...rest] = at === 0 ? [earlier.root, ...proof] : proof;
  if (first === undefined) return false;
  let earlierHash = first;
  let laterHash = first;
  for (const hash of rest) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      earlierHash = await nodeHash(hash, earlierHash, sha256);
      laterHash = await nodeHash(hash, laterHash, sha256);
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      laterHash = await nodeHash(laterHash, hash, sha256);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && equalBytes(earlierHash, earlier.root) && equalBytes(laterHash, later.root);
}

/** PATH(index, D[start:end]) of RFC 6962 §2.1.1, as the ranges whose hashes it consists of. */
function auditPath(index: number, start: number, end: number): LeafRange[] {
  if (end - start === 1) return [];
  const middle = start + splitOf(end - start);
  return index < middle
    ? [...auditPath(index, start, middle), { start: middle, end }]
    : [...auditPath(index, middle, end), { start, end: middle }];
}

/** SUBPROOF(size, D[start:end], whole) of RFC 6962 §2.1.2, as ranges; `size` counts from `start`. */
function consistencyPath(size: number, start: number, end: number, whole: boolean): LeafRange[] {
  if (size === end - start) return whole ? [] : [{ start, end }];
  const split = splitOf(end - start);
  const middle = start + split;
  return size <= split
    ? [...consistencyPath(size, start, middle, whole), { start: middle, end }]
    : [...consistencyPath(size - split, middle, end, false), { start, end: middle }];
}

/** The largest power of two smaller than `count`; `count` is at least 2. */
function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

function sizeOf(source: TreeSource): number {
  return isReader(source) ? source.size : source.length;
}

function isReader(source: TreeSource): source is TreeReader {
  return !Array.isArray(source);
}

function readerOf(source: TreeSource, sha256: Sha256): TreeReader {
  if (isReader(source)) return source;
  return {
    size: source.length,
    hash: async (start, end) => {
      const tree = new GrowingTree(sha256);
      // The hash of a run equals the root of a tree of that run alone, whatever its position.
      for (const leaf of source.slice(start, end)) await tree.append(leaf);
      return tree.root();
    },
  };
}

async function readAll(tree: TreeReader, ranges: readonly LeafRange[]): Promise<Uint8Array[]> {
  const hashes: Uint8Array[] = [];
  for (const { start, end } of ranges) hashes.push(await tree.hash(start, end));
  return hashes;
}

function requireOrder(...bounds: readonly number[]): void {
  const ordered = bounds.every(
    (bound, index) => isPosition(bound) && bound >= (bounds[index - 1] ?? 0),
  );
  if (!ordered) {
    throw new AuditLogError('range_invalid', `not an ascending run of positions: ${bounds.join()}`);
  }
}

function isPosition(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function emptyRoot(sha256: Sha256): Promise<Uint8Array> {
  return new GrowingTree(sha256).root();
}

function half(value: number): number {
  return Math.floor(value / 2);
}
