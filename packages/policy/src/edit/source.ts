import {
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Path } from './values.ts';

/** A policy's text together with what the parser made of it. Never changed: an edit makes a new text. */
export interface Source {
  readonly text: string;
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
  /** How lines of this file end. */
  readonly eol: '\n' | '\r\n';
  /** The document as plain values. */
  readonly value: unknown;
}

/** A text that has no readable document; `line` counts from 1. */
export interface Unreadable {
  readonly message: string;
  readonly line: number;
}

export type SourceResult =
  | { readonly ok: true; readonly source: Source }
  | { readonly ok: false; readonly fault: Unreadable };

/** What `compilePolicy` reads; the compiler itself is too large for a browser. */
const MAX_EDITED_LENGTH = 1024 * 1024;
const REMEMBERED = 4;
const remembered = new Map<string, SourceResult>();

/** Reads a text. The last few are remembered: an edit reads its own result, which is read next. */
export function openSource(text: string): SourceResult {
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const result = read(text);
  const [oldest] = remembered.keys();
  if (remembered.size >= REMEMBERED && oldest !== undefined) remembered.delete(oldest);
  remembered.set(text, result);
  return result;
}

function read(text: string): SourceResult {
  if (text.length > MAX_EDITED_LENGTH) {
    return { ok: false, fault: { message: 'A policy may have at most 1 MiB.', line: 1 } };
  }
  try {
    const lines = new LineCounter();
    // As `compilePolicy` reads it; the tokens tell where a list's dashes are.
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      version: '1.2',
      merge: false,
      uniqueKeys: true,
      keepSourceTokens: true,
    });
    const [error] = document.errors;
    if (error !== undefined) {
      const line = Math.max(1, lines.linePos(error.pos[0]).line);
      return { ok: false, fault: { message: error.message, line } };
    }
    const eol = text.includes('\r\n') ? '\r\n' : '\n';
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    return { ok: true, source: { text, document, lines, eol, value } };
  } catch {
    // Nesting that overflows the parser's stack, or aliases that multiply.
    return { ok: false, fault: { message: 'The text is nested too deeply to be read.', line: 1 } };
  }
}

/** The node at a path; none where the path leads through an alias, whose text stands elsewhere. */
export function nodeAt(source: Source, path: Path): Node | undefined {
  let node: unknown = source.document.contents;
  for (const step of path) {
    if (!isCollection(node)) return undefined;
    node = node.get(step, true);
  }
  return isNode(node) ? node : undefined;
}

export function isNode(value: unknown): value is Node {
  return isScalar(value) || isCollection(value) || isAlias(value);
}

/** Key and value of one entry of a mapping. */
export interface Entry {
  readonly key: Scalar;
  readonly value: Node | undefined;
  readonly pair: Pair;
}

export function entriesOf(map: YAMLMap): readonly Entry[] {
  return map.items.flatMap((pair) =>
    isPair(pair) && isScalar(pair.key)
      ? [{ key: pair.key, value: isNode(pair.value) ? pair.value : undefined, pair }]
      : [],
  );
}

export function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

/** Where the last character of a node's content is, without comments and blank lines behind it. */
export function contentEnd(source: Source, node: Node): number {
  if ((isMap(node) || isSeq(node)) && node.flow !== true) {
    const last: unknown = node.items.at(-1);
    const inner = isPair(last) ? (isNode(last.value) ? last.value : last.key) : last;
    if (isNode(inner)) return contentEnd(source, inner);
  }
  const [start, end] = node.range ?? [0, 0];
  if (!isBlockScalar(node)) return end;
  const written = source.text.slice(start, end);
  // With `+` the blank lines at the end belong to the text.
  return /^[|>][1-9]?\+/.test(written) ? end : start + written.trimEnd().length;
}

function isBlockScalar(node: Node): node is Scalar {
  return isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED');
}

export function isFlow(node: unknown): boolean {
  return isCollection(node) && node.flow === true;
}

/** Offset of each dash of a block list, in order. */
export function dashesOf(seq: YAMLSeq): readonly number[] {
  const token = seq.srcToken;
  if (token?.type !== 'block-seq') return [];
  return token.items.flatMap(({ start }) => {
    const dash = start.find(({ type }) => type === 'seq-item-ind');
    return dash === undefined ? [] : [dash.offset];
  });
}

export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** The place behind the line that `offset` is on; an offset at a line's start is already there. */
export function behindLine(text: string, offset: number): number {
  if (offset > 0 && text[offset - 1] === '\n') return offset;
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end + 1;
}

/** How far a place is indented: everything before it on its line, byte order mark left out. */
export function columnOf(text: string, offset: number): number {
  return text.slice(lineStart(text, offset), offset).replace('\ufeff', '').length;
}
