import { isMap, isSeq, type YAMLSeq } from 'yaml';
import { edit, setValue, type EditResult } from './change.ts';
import {
  RULE_FIELD_NAMES,
  RULE_FIELDS,
  ruleDocument,
  writtenValue,
  type RuleChange,
  type RuleValues,
} from './rule-values.ts';
import { renderValue } from './render.ts';
import {
  behindLine,
  columnOf,
  contentEnd,
  dashesOf,
  entriesOf,
  isFlow,
  isNode,
  lineStart,
  nodeAt,
  openSource,
  startOf,
  type Source,
} from './source.ts';
import { applySplice, insertLines, ownLine, refuse, removeItem, renderItem } from './splice.ts';
import { isList, isPlainMap, valueAt } from './values.ts';

/** Changes fields of the rule at a position. What isn't named stays as it is written. */
export function editRule(text: string, index: number, change: RuleChange): EditResult {
  let result: EditResult = { ok: true, text };
  for (const field of RULE_FIELD_NAMES) {
    const value = change[field];
    if (value === undefined || !result.ok) continue;
    result = setValue(
      result.text,
      ['rules', index, ...RULE_FIELDS[field].path],
      writtenValue(value),
    );
  }
  return result;
}

/** Adds a rule, so that it becomes the one at `position`; at the end unless given. */
export function addRule(text: string, rule: RuleValues, position?: number): EditResult {
  return edit(text, (source) => {
    const rules = rulesValue(source);
    const index = Math.min(position ?? rules.length, rules.length);
    const document = ruleDocument(rule);
    return {
      text: insertRule(source, document, index),
      expected: withRules(source, rules.toSpliced(index, 0, document)),
    };
  });
}

/** Takes a rule away, together with the comment lines that stand right above it. */
export function removeRule(text: string, index: number): EditResult {
  return edit(text, (source) => {
    const rules = rulesValue(source);
    return {
      text: cutRule(source, index),
      expected: withRules(source, rules.toSpliced(index, 1)),
    };
  });
}

/** Moves a rule, together with the comment lines that stand right above it. */
export function moveRule(text: string, from: number, to: number): EditResult {
  return edit(text, (source) => {
    const rules = rulesValue(source);
    const spans = ruleSpans(source);
    const moved = order(spans.length, from, to);
    const slots = spans.map(([start, end], slot) => {
      const [takenFrom, takenTo] = spans[moved[slot] ?? slot] ?? [start, end];
      return { start, end, taken: source.text.slice(takenFrom, takenTo) };
    });
    // What stands between the rules stays where it is.
    let result = '';
    let done = 0;
    for (const { start, end, taken } of slots) {
      result += source.text.slice(done, start) + taken;
      done = end;
    }
    return {
      text: result + source.text.slice(done),
      expected: withRules(
        source,
        moved.map((at) => rules[at]),
      ),
    };
  });
}

function order(length: number, from: number, to: number): readonly number[] {
  const all = Array.from({ length }, (_, index) => index);
  if (all[from] === undefined || all[to] === undefined) return refuse('There is no such place.');
  return all.toSpliced(from, 1).toSpliced(to, 0, from);
}

/** Puts a copy right behind a rule, written as the rule is, with an id of its own. */
export function duplicateRule(text: string, index: number): EditResult {
  const copied = edit(text, (source) => {
    const rules = rulesValue(source);
    const seq = rulesSeq(source);
    const item: unknown = seq.items[index];
    if (!isNode(item) || !isMap(item)) return refuse('There is no such rule.');
    const end = contentEnd(source, item);
    const expected = withRules(source, rules.toSpliced(index + 1, 0, rules[index]));
    if (isFlow(seq)) {
      const splice = { from: end, to: end, insert: `, ${source.text.slice(startOf(item), end)}` };
      return { text: applySplice(source.text, splice), expected };
    }
    const start = ownLine(source.text, dashesOf(seq)[index]);
    const at = behindLine(source.text, end);
    const lines = source.text
      .slice(start, at)
      .replace(/\r?\n$/, '')
      .replace('\ufeff', '');
    const gap = gapBehind(source, seq, index);
    const splice = insertLines(source, at, 0, gap + lines);
    return { text: applySplice(source.text, splice), expected };
  });
  if (!copied.ok) return copied;
  return editRule(copied.text, index + 1, { id: freeId(copied.text, index) });
}

function freeId(text: string, index: number): string {
  const opened = openSource(text);
  const rules = opened.ok ? rulesValue(opened.source) : [];
  const ids = rules.map((rule) => String(valueAt(rule, ['id'])));
  return newRuleId(ids, ids[index] ?? 'rule');
}

/** An id made of another one that no rule has yet. */
export function newRuleId(taken: readonly string[], wish: string): string {
  if (!taken.includes(wish)) return wish;
  const base = wish.replace(/-\d+$/, '').slice(0, 58);
  for (let number = 2; ; number += 1) {
    if (!taken.includes(`${base}-${number}`)) return `${base}-${number}`;
  }
}

function rulesValue(source: Source): readonly unknown[] {
  const rules = valueAt(source.value, ['rules']);
  if (rules === undefined || rules === null) return [];
  return isList(rules) ? rules : refuse('"rules" is not a list.');
}

function withRules(source: Source, rules: readonly unknown[]): unknown {
  return { ...(isPlainMap(source.value) ? source.value : {}), rules };
}

function rulesSeq(source: Source): YAMLSeq {
  const seq = nodeAt(source, ['rules']);
  return isSeq(seq) ? seq : refuse('There are no rules.');
}

function insertRule(source: Source, rule: ReturnType<typeof ruleDocument>, index: number): string {
  const { text, eol } = source;
  const seq = nodeAt(source, ['rules']);
  if (!isSeq(seq) || seq.items.length === 0) return firstRule(source, rule);
  if (isFlow(seq)) {
    const inFlow = renderValue(rule, { flow: true, indent: 0, eol });
    const previous: unknown = seq.items[index - 1];
    const next: unknown = seq.items[index];
    if (isNode(previous)) return cut(text, contentEnd(source, previous), `, ${inFlow}`);
    return cut(text, isNode(next) ? startOf(next) : startOf(seq) + 1, `${inFlow}, `);
  }
  const spans = ruleSpans(source);
  const indent = columnOf(text, dashesOf(seq)[0] ?? 0);
  const item = renderItem(rule, indent, eol, true);
  const gap = gapBehind(source, seq, index - 1);
  const previous: unknown = seq.items[index - 1];
  if (isNode(previous)) {
    const place = behindLine(text, contentEnd(source, previous));
    return applySplice(text, insertLines(source, place, 0, gap + pad(indent) + item));
  }
  return applySplice(text, insertLines(source, spans[0]?.[0] ?? 0, indent, item + gap));
}

function cut(text: string, offset: number, insert: string): string {
  return applySplice(text, { from: offset, to: offset, insert });
}

/** Rules that are set apart by empty lines get another such line. */
function gapBehind(source: Source, seq: YAMLSeq, index: number): string {
  const item: unknown = seq.items[index];
  // Behind a block scalar that keeps its empty lines, one more would be part of its text.
  if (isNode(item) && source.text[contentEnd(source, item) - 1] === '\n') return '';
  const spans = ruleSpans(source);
  const [last, before] = [spans.at(-1), spans.at(-2)];
  if (last === undefined || before === undefined || isFlow(seq)) return source.eol;
  const between = source.text.slice(behindLine(source.text, before[1]), last[0]);
  return /^[ \t]*\r?\n/m.test(between) ? source.eol : '';
}

function pad(indent: number): string {
  return ' '.repeat(indent);
}

/** The first rule of a file: the list itself has to be written, too. */
function firstRule(source: Source, rule: ReturnType<typeof ruleDocument>): string {
  const { text, eol, document } = source;
  const root = document.contents;
  const rules = isMap(root)
    ? entriesOf(root).find(({ key }) => String(key.value) === 'rules')
    : undefined;
  if (rules === undefined) {
    if (isMap(root) && root.items.length > 0) {
      if (isFlow(root)) return refuse('The whole policy is written on one line.');
      const lines = renderRules(rule, columnOf(text, startOf(root)), eol);
      const end = behindLine(text, contentEnd(source, root));
      return applySplice(text, insertLines(source, end, 0, lines));
    }
    if (isMap(root)) return cutRange(text, root.range ?? [0, 0], renderRules(rule, 0, eol));
    return applySplice(text, insertLines(source, text.length, 0, renderRules(rule, 0, eol)));
  }
  if (isFlow(root)) return refuse('The whole policy is written on one line.');
  const indent = columnOf(text, startOf(rules.key)) + 2;
  const item = renderItem(rule, indent, eol, true);
  const [from, to] = rules.value?.range ?? [0, 0];
  if (rules.value === undefined || rules.value.anchor !== undefined) {
    return refuse('The list of rules is written in an unusual way.');
  }
  // `rules: []` and `rules:` alike: what was written for "none" goes, a comment behind it stays.
  const start = text[from - 1] === ' ' && from < to ? from - 1 : from;
  const emptied = cutRange(text, [start, to], '');
  const at = behindLine(emptied, start);
  return applySplice(emptied, insertLines({ ...source, text: emptied }, at, indent, item));
}

function cutRange(text: string, [from, to]: readonly number[], insert: string): string {
  return applySplice(text, { from: from ?? 0, to: to ?? 0, insert });
}

function renderRules(rule: ReturnType<typeof ruleDocument>, column: number, eol: string): string {
  const item = renderItem(rule, column + 2, eol, true);
  return `${pad(column)}rules:${eol}${pad(column + 2)}${item}`;
}

/**
 * Each rule with the comment lines right above it, from the first character of a line to the last
 * of its content; in a list on one line, the rule alone.
 */
function ruleSpans(source: Source): readonly (readonly [start: number, end: number])[] {
  const seq = rulesSeq(source);
  const dashes = dashesOf(seq);
  let floor = 0;
  return seq.items.map((item, index) => {
    if (!isNode(item)) return refuse('A rule can’t be told apart.');
    const end = contentEnd(source, item);
    if (isFlow(seq)) return [startOf(item), end] as const;
    const line = ownLine(source.text, dashes[index]);
    const start = index === 0 ? line : withComments(source.text, line, floor);
    // A comment behind the last value belongs to the rule.
    const lineBreak = source.text.indexOf('\n', end);
    const visibleEnd =
      source.text[end - 1] === '\n' ? end - 1 : lineBreak < 0 ? source.text.length : lineBreak;
    const last = source.text[visibleEnd - 1] === '\r' ? visibleEnd - 1 : visibleEnd;
    floor = behindLine(source.text, end);
    return [start, last] as const;
  });
}

/** Above the first rule stands what is said about all of them, so it has none. */
function withComments(text: string, line: number, floor: number): number {
  let start = line;
  while (start > floor) {
    const above = lineStart(text, start - 1);
    if (above < floor || !/^[ \t]*#/.test(text.slice(above, start))) break;
    start = above;
  }
  return start;
}

function cutRule(source: Source, index: number): string {
  const { text } = source;
  const seq = rulesSeq(source);
  if (index < 0 || index >= seq.items.length) return refuse('There is no such rule.');
  if (isFlow(seq)) return applySplice(text, removeItem(source, seq, index));
  const [start, end] = ruleSpans(source)[index] ?? refuse('There is no such rule.');
  if (seq.items.length > 1) {
    const until = behindLine(text, Math.max(end, itemEnd(source, seq, index)));
    // One of the empty lines around it goes, too.
    const blank = /^[ \t]*\r?\n/.exec(text.slice(until))?.[0] ?? '';
    const aboveIsBlank = /\n[ \t]*\r?\n$/.test(text.slice(0, start));
    const isLast = index === seq.items.length - 1;
    const extra = blank !== '' && (aboveIsBlank || index === 0) && !isLast ? blank.length : 0;
    return cutRange(text, [start, until + extra], '');
  }
  const root = source.document.contents;
  const rules = isMap(root)
    ? entriesOf(root).find(({ key }) => String(key.value) === 'rules')
    : undefined;
  const colon = rules === undefined ? -1 : text.indexOf(':', rules.key.range?.[1] ?? 0);
  if (colon < 0) return refuse('The list of rules is written in an unusual way.');
  const without = cutRange(
    text,
    [start, behindLine(text, Math.max(end, itemEnd(source, seq, 0)))],
    '',
  );
  return cut(without, colon + 1, ' []');
}

function itemEnd(source: Source, seq: YAMLSeq, index: number): number {
  const item: unknown = seq.items[index];
  return isNode(item) ? contentEnd(source, item) : 0;
}

/** Used by previews: a rule as the lines it would become. */
export function renderRule(rule: RuleValues): string {
  return renderItem(ruleDocument(rule), 0, '\n', true);
}
