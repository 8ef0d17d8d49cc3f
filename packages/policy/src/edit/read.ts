import { isMap, isSeq, type Node, type YAMLMap } from 'yaml';
import {
  RULE_FIELD_NAMES,
  RULE_FIELDS,
  type FieldShape,
  type MaskValues,
  type RuleField,
  type RuleValues,
} from './rule-values.ts';
import {
  contentEnd,
  entriesOf,
  nodeAt,
  openSource,
  startOf,
  type Source,
  type Unreadable,
} from './source.ts';
import { reasonToLeave } from './splice.ts';
import { stepOf, type StepValues } from './read-step.ts';
import { isList, isPlainMap, type Path } from './values.ts';

/** Offsets into the text. */
export type TextRange = readonly [from: number, to: number];

/** A part of the text that a form shows as it is written, and doesn't change. */
export interface AsWritten {
  readonly source: string;
  /** Ends the sentence "edit this one in YAML: …". */
  readonly reason: string;
}

/** One rule of a text: what a form can hold of it, and what only the text can. */
export interface RuleView {
  readonly index: number;
  readonly values: RuleValues;
  readonly asWritten: { readonly [Field in RuleField]?: AsWritten };
  /** Set where the rule as a whole can't be held by a form. */
  readonly locked: AsWritten | undefined;
  /** Keys that no rule has, with their values as written. */
  readonly unknown: readonly { readonly key: string; readonly source: string }[];
  readonly range: TextRange;
  readonly ranges: { readonly [Field in RuleField]?: TextRange };
  /** Counts from 1. */
  readonly line: number;
}

/** A policy's text as a form shows it. */
export type PolicyReading =
  | { readonly readable: false; readonly fault: Unreadable }
  | {
      readonly readable: true;
      readonly rules: readonly RuleView[];
      readonly chains: readonly ChainView[];
      readonly defaultEffect: string | undefined;
    };

export interface ChainView {
  readonly name: string;
  readonly steps: readonly StepValues[];
  readonly locked: AsWritten | undefined;
  readonly range: TextRange;
}

/**
 * Reads a policy's text for a form. Never throws; a text that can't be read has to be mended as
 * text first.
 */
export function readPolicyText(text: string): PolicyReading {
  const opened = openSource(text);
  if (!opened.ok) return { readable: false, fault: opened.fault };
  const { source } = opened;
  const root = source.document.contents;
  if (source.value !== null && source.value !== undefined && !isMap(root)) {
    return { readable: false, fault: { message: 'A policy is a mapping with "rules".', line: 1 } };
  }
  const rules = nodeAt(source, ['rules']);
  if (rules !== undefined && !isSeq(rules) && source.value !== null && rulesOf(source) !== null) {
    return { readable: false, fault: { message: '"rules" is not a list.', line: 1 } };
  }
  const defaultEffect = isPlainMap(source.value) ? source.value['default'] : undefined;
  return {
    readable: true,
    rules: isSeq(rules) ? rules.items.map((_, index) => readRule(source, index)) : [],
    chains: readChains(source),
    defaultEffect: typeof defaultEffect === 'string' ? defaultEffect : undefined,
  };
}

function rulesOf(source: Source): unknown {
  return isPlainMap(source.value) ? source.value['rules'] : undefined;
}

function readRule(source: Source, index: number): RuleView {
  const node = nodeAt(source, ['rules', index]);
  const range: TextRange = node === undefined ? [0, 0] : [startOf(node), contentEnd(source, node)];
  const line = source.lines.linePos(range[0]).line;
  const reason = isMap(node) ? reasonOfMap(node) : 'it is not written as a mapping of its own';
  if (!isMap(node) || reason !== undefined) {
    const locked = { source: source.text.slice(...range), reason: reason ?? '' };
    return { index, values: {}, asWritten: {}, locked, unknown: [], range, ranges: {}, line };
  }
  return { index, ...readFields(source, index, node), locked: undefined, range, line };
}

function readFields(source: Source, index: number, rule: YAMLMap) {
  const values: Partial<Record<RuleField, RuleValues[RuleField]>> = {};
  const asWritten: Partial<Record<RuleField, AsWritten>> = {};
  const ranges: Partial<Record<RuleField, TextRange>> = {};
  for (const field of RULE_FIELD_NAMES) {
    const { path, shape } = RULE_FIELDS[field];
    const found = nearest(source, ['rules', index], path);
    if (found === undefined) continue;
    ranges[field] = [startOf(found.node), contentEnd(source, found.node)];
    const read = readField(found, shape);
    if (read.reason !== undefined) {
      asWritten[field] = { source: sourceOf(source, found.node), reason: read.reason };
    } else if (read.value !== undefined) {
      values[field] = read.value;
    }
  }
  const unknown = entriesOf(rule)
    .filter(({ key }) => !KNOWN.has(String(key.value)))
    .map(({ key, value }) => ({
      key: String(key.value),
      source: value === undefined ? '' : sourceOf(source, value),
    }));
  return { values: asRuleValues(values), asWritten, ranges, unknown };
}

const KNOWN = new Set(Object.values(RULE_FIELDS).map(({ path }) => path[0]));

/** Each field was read as the shape that it has. */
function asRuleValues(values: Partial<Record<RuleField, RuleValues[RuleField]>>): RuleValues {
  return values as RuleValues;
}

interface Found {
  readonly node: Node;
  /** False where the way to the field ends at something that isn't a mapping. */
  readonly reached: boolean;
}

function nearest(source: Source, base: Path, path: Path): Found | undefined {
  for (let depth = 1; depth <= path.length; depth += 1) {
    const node = nodeAt(source, [...base, ...path.slice(0, depth)]);
    if (node === undefined) return undefined;
    if (depth === path.length) return { node, reached: true };
    const blocked = isMap(node) ? reasonOfMap(node) : isNull(node) ? undefined : 'unusual';
    if (blocked !== undefined) return { node, reached: false };
    if (!isMap(node)) return undefined;
  }
  return undefined;
}

/** What keeps a form from working in a mapping; what is wrong with single values is theirs. */
function reasonOfMap(map: YAMLMap): string | undefined {
  if (map.anchor !== undefined) return 'other places refer to it by its anchor';
  if (map.tag !== undefined) return 'it has a tag';
  if (entriesOf(map).length !== map.items.length) return 'one of its keys is no plain text';
  if (map.items.length === 0) return 'it is empty';
  return undefined;
}

interface ReadField {
  readonly reason?: string;
  readonly value?: RuleValues[RuleField];
}

function readField({ node, reached }: Found, shape: FieldShape): ReadField {
  if (!reached) {
    const reason = reasonToLeave(node) ?? 'it is not a mapping';
    return { reason };
  }
  const reason = reasonToLeave(node);
  if (reason !== undefined) return { reason };
  if (isNull(node)) return {};
  const value: unknown = node.toJSON();
  switch (shape) {
    case 'text':
      return typeof value === 'string' ? { value } : { reason: 'it is no text' };
    case 'list':
      return isTextList(value) ? { value } : { reason: 'it is no list of texts' };
    case 'masks':
      return isMaskList(value) ? { value } : { reason: 'it is no list of plain masks' };
    default:
      return shape satisfies never;
  }
}

function isNull(node: Node): boolean {
  return node.toJSON() === null;
}

function isTextList(value: unknown): value is readonly string[] {
  return isList(value) && value.length > 0 && value.every((item) => typeof item === 'string');
}

function isMaskList(value: unknown): value is readonly MaskValues[] {
  return isList(value) && value.length > 0 && value.every(isMask);
}

function isMask(value: unknown): value is MaskValues {
  if (!isPlainMap(value)) return false;
  return Object.entries(value).every(([key, part]) =>
    key === 'detect'
      ? isTextList(part)
      : (key === 'field' || key === 'as') && typeof part === 'string',
  );
}

function sourceOf(source: Source, node: Node): string {
  return source.text.slice(startOf(node), contentEnd(source, node));
}

function readChains(source: Source): readonly ChainView[] {
  const chains = nodeAt(source, ['chains']);
  if (!isMap(chains)) return [];
  return entriesOf(chains).map(({ key, value }) => {
    const range: TextRange = [
      startOf(key),
      value === undefined ? (key.range?.[1] ?? 0) : contentEnd(source, value),
    ];
    const steps = value === undefined || reasonToLeave(value) ? undefined : stepsOf(value.toJSON());
    const locked =
      steps === undefined
        ? { source: source.text.slice(...range), reason: 'its steps are written unusually' }
        : undefined;
    return { name: String(key.value), steps: steps ?? [], locked, range };
  });
}

function stepsOf(chain: unknown): readonly StepValues[] | undefined {
  if (!isPlainMap(chain) || !isList(chain['steps'])) return undefined;
  const steps = chain['steps'].map(stepOf);
  return steps.every((step) => step !== undefined) ? steps : undefined;
}
