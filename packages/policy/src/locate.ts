import {
  isAlias,
  isCollection,
  isMap,
  isScalar,
  LineCounter,
  type Document,
  type Node,
} from 'yaml';

/** A fault in a policy's text. Lines and columns count from 1, as editors mark them. */
export interface PolicyIssue {
  readonly message: string;
  readonly path: readonly (string | number)[];
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Finds the place in the YAML text that a fault in the parsed document is about. */
export class IssueLocator {
  readonly #text: string;
  readonly #lines: LineCounter;
  readonly #document: Document;

  constructor(text: string, lines: LineCounter, document: Document) {
    this.#text = text;
    this.#lines = lines;
    this.#document = document;
  }

  /** Marks the value at a path, or its nearest ancestor that is in the text. */
  atValue(path: readonly (string | number)[], message: string): PolicyIssue {
    const [start, end] = rangeOf(this.#nearest(path)) ?? [0, 0];
    return this.#issue(path, message, start, end);
  }

  /** Marks a key itself, for keys that shouldn't be there. */
  atKey(path: readonly (string | number)[], key: string, message: string): PolicyIssue {
    const parent = this.#nearest(path);
    const pair = isMap(parent)
      ? parent.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
      : undefined;
    const [start, end] = rangeOf(pair?.key) ?? rangeOf(parent) ?? [0, 0];
    return this.#issue([...path, key], message, start, end);
  }

  /** Marks part of a text value: `start` and `end` are offsets into the value, not the file. */
  withinText(
    path: readonly (string | number)[],
    part: { readonly start: number; readonly end: number },
    message: string,
  ): PolicyIssue {
    const node = this.#nearest(path);
    const [from, to] = rangeOf(node) ?? [0, 0];
    const value = isScalar(node) && typeof node.value === 'string' ? node.value : '';
    // Conditions are trimmed before they are read; offsets count from the first visible character.
    const lead = value.length - value.trimStart().length;
    const place = placeOf(value, this.#text.slice(from, to));
    const start = place?.(part.start + lead);
    const end = place?.(Math.max(part.start, part.end - 1) + lead);
    if (start === undefined || end === undefined) return this.#issue(path, message, from, to);
    return this.#issue(path, message, from + start, from + end + 1);
  }

  /** Marks a range of the text itself. */
  atOffset(start: number, end: number, message: string): PolicyIssue {
    return this.#issue([], message, start, end);
  }

  #nearest(path: readonly (string | number)[]): Node | undefined {
    let node: unknown = this.#document.contents;
    for (const step of path) {
      const resolved = isAlias(node) ? node.resolve(this.#document) : node;
      const child: unknown = isCollection(resolved) ? resolved.get(step, true) : undefined;
      if (rangeOf(child) === undefined) break;
      node = child;
    }
    return isScalar(node) || isCollection(node) || isAlias(node) ? node : undefined;
  }

  #issue(
    path: readonly (string | number)[],
    message: string,
    start: number,
    end: number,
  ): PolicyIssue {
    const from = this.#lines.linePos(start);
    // An end just behind a line break would mark the next line.
    const visibleEnd = start + this.#text.slice(start, end).trimEnd().length;
    const to = this.#lines.linePos(Math.max(start, visibleEnd));
    return {
      message,
      path,
      line: Math.max(1, from.line),
      column: Math.max(1, from.col),
      endLine: Math.max(1, to.line),
      endColumn: Math.max(1, to.col),
    };
  }
}

function rangeOf(node: unknown): readonly [number, number] | undefined {
  if (!isScalar(node) && !isCollection(node) && !isAlias(node)) return undefined;
  return node.range ? [node.range[0], node.range[1]] : undefined;
}

/**
 * Maps offsets of a text value to offsets of its spelling in the file, line by line, so that block
 * scalars and quotes work. `undefined` where the two differ too much (folding, escapes).
 */
function placeOf(value: string, spelling: string): ((offset: number) => number) | undefined {
  const starts: { readonly offset: number; readonly at: number }[] = [];
  let offset = 0;
  let cursor = 0;
  for (const line of value.split('\n')) {
    const at = spelling.indexOf(line, cursor);
    if (at < 0) return undefined;
    starts.push({ offset, at });
    cursor = at + line.length;
    offset += line.length + 1;
  }
  return (wanted) => {
    const line = starts.findLast((start) => start.offset <= wanted);
    return line === undefined ? 0 : line.at + (wanted - line.offset);
  };
}
