import { type JsonNode, McpError, parseJson } from '@holdpoint/mcp';
import { looksLikeJson } from './json-source.ts';

/** A JSON object or array in the middle of a text. */
export interface JsonIsland {
  readonly start: number;
  readonly end: number;
  /** Offsets are those of the island, not of the text. */
  readonly root: JsonNode;
}

interface Pair {
  readonly start: number;
  readonly end: number;
  readonly inner: readonly Pair[];
}

/** Told of each part before it is parsed; ends the search by throwing. */
type OnParse = (part: string) => void;

/** How many brackets of prose may stand around JSON. Bounds what hostile nesting costs. */
const MAX_TRIES = 4;
const MAX_ISLAND_DEPTH = 256;

/**
 * The outermost parts of a text that are JSON and hold an object.
 *
 * One pass pairs the brackets, then at most four readings of any part follow: linear.
 */
export function findIslands(text: string, onParse: OnParse): readonly JsonIsland[] {
  const islands: JsonIsland[] = [];
  for (const pair of pairBrackets(text)) collectIslands(text, pair, MAX_TRIES, onParse, islands);
  return islands;
}

function collectIslands(
  text: string,
  pair: Pair,
  tries: number,
  onParse: OnParse,
  islands: JsonIsland[],
): void {
  if (tries === 0) return;
  const part = text.slice(pair.start, pair.end);
  const root = part.includes('{') ? tryParse(part, onParse) : undefined;
  if (root !== undefined) islands.push({ start: pair.start, end: pair.end, root });
  else for (const inner of pair.inner) collectIslands(text, inner, tries - 1, onParse, islands);
}

function tryParse(text: string, onParse: OnParse): JsonNode | undefined {
  // `{note}` is prose, and costs no error.
  if (!looksLikeJson(text)) return undefined;
  onParse(text);
  try {
    return parseJson(text, { mode: 'lenient', maxDepth: MAX_ISLAND_DEPTH });
  } catch (error) {
    if (error instanceof McpError) return undefined;
    throw error;
  }
}

const CLOSING: Readonly<Record<string, string>> = { '{': '}', '[': ']' };

/** Pairs of brackets outside of string literals; an opening one that is never closed is only prose. */
function pairBrackets(text: string): readonly Pair[] {
  const outermost: Pair[] = [];
  const open: { start: number; closing: string; inner: Pair[] }[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    const closing = CLOSING[char];
    if (closing !== undefined) open.push({ start: at, closing, inner: [] });
    else if (char === '"' && open.length > 0) at = literalEnd(text, at);
    else if (char === open.at(-1)?.closing) {
      const done = open.pop();
      if (done === undefined) continue;
      const siblings = open.at(-1)?.inner ?? outermost;
      siblings.push({ start: done.start, end: at + 1, inner: done.inner });
    }
  }
  return [...outermost, ...open.flatMap(({ inner }) => inner)];
}

/** The closing quotation mark; the end of the line where there is none, as JSON has no raw line break. */
function literalEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"' && text[at] !== '\n') at += text[at] === '\\' ? 2 : 1;
  return at;
}
