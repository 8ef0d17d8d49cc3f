import { knownKeys } from '../schema.ts';
import type { Path } from './values.ts';

/** What a cursor in a policy's text is at. Works on texts that can't be read yet, as while typing. */
export interface Place {
  readonly kind: 'key' | 'value' | 'condition';
  /** Of the mapping whose key is typed, or of the value. */
  readonly path: Path;
  /** What is typed so far; of a condition, all of it up to the cursor. */
  readonly typed: string;
  /** Where it begins. */
  readonly from: number;
  /** Keys that the mapping has above the cursor. */
  readonly taken: readonly string[];
  readonly inFlow: boolean;
}

interface Level {
  readonly column: number;
  readonly step: string | number;
  readonly keys: string[];
}

const KEY = /^(?:"([\w-]+)"|'([\w-]+)'|([\w./-]+))[ \t]*:(?=[ \t]|$)/;
const CONDITIONS = new Set(['when', 'unless']);

/** The place of an offset; nothing inside comments. */
export function placeAt(text: string, offset: number): Place | undefined {
  const before = text.slice(0, offset);
  const lines = before.split('\n');
  const levels: Level[] = [{ column: -1, step: '', keys: [] }];
  let start = 0;
  let block: { readonly column: number; readonly from: number } | undefined;
  let flow: number | undefined;

  for (const [number, line] of lines.entries()) {
    const isLast = number === lines.length - 1;
    const visible = line.trim();
    const column = line.length - line.trimStart().length;
    const outside = visible !== '' && block !== undefined && column <= block.column;
    if (block !== undefined && (outside || (isLast && visible === '' && column <= block.column))) {
      block = undefined;
    }
    if (block === undefined && flow === undefined && visible !== '' && !visible.startsWith('#')) {
      const opened = enterLine(line, start, levels);
      block = opened.block;
      flow = opened.flow;
    } else if (block === undefined && flow === undefined && visible.startsWith('#') && isLast) {
      return undefined;
    }
    // A list or mapping on one line may go on below it.
    if (flow !== undefined && !isLast && isClosed(text.slice(flow, start + line.length))) {
      flow = undefined;
    }
    if (isLast) return placeOnLine({ text, offset, line, start, levels, block, flow });
    start += line.length + 1;
  }
  return undefined;
}

interface Cursor {
  readonly text: string;
  readonly offset: number;
  readonly line: string;
  readonly start: number;
  readonly levels: Level[];
  readonly block: { readonly column: number; readonly from: number } | undefined;
  readonly flow: number | undefined;
}

function placeOnLine({
  text,
  offset,
  line,
  start,
  levels,
  block,
  flow,
}: Cursor): Place | undefined {
  const path = pathOf(levels);
  const key = path.at(-1);
  if (block !== undefined) {
    if (typeof key !== 'string' || !CONDITIONS.has(key)) return undefined;
    return place('condition', path, text.slice(block.from, offset), block.from);
  }
  if (flow !== undefined) return placeInFlow(text, flow, offset, path);
  if (/(^|\s)#/.test(line.replace(/"[^"]*"|'[^']*'/g, ''))) return undefined;

  const { rest, column } = behindDashes(line);
  const found = KEY.exec(rest);
  const at = start + column;
  if (found !== null) {
    const value = rest.slice(found[0].length);
    const from = at + found[0].length + (value.length - value.trimStart().length);
    if (value === '') return undefined;
    const kind = typeof key === 'string' && CONDITIONS.has(key) ? 'condition' : 'value';
    return place(kind, path, value.trimStart(), from);
  }
  while (levels.length > 1 && (levels.at(-1)?.column ?? -1) >= column) levels.pop();
  const here = pathOf(levels);
  const taken = levels.at(-1)?.keys ?? [];
  if (knownKeys(here).length > 0 && isMapping(here))
    return { ...place('key', here, rest, at), taken };
  return typeof here.at(-1) === 'number' ? place('value', here, rest, at) : undefined;
}

/** Lists hold values by their position; what is at a name below them is a mapping. */
function isMapping(path: Path): boolean {
  const list = path.at(-1);
  return !(list === 'rules' || list === 'mask' || list === 'steps' || list === 'chains');
}

function place(kind: Place['kind'], path: Path, typed: string, from: number): Place {
  return { kind, path, typed, from, taken: [], inFlow: false };
}

function pathOf(levels: readonly Level[]): Path {
  return levels.slice(1).map(({ step }) => step);
}

function behindDashes(line: string): { readonly rest: string; readonly column: number } {
  const lead = /^[ \t]*(?:-[ \t]+|-$)*/.exec(line.replace('\ufeff', ' '))?.[0] ?? '';
  return { rest: line.slice(lead.length), column: lead.length };
}

/** Follows one line into the levels that it opens. */
function enterLine(line: string, start: number, levels: Level[]): Pick<Cursor, 'block' | 'flow'> {
  const nothing = { block: undefined, flow: undefined };
  for (const dash of line.matchAll(/^[ \t]*-(?=[ \t]|$)|(?<=^[ \t]*(?:-[ \t]+)+)-(?=[ \t]|$)/g)) {
    const column = dash.index + dash[0].length - 1;
    enterItem(column, levels);
  }
  const { rest, column } = behindDashes(line);
  const found = KEY.exec(rest);
  const opens = /^[[{]/;
  if (found === null) return opens.test(rest) ? { ...nothing, flow: start + column } : nothing;
  const name = found[1] ?? found[2] ?? found[3] ?? '';
  while (levels.length > 1 && (levels.at(-1)?.column ?? -1) >= column) levels.pop();
  levels.at(-1)?.keys.push(name);
  levels.push({ column, step: name, keys: [] });
  const value = rest.slice(found[0].length).trimStart();
  const from = start + line.length - value.length;
  if (/^[|>][\d+-]*\s*(#.*)?$/.test(value)) {
    return { ...nothing, block: { column, from: start + line.length + 1 } };
  }
  return opens.test(value) ? { ...nothing, flow: from } : nothing;
}

function enterItem(column: number, levels: Level[]): void {
  while (levels.length > 1 && (levels.at(-1)?.column ?? -1) > column) levels.pop();
  const last = levels.at(-1);
  const sibling = typeof last?.step === 'number' && last.column === column ? last.step : undefined;
  if (sibling !== undefined) levels.pop();
  levels.push({ column, step: sibling === undefined ? 0 : sibling + 1, keys: [] });
}

function isClosed(source: string): boolean {
  return flowLevels(source).length === 0;
}

interface FlowLevel {
  readonly open: '[' | '{';
  step: string | number | undefined;
  from: number;
  readonly keys: string[];
}

/** The brackets that are open at the end of a text that begins with one. */
function flowLevels(source: string): FlowLevel[] {
  const levels: FlowLevel[] = [];
  let index = 0;
  const from = () => index + 1;
  for (; index < source.length; index += 1) {
    const character = source[index];
    const top = levels.at(-1);
    if (character === '[' || character === '{') {
      levels.push({
        open: character,
        step: character === '[' ? 0 : undefined,
        from: from(),
        keys: [],
      });
    } else if (character === ']' || character === '}') {
      levels.pop();
      if (levels.length === 0) return [];
    } else if (
      top !== undefined &&
      (character === '"' || character === "'") &&
      source.slice(top.from, index).trim() === ''
    ) {
      const end = source.indexOf(character, index + 1);
      if (end < 0) return levels;
      index = end;
    } else if (top !== undefined && character === ',') {
      top.step = top.open === '[' ? Number(top.step ?? 0) + 1 : undefined;
      top.from = from();
    } else if (
      top?.open === '{' &&
      character === ':' &&
      /^(\s|$)/.test(source.slice(index + 1, index + 2))
    ) {
      top.step = source
        .slice(top.from, index)
        .trim()
        .replace(/^["']|["']$/g, '');
      top.keys.push(top.step);
      top.from = from();
    }
  }
  return levels;
}

function placeInFlow(text: string, start: number, offset: number, base: Path): Place | undefined {
  const levels = flowLevels(text.slice(start, offset));
  const top = levels.at(-1);
  if (top === undefined) return undefined;
  const outer = levels.slice(0, -1).flatMap(({ step }) => (step === undefined ? [] : [step]));
  const typed = text.slice(start + top.from, offset);
  const from = start + top.from + (typed.length - typed.trimStart().length);
  const inMapping = [...base, ...outer];
  if (top.step === undefined) {
    return { ...place('key', inMapping, typed.trimStart(), from), taken: top.keys, inFlow: true };
  }
  const path = [...inMapping, top.step];
  const kind = typeof top.step === 'string' && CONDITIONS.has(top.step) ? 'condition' : 'value';
  return { ...place(kind, path, typed.trimStart(), from), inFlow: true };
}
