import {
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { PolicyError } from '../policy-error.ts';
import {
  renderEntry,
  renderMap,
  renderValue,
  type Surroundings,
  type TextStyle,
} from './render.ts';
import {
  behindLine,
  columnOf,
  contentEnd,
  dashesOf,
  entriesOf,
  isFlow,
  isNode,
  lineStart,
  startOf,
  type Entry,
  type Source,
} from './source.ts';
import { isPlainMap, type PlainValue } from './values.ts';

/** Replaces `from` to `to`; everything else of the text stays as it is, byte for byte. */
export interface Splice {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

export function applySplice(text: string, { from, to, insert }: Splice): string {
  return text.slice(0, from) + insert + text.slice(to);
}

/** @throws PolicyError `not_editable`: only its author can tell what should become of the text */
export function refuse(message: string): never {
  throw new PolicyError('not_editable', message);
}

/** Puts another value in the place of one that stands in the text. */
export function replaceNode(
  source: Source,
  node: Node,
  value: PlainValue,
  around: Surroundings,
): Splice {
  if (isCollection(node) && !isFlow(node)) {
    return refuse('A block of lines would have to become a single value.');
  }
  const from = startOf(node);
  const to = contentEnd(source, node);
  const rendered = renderValue(value, around, styleOf(node));
  // A key without a value: its place is right behind the colon.
  const gap = from === to && source.text[from - 1] === ':' ? ' ' : '';
  const broken = source.text[to - 1] === '\n' ? around.eol : '';
  return { from, to, insert: gap + rendered + broken };
}

function styleOf(node: Node): TextStyle | undefined {
  if (!isScalar(node)) return undefined;
  switch (node.type) {
    case 'QUOTE_SINGLE':
      return 'single';
    case 'QUOTE_DOUBLE':
      return 'double';
    case 'BLOCK_LITERAL':
      return 'literal';
    case 'BLOCK_FOLDED':
      return 'folded';
    default:
      return undefined;
  }
}

/** Adds a key to a mapping, behind the entry at `after`. */
export function insertEntry(
  source: Source,
  map: YAMLMap,
  after: number,
  [key, value]: readonly [key: string, value: PlainValue],
  { flow, level }: { readonly flow: boolean; readonly level: number },
): Splice {
  const { text, eol } = source;
  const entries = entriesOf(map);
  const previous = entries[after];
  if (isFlow(map) || flow) {
    const rendered = renderEntry(key, value, { flow: true, indent: 0, eol });
    if (previous === undefined) {
      const at = startOf(map) + 1;
      return { from: at, to: at, insert: ` ${rendered} ` };
    }
    const at = entryEnd(source, previous);
    return { from: at, to: at, insert: `, ${rendered}` };
  }
  const [first] = entries;
  if (previous === undefined || first === undefined) return refuse('The mapping is empty.');
  const indent = columnOf(text, startOf(first.key));
  const rendered = renderEntry(key, value, { flow: false, indent, eol }, level);
  return insertLines(source, behindLine(text, entryEnd(source, previous)), indent, rendered);
}

/** Adds whole lines at a line's start, or below the last line where that has no end. */
export function insertLines(
  { text, eol }: Source,
  at: number,
  indent: number,
  lines: string,
): Splice {
  const indented = ' '.repeat(indent) + lines;
  const open = at === text.length && text !== '' && !text.endsWith('\n') && text !== '\ufeff';
  return { from: at, to: at, insert: open ? eol + indented : indented + eol };
}

function entryEnd(source: Source, { key, value }: Entry): number {
  const keyEnd = key.range?.[1] ?? 0;
  return value === undefined ? keyEnd : Math.max(keyEnd, contentEnd(source, value));
}

/** Takes a key with its value out of a mapping that has others. */
export function removeEntry(source: Source, map: YAMLMap, index: number): Splice {
  const { text } = source;
  const entries = entriesOf(map);
  const entry = entries[index];
  if (entry === undefined) return refuse('There is no such key.');
  if (isFlow(map)) {
    const spans = entries.map((each) => [startOf(each.key), entryEnd(source, each)] as const);
    return removeFromFlow(text, spans, index);
  }
  const start = startOf(entry.key);
  const end = entryEnd(source, entry);
  const line = lineStart(text, start);
  if (text.slice(line, start).replace('\ufeff', '').trim() === '') {
    return { from: line, to: behindLine(text, end), insert: '' };
  }
  // On the line of a list's dash: what follows moves up, unless a comment stands between.
  const next = entries[index + 1];
  const until = next === undefined ? end : startOf(next.key);
  const onlySpace = text.slice(end, until).trim() === '';
  return { from: start, to: onlySpace ? until : end, insert: '' };
}

/** Takes one of several items out of `[…]` or `{…}`, with the comma that belongs to it. */
function removeFromFlow(
  text: string,
  spans: readonly (readonly [start: number, end: number])[],
  index: number,
): Splice {
  const [start, end] = spans[index] ?? refuse('There is no such item.');
  const next = spans[index + 1];
  const previous = spans[index - 1];
  if (next !== undefined) {
    const gap = text.slice(end, next[0]);
    if (!gap.includes('#')) return { from: start, to: next[0], insert: '' };
    const comma = gap.indexOf(',');
    if (comma < 0 || gap.slice(0, comma).includes('#')) return refuse('A comment is in the way.');
    return { from: start, to: end + comma + 1, insert: '' };
  }
  // A comma before the closing bracket is allowed, so that a comment in between can stay.
  const keeps = previous === undefined || text.slice(previous[1], start).includes('#');
  return { from: keeps ? start : previous[1], to: end, insert: '' };
}

function itemSpan(source: Source, item: unknown): readonly [number, number] {
  return isNode(item)
    ? [startOf(item), contentEnd(source, item)]
    : refuse('An item of the list can’t be told apart.');
}

export function removeItem(source: Source, seq: YAMLSeq, index: number): Splice {
  const { text } = source;
  const spans = seq.items.map((item) => itemSpan(source, item));
  if (isFlow(seq)) return removeFromFlow(text, spans, index);
  const [, end] = spans[index] ?? refuse('There is no such item.');
  const line = ownLine(text, dashesOf(seq)[index]);
  return { from: line, to: behindLine(text, end), insert: '' };
}

/** Adds an item so that it becomes the one at `index`. */
export function insertItem(source: Source, seq: YAMLSeq, index: number, value: PlainValue): Splice {
  const { text, eol } = source;
  const spans = seq.items.map((item) => itemSpan(source, item));
  const previous = spans[index - 1];
  if (isFlow(seq)) {
    const rendered = renderValue(value, { flow: true, indent: 0, eol });
    const [first] = spans;
    if (previous !== undefined) return at(previous[1], `, ${rendered}`);
    if (first !== undefined) return at(first[0], `${rendered}, `);
    return at(startOf(seq) + 1, rendered);
  }
  const dashes = dashesOf(seq);
  const [firstDash] = dashes;
  const indent = columnOf(text, firstDash ?? refuse('The list has no lines.'));
  const place = previous === undefined ? ownLine(text, firstDash) : behindLine(text, previous[1]);
  // As its neighbour: with lines of its own, or on one.
  const alike = seq.items[index - 1] ?? seq.items[0];
  const asLines = isPlainMap(value) && isMap(alike) && !isFlow(alike);
  return insertLines(source, place, indent, renderItem(value, indent, eol, asLines));
}

/** `- …`, from its dash on. */
export function renderItem(
  value: PlainValue,
  indent: number,
  eol: string,
  asLines: boolean,
): string {
  if (!asLines || !isPlainMap(value)) {
    return `- ${renderValue(value, { flow: isPlainMap(value), indent, eol })}`;
  }
  const lines = renderMap(value, { flow: false, indent: indent + 2, eol });
  return `- ${lines.join(eol + ' '.repeat(indent + 2))}`;
}

/** The start of the line that begins with this dash. */
export function ownLine(text: string, dash: number | undefined): number {
  if (dash === undefined) return refuse('An item of the list can’t be told apart.');
  const line = lineStart(text, dash);
  const before = text.slice(line, dash).replace('\ufeff', '');
  return before.trim() === '' ? line : refuse('The list begins in the middle of a line.');
}

function at(offset: number, insert: string): Splice {
  return { from: offset, to: offset, insert };
}

/** Why a form must not touch a node: what it stands for is shared, or more than its value. */
export function reasonToLeave(node: Node): string | undefined {
  if (isAlias(node)) return 'it is an alias of another place';
  if (node.anchor !== undefined) return 'other places refer to it by its anchor';
  if (node.tag !== undefined) return 'it has a tag';
  if (isMap(node)) {
    if (entriesOf(node).length !== node.items.length) return 'one of its keys is no plain text';
    return entriesOf(node)
      .flatMap(({ key, value }) => [reasonToLeave(key), value && reasonToLeave(value)])
      .find((reason) => reason !== undefined);
  }
  if (isSeq(node)) {
    return node.items
      .map((item) => (isNode(item) ? reasonToLeave(item) : 'an item of it is no plain value'))
      .find((reason) => reason !== undefined);
  }
  return undefined;
}
