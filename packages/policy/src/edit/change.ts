import { isMap, isSeq, type Node, type YAMLMap } from 'yaml';
import { PolicyError } from '../policy-error.ts';
import { entriesOf, isFlow, nodeAt, openSource, startOf, columnOf, type Source } from './source.ts';
import {
  applySplice,
  insertEntry,
  insertItem,
  reasonToLeave,
  refuse,
  removeEntry,
  removeItem,
  replaceNode,
} from './splice.ts';
import {
  definedKeys,
  isList,
  isPlainMap,
  sameValue,
  valueAt,
  withValue,
  type Path,
  type PlainMap,
  type PlainValue,
} from './values.ts';

/** What became of an edit: a new text, or why only its author can make it. */
export type EditResult =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string };

/** The order in which keys are written where the author has none. */
const KEY_ORDER: Readonly<Record<string, readonly string[]>> = {
  policy: ['default', 'rules', 'chains'],
  rule: [
    'id',
    'description',
    'match',
    'when',
    'unless',
    'effect',
    'approval',
    'stepUp',
    'message',
    'mask',
    'mode',
  ],
  match: ['connections', 'methods', 'tools', 'resources', 'prompts', 'callers'],
  callers: ['groups', 'subjects', 'kinds', 'clients'],
  step: ['reviewers', 'quorum', 'deadline', 'onDeadline'],
  reviewers: ['groups', 'people', 'onCall'],
  to: ['groups', 'people', 'onCall'],
  remind: ['every', 'atMost'],
  round: ['to', 'for'],
};

/**
 * Sets the value at a path, or takes it away (`undefined`). Only the characters that say it change.
 *
 * INVARIANT: the result reads as the original with exactly this change; a text in which that can't
 * be had by splicing (shared anchors, unusual layouts) is refused and stays as it is.
 */
export function setValue(text: string, path: Path, value: PlainValue | undefined): EditResult {
  return edit(text, (source) => ({
    text: change(source, path, value),
    expected: withValue(source.value, path, value),
  }));
}

/** Makes an edit and looks at the result before anyone sees it. */
export function edit(
  text: string,
  make: (source: Source) => { readonly text: string; readonly expected: unknown },
): EditResult {
  const opened = openSource(text);
  if (!opened.ok) return { ok: false, message: opened.fault.message };
  try {
    const made = make(opened.source);
    const result = openSource(made.text);
    if (result.ok && sameValue(result.source.value ?? {}, made.expected ?? {})) {
      return { ok: true, text: made.text };
    }
    return { ok: false, message: 'This place is written in a way that only its text can change.' };
  } catch (error) {
    if (error instanceof PolicyError && error.code === 'not_editable') {
      return { ok: false, message: error.message };
    }
    throw error;
  }
}

function change(source: Source, path: Path, value: PlainValue | undefined): string {
  const before = valueAt(source.value, path);
  if (sameValue(before, value)) return source.text;
  if (value === undefined) return remove(source, path);
  const node = nodeAt(source, path);
  if (node === undefined) return insert(source, path, value);
  const reason = reasonToLeave(node);
  if (reason !== undefined) return refuse(`It can’t be changed here: ${reason}.`);
  if (isSeq(node) && isList(before) && isList(value) && before.length > 0 && value.length > 0) {
    return changeList(source.text, path, before, value);
  }
  if (isMap(node) && isPlainMap(before) && isPlainMap(value)) {
    return changeMap(source.text, path, before, value);
  }
  return applySplice(source.text, replaceNode(source, node, value, surroundings(source, path)));
}

function reopen(text: string): Source {
  const opened = openSource(text);
  return opened.ok ? opened.source : refuse(opened.fault.message);
}

function changeMap(text: string, path: Path, before: PlainMap, after: PlainMap): string {
  let changed = text;
  // New keys first: a mapping must not become empty on the way.
  for (const key of definedKeys(after)) {
    changed = change(reopen(changed), [...path, key], after[key]);
  }
  for (const key of definedKeys(before)) {
    if (after[key] === undefined) changed = change(reopen(changed), [...path, key], undefined);
  }
  return changed;
}

/** Items that both lists begin and end with stay untouched, and so do the comments between them. */
function changeList(
  text: string,
  path: Path,
  before: readonly unknown[],
  after: readonly PlainValue[],
): string {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && sameValue(before[head], after[head])) head += 1;
  let tail = 0;
  while (tail < shorter - head && sameValue(before.at(-1 - tail), after.at(-1 - tail))) tail += 1;

  const kept = shorter - head - tail;
  let changed = text;
  for (let index = head; index < head + kept; index += 1) {
    changed = change(reopen(changed), [...path, index], after[index]);
  }
  for (let index = head + kept; index < after.length - tail; index += 1) {
    const source = reopen(changed);
    const seq = nodeAt(source, path);
    const item = after[index];
    if (!isSeq(seq) || item === undefined) return refuse('There is no such list.');
    changed = applySplice(changed, insertItem(source, seq, index, item));
  }
  for (let index = before.length - tail - 1; index >= head + kept; index -= 1) {
    const source = reopen(changed);
    const seq = nodeAt(source, path);
    if (!isSeq(seq)) return refuse('There is no such list.');
    changed = applySplice(changed, removeItem(source, seq, index));
  }
  return changed;
}

function remove(source: Source, path: Path): string {
  const parentPath = path.slice(0, -1);
  const key = path.at(-1);
  const parent = nodeAt(source, parentPath);
  if (!isMap(parent) || key === undefined) return refuse('It is part of another place.');
  const entries = entriesOf(parent);
  const index = entries.findIndex((entry) => String(entry.key.value) === key);
  const inRule = parentPath.length > 0 && typeof parentPath.at(-1) === 'string';
  if (entries.length === 1 && inRule) return remove(source, parentPath);
  const reason = entries[index]?.value && reasonToLeave(entries[index].value);
  if (reason !== undefined) return refuse(`It can’t be taken away here: ${reason}.`);
  if (entries.length === 1) return refuse('Nothing would be left of it.');
  return applySplice(source.text, removeEntry(source, parent, index));
}

/** Adds a key, and the mappings on the way to it that aren't there yet. */
function insert(source: Source, path: Path, value: PlainValue): string {
  for (let depth = path.length - 1; depth >= 0; depth -= 1) {
    const parentPath = path.slice(0, depth);
    const parent = nodeAt(source, parentPath);
    if (parent === undefined) continue;
    const [key, ...rest] = path.slice(depth);
    if (typeof key !== 'string') break;
    const nested = rest.reduceRight<PlainValue>((inner, step) => ({ [step]: inner }), value);
    if (isMap(parent)) {
      const reason = parent.anchor === undefined ? undefined : reasonToLeave(parent);
      if (reason !== undefined) return refuse(`It can’t be changed here: ${reason}.`);
      return applySplice(source.text, insertInto(source, parent, parentPath, [key, nested]));
    }
    if (valueAt(source.value, parentPath) !== null) break;
    return change(source, parentPath, { [key]: nested });
  }
  return refuse('There is no place for it.');
}

function insertInto(
  source: Source,
  parent: YAMLMap,
  parentPath: Path,
  entry: readonly [key: string, value: PlainValue],
) {
  const order = KEY_ORDER[kindOf(parentPath)] ?? [];
  const rank = order.indexOf(entry[0]);
  const keys = entriesOf(parent).map(({ key }) => order.indexOf(String(key.value)));
  const earlier = keys.findLastIndex((each) => rank < 0 || (each >= 0 && each < rank));
  const after = Math.max(earlier, keys.length > 0 ? 0 : -1);
  const level = levelOf(parentPath);
  return insertEntry(source, parent, after, entry, { flow: isInFlow(source, parentPath), level });
}

function kindOf(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return 'policy';
  if (typeof last === 'string') return last;
  const list = path.at(-2);
  return list === 'rules' ? 'rule' : list === 'steps' ? 'step' : list === 'escalate' ? 'round' : '';
}

/** How deep in its part of the file an entry is: what is near the top gets lines of its own. */
function levelOf(parentPath: Path): number {
  if (parentPath[0] === 'rules') return parentPath.length - 1;
  return parentPath.length;
}

function isInFlow(source: Source, path: Path): boolean {
  return path.some((_, depth) => isFlow(nodeAt(source, path.slice(0, depth + 1))));
}

function surroundings(source: Source, path: Path) {
  const parentPath = path.slice(0, -1);
  const parent = nodeAt(source, parentPath);
  const flow = isFlow(parent) || isInFlow(source, parentPath);
  return { flow, eol: source.eol, indent: indentOf(source, parent) };
}

/** Column of the keys of a mapping, or of the dashes of a list. */
function indentOf(source: Source, parent: Node | undefined): number {
  if (isMap(parent)) {
    const [first] = entriesOf(parent);
    if (first !== undefined) return columnOf(source.text, startOf(first.key));
  }
  return parent === undefined ? 0 : columnOf(source.text, startOf(parent));
}
