/** How many characters of a literal are searched for; behind them the text is compared directly. */
const INDEXED = 256;

export interface Literal<T> {
  readonly text: string;
  /** A number's digits must not be part of a longer number. */
  readonly isNumber: boolean;
  readonly tag: T;
}

export interface LiteralHit<T> {
  readonly start: number;
  readonly end: number;
  readonly tag: T;
}

interface TrieNode<T> {
  readonly next: Map<string, TrieNode<T>>;
  readonly depth: number;
  literal: Literal<T> | undefined;
  fallback: TrieNode<T> | undefined;
}

/**
 * Finds many literals in one pass over a text (Aho and Corasick, 1975): a result with ten thousand
 * masked salaries must not be searched ten thousand times.
 */
export class LiteralSearch<T> {
  readonly #root: TrieNode<T> = trieNode(0);

  constructor(literals: Iterable<Literal<T>>) {
    for (const literal of literals) this.#insert(literal);
    this.#link();
  }

  /** Occurrences in the order of their ends; they may overlap. */
  find(text: string): readonly LiteralHit<T>[] {
    const hits: LiteralHit<T>[] = [];
    let node = this.#root;
    for (let at = 0; at < text.length; at += 1) {
      node = this.#follow(node, text[at] ?? '');
      const hit = endingAt(node, text, at + 1);
      if (hit === undefined) continue;
      hits.push(hit);
      if (hit.end > at + 1) {
        // What was compared directly is covered, so the walk goes on behind it and stays linear.
        at = hit.end - 1;
        node = this.#root;
      }
    }
    return hits;
  }

  #insert(literal: Literal<T>): void {
    let node = this.#root;
    for (const char of literal.text.slice(0, INDEXED).split('')) {
      const child = node.next.get(char) ?? trieNode<T>(node.depth + 1);
      node.next.set(char, child);
      node = child;
    }
    if (node.literal === undefined || node.literal.text.length < literal.text.length)
      node.literal = literal;
  }

  #link(): void {
    const queue = [this.#root];
    for (const node of queue) {
      for (const [char, child] of node.next) {
        child.fallback =
          node === this.#root ? this.#root : this.#follow(node.fallback ?? this.#root, char);
        queue.push(child);
      }
    }
  }

  #follow(from: TrieNode<T>, char: string): TrieNode<T> {
    let node: TrieNode<T> | undefined = from;
    while (node !== undefined) {
      const child = node.next.get(char);
      if (child !== undefined) return child;
      node = node.fallback;
    }
    return this.#root;
  }
}

function trieNode<T>(depth: number): TrieNode<T> {
  return { next: new Map(), depth, literal: undefined, fallback: undefined };
}

function endingAt<T>(reached: TrieNode<T>, text: string, end: number): LiteralHit<T> | undefined {
  for (let node: TrieNode<T> | undefined = reached; node !== undefined; node = node.fallback) {
    const { literal } = node;
    if (literal === undefined) continue;
    const start = end - node.depth;
    if (literal.isNumber && (isDigit(text[start - 1]) || isDigit(text[end]))) continue;
    // A long literal counts as far as it agrees: its first 256 characters are no coincidence.
    let stop = end;
    for (let at = node.depth; at < literal.text.length && text[stop] === literal.text[at]; at += 1)
      stop += 1;
    return { start, end: stop, tag: literal.tag };
  }
  return undefined;
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= '0' && char <= '9';
}
