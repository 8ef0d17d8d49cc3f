/** How many characters of a literal are searched for; behind them the text is compared directly. */
const MAX_INDEXED = 256;
/** Bounds what building costs: more literals are told apart by fewer characters each. */
const MAX_NODES = 1_000_000;
const ROOT = 0;
const NONE = -1;

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

/**
 * Finds many literals in one pass over a text (Aho and Corasick, 1975): a result with ten thousand
 * masked salaries must not be searched ten thousand times.
 *
 * The trie is arrays and one hash table of its edges: a map per node costs more than the search.
 */
export class LiteralSearch<T> {
  readonly #literals: readonly Literal<T>[];
  readonly #edges: EdgeTable;
  readonly #parent: Int32Array;
  readonly #code: Uint16Array;
  readonly #depth: Uint16Array;
  readonly #fallback: Int32Array;
  /** The literal that ends at a node, by its index. */
  readonly #literal: Int32Array;
  /** The nearest node, by fallbacks, at which a literal ends; and one that is no number. */
  readonly #ending: Int32Array;
  readonly #endingText: Int32Array;
  #nodes = 1;

  constructor(literals: readonly Literal<T>[]) {
    const indexed = Math.min(MAX_INDEXED, Math.floor(MAX_NODES / Math.max(1, literals.length)));
    let size = 1;
    for (const { text } of literals) size += Math.min(text.length, indexed);
    this.#literals = literals;
    this.#edges = new EdgeTable(size);
    this.#parent = new Int32Array(size);
    this.#code = new Uint16Array(size);
    this.#depth = new Uint16Array(size);
    this.#fallback = new Int32Array(size);
    this.#literal = new Int32Array(size).fill(NONE);
    this.#ending = new Int32Array(size).fill(NONE);
    this.#endingText = new Int32Array(size).fill(NONE);
    for (const [index, { text }] of literals.entries()) this.#insert(text, index, indexed);
    this.#link();
  }

  /** Occurrences in the order of their ends, and no more than `limit`; they may overlap. */
  find(text: string, limit: number): readonly LiteralHit<T>[] {
    const hits: LiteralHit<T>[] = [];
    let node = ROOT;
    for (let at = 0; at < text.length && hits.length < limit; at += 1) {
      node = this.#follow(node, text.charCodeAt(at));
      const hit = this.#endingAt(node, text, at + 1);
      if (hit === undefined) continue;
      hits.push(hit);
      if (hit.end > at + 1) {
        // What was compared directly is covered, so the walk goes on behind it and stays linear.
        at = hit.end - 1;
        node = ROOT;
      }
    }
    return hits;
  }

  #insert(text: string, index: number, indexed: number): void {
    let node = ROOT;
    const length = Math.min(text.length, indexed);
    for (let at = 0; at < length; at += 1) {
      const code = text.charCodeAt(at);
      let child = this.#edges.get(node, code);
      if (child === NONE) {
        child = this.#nodes;
        this.#nodes += 1;
        this.#edges.set(node, code, child);
        this.#parent[child] = node;
        this.#code[child] = code;
        this.#depth[child] = at + 1;
      }
      node = child;
    }
    const known = this.#literals[this.#literal[node] ?? NONE];
    if (known === undefined || known.text.length < text.length) this.#literal[node] = index;
  }

  /** Level by level: a node's fallback is shallower than the node. */
  #link(): void {
    for (const node of this.#byDepth()) {
      const parent = this.#parent[node] ?? ROOT;
      const fallback =
        parent === ROOT
          ? ROOT
          : this.#follow(this.#fallback[parent] ?? ROOT, this.#code[node] ?? 0);
      this.#fallback[node] = fallback;
      const literal = this.#literals[this.#literal[node] ?? NONE];
      this.#ending[node] = literal ? node : (this.#ending[fallback] ?? NONE);
      this.#endingText[node] =
        literal?.isNumber === false ? node : (this.#endingText[fallback] ?? NONE);
    }
  }

  #byDepth(): Int32Array {
    const ends = new Int32Array(MAX_INDEXED + 2);
    for (let node = 1; node < this.#nodes; node += 1) {
      const depth = (this.#depth[node] ?? 0) + 1;
      ends[depth] = (ends[depth] ?? 0) + 1;
    }
    for (let depth = 1; depth < ends.length; depth += 1)
      ends[depth] = (ends[depth] ?? 0) + (ends[depth - 1] ?? 0);
    const order = new Int32Array(this.#nodes - 1);
    for (let node = 1; node < this.#nodes; node += 1) {
      const depth = this.#depth[node] ?? 0;
      const place = ends[depth] ?? 0;
      order[place] = node;
      ends[depth] = place + 1;
    }
    return order;
  }

  #follow(from: number, code: number): number {
    let node = from;
    for (;;) {
      const child = this.#edges.get(node, code);
      if (child !== NONE) return child;
      if (node === ROOT) return ROOT;
      node = this.#fallback[node] ?? ROOT;
    }
  }

  #endingAt(reached: number, text: string, end: number): LiteralHit<T> | undefined {
    // Inside a run of digits no number ends, so that a long run isn't looked at once per digit.
    const endings = isDigit(text.charCodeAt(end)) ? this.#endingText : this.#ending;
    let node = endings[reached] ?? NONE;
    while (node !== NONE) {
      const literal = this.#literals[this.#literal[node] ?? NONE];
      const depth = this.#depth[node] ?? 0;
      const start = end - depth;
      if (literal !== undefined && !(literal.isNumber && isDigit(text.charCodeAt(start - 1)))) {
        // A long literal counts as far as it agrees: so many characters are no coincidence.
        let stop = end;
        for (let at = depth; at < literal.text.length && text[stop] === literal.text[at]; at += 1)
          stop += 1;
        return { start, end: stop, tag: literal.tag };
      }
      node = endings[this.#fallback[node] ?? ROOT] ?? NONE;
    }
    return undefined;
  }
}

/** `(node, character) → node`, in a table of at most half its slots. */
class EdgeTable {
  readonly #nodes: Int32Array;
  readonly #codes: Uint16Array;
  readonly #targets: Int32Array;
  readonly #mask: number;

  constructor(edges: number) {
    const size = 2 ** Math.ceil(Math.log2(edges * 2 + 2));
    this.#mask = size - 1;
    this.#nodes = new Int32Array(size);
    this.#codes = new Uint16Array(size);
    this.#targets = new Int32Array(size).fill(NONE);
  }

  get(node: number, code: number): number {
    return this.#targets[this.#slot(node, code)] ?? NONE;
  }

  set(node: number, code: number, target: number): void {
    const slot = this.#slot(node, code);
    this.#nodes[slot] = node;
    this.#codes[slot] = code;
    this.#targets[slot] = target;
  }

  #slot(node: number, code: number): number {
    let hash = Math.imul(node, 0x9e3779b1) ^ Math.imul(code + 1, 0x85ebca6b);
    hash ^= hash >>> 15;
    let slot = hash & this.#mask;
    while (
      this.#targets[slot] !== NONE &&
      (this.#nodes[slot] !== node || this.#codes[slot] !== code)
    )
      slot = (slot + 1) & this.#mask;
    return slot;
  }
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
