import { AuditLogError } from './audit-log-error.ts';
import { hashFromHex, toHex } from './bytes.ts';
import type { Sha256 } from './sha256.ts';
import { hashOf, webCryptoSha256 } from './sha256.ts';

/**
 * All that is needed to go on appending to an RFC 6962 tree and to know its root: one hash for each
 * perfect subtree, that is one for each 1 bit of `size`. Plain data, meant to be stored.
 */
export interface Frontier {
  readonly size: number;
  /** Hexadecimal, largest subtree (leftmost) first. */
  readonly hashes: readonly string[];
}

/** A run of leaves `[start, end)`. */
export interface LeafRange {
  readonly start: number;
  readonly end: number;
}

/** The frontier of the empty tree. */
export function emptyFrontier(): Frontier {
  return { size: 0, hashes: [] };
}

/**
 * Appends leaf hashes in order and returns the new frontier; the given one is left alone.
 *
 * @throws AuditLogError `frontier_invalid` or `hash_invalid`.
 */
export async function appendLeaves(
  frontier: Frontier,
  leafHashes: Iterable<Uint8Array>,
  sha256: Sha256 = webCryptoSha256,
): Promise<Frontier> {
  const tree = GrowingTree.from(frontier, sha256);
  for (const leaf of leafHashes) await tree.append(leaf);
  return tree.frontier();
}

/** The RFC 6962 tree head of everything appended so far; SHA-256 of nothing for the empty tree. */
export async function rootOf(
  frontier: Frontier,
  sha256: Sha256 = webCryptoSha256,
): Promise<Uint8Array> {
  return GrowingTree.from(frontier, sha256).root();
}

/** `SHA-256(0x01 || left || right)`, RFC 6962 §2.1. */
export function nodeHash(left: Uint8Array, right: Uint8Array, sha256: Sha256): Promise<Uint8Array> {
  return hashOf(sha256, nodePrefix, left, right);
}

/**
 * The fewest aligned perfect subtrees that cover `[start, end)`, from left to right. From 0 they are
 * the subtrees of a frontier; from anywhere else they can be appended one by one to the frontier of
 * `start`.
 */
export function perfectSubtrees(start: number, end: number): LeafRange[] {
  const subtrees: LeafRange[] = [];
  for (let at = start; at < end;) {
    let size = 1;
    // Division, not bit operations: positions go beyond 32 bits.
    while (at % (size * 2) === 0 && at + size * 2 <= end) size *= 2;
    subtrees.push({ start: at, end: at + size });
    at += size;
  }
  return subtrees;
}

/** A frontier held as bytes, for appending many leaves one after the other. */
export class GrowingTree {
  readonly #sha256: Sha256;
  readonly #subtrees: { size: number; hash: Uint8Array }[] = [];
  #size = 0;

  constructor(sha256: Sha256 = webCryptoSha256) {
    this.#sha256 = sha256;
  }

  static from(frontier: Frontier, sha256: Sha256 = webCryptoSha256): GrowingTree {
    if (!Number.isSafeInteger(frontier.size) || frontier.size < 0) {
      throw new AuditLogError('frontier_invalid', 'a tree size is a non-negative integer');
    }
    const ranges = perfectSubtrees(0, frontier.size);
    if (ranges.length !== frontier.hashes.length) {
      throw new AuditLogError('frontier_invalid', 'a frontier has one hash for each 1 bit of size');
    }
    const tree = new GrowingTree(sha256);
    frontier.hashes.forEach((hash, index) => {
      const { start, end } = ranges[index] ?? { start: 0, end: 0 };
      tree.#subtrees.push({ size: end - start, hash: hashFromHex(hash) });
    });
    tree.#size = frontier.size;
    return tree;
  }

  get size(): number {
    return this.#size;
  }

  /** Appends one perfect subtree, by default a leaf, that starts at a multiple of its size. */
  async append(hash: Uint8Array, size = 1): Promise<void> {
    if (hash.length !== 32) throw new AuditLogError('hash_invalid', 'a hash has 32 bytes');
    if (this.#size % size !== 0) {
      throw new AuditLogError('range_invalid', 'a subtree starts at a multiple of its size');
    }
    let subtree = { size, hash };
    for (let left = this.#subtrees.at(-1); left?.size === subtree.size;) {
      this.#subtrees.pop();
      const joined = await nodeHash(left.hash, subtree.hash, this.#sha256);
      subtree = { size: subtree.size * 2, hash: joined };
      left = this.#subtrees.at(-1);
    }
    this.#subtrees.push(subtree);
    this.#size += size;
  }

  async root(): Promise<Uint8Array> {
    const last = this.#subtrees.at(-1);
    if (last === undefined) return hashOf(this.#sha256);
    let root = last.hash;
    for (const { hash } of this.#subtrees.slice(0, -1).reverse()) {
      root = await nodeHash(hash, root, this.#sha256);
    }
    return root;
  }

  frontier(): Frontier {
    return { size: this.#size, hashes: this.#subtrees.map(({ hash }) => toHex(hash)) };
  }
}

const nodePrefix = Uint8Array.of(1);
