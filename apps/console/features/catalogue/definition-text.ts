import type { JsonNode } from '@holdpoint/mcp';
import { readJson } from '../../lib/json-lines.ts';
import { visibleText } from '@holdpoint/contracts';

/** A definition for eyes and for line-by-line comparison; long text is broken, nothing is left out. */
const WIDTH = 88;

/**
 * Lays a definition out so that two of them compare: members in one order, strings as the characters
 * that a model gets (`\u200b` in JSON is the character itself), numbers as written, long text broken
 * into lines. For display only.
 */
export function definitionLines(text: string): string {
  const root = readJson(text);
  if (root === null) return text;
  const lines: string[] = [];
  write(root, '', '', '', lines);
  return lines.join('\n');
}

function write(node: JsonNode, indent: string, lead: string, tail: string, lines: string[]): void {
  const open = indent + lead;
  switch (node.kind) {
    case 'object':
    case 'array': {
      const [left, right] = node.kind === 'object' ? '{}' : '[]';
      const children =
        node.kind === 'object'
          ? node.members
              .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
              .map(({ key, value }) => ({ lead: `${quote(key)}: `, value }))
          : node.items.map((value) => ({ lead: '', value }));
      if (children.length === 0) {
        lines.push(`${open}${left ?? ''}${right ?? ''}${tail}`);
        return;
      }
      lines.push(open + (left ?? ''));
      children.forEach((child, index) =>
        write(
          child.value,
          `${indent}  `,
          child.lead,
          index < children.length - 1 ? ',' : '',
          lines,
        ),
      );
      lines.push(indent + (right ?? '') + tail);
      return;
    }
    case 'string': {
      const [first = '', ...rest] = broken(quote(node.value));
      lines.push(open + first, ...rest.map((line) => `${indent}    ${line}`));
      lines.push((lines.pop() ?? '') + tail);
      return;
    }
    case 'number':
      lines.push(open + node.raw + tail);
      return;
    case 'boolean':
      lines.push(open + String(node.value) + tail);
      return;
    case 'null':
      lines.push(`${open}null${tail}`);
      return;
    default:
      return node satisfies never;
  }
}

/** Only what JSON needs escaped of what is plainly visible: whatever hides is left for the marks. */
function quote(text: string): string {
  return `"${text.replace(/["\\]/g, (character) => `\\${character}`)}"`;
}

/** At its own line breaks, and at a space near the width. */
function broken(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const parts: string[] = [];
    let rest = line;
    while (rest.length > WIDTH) {
      const space = rest.lastIndexOf(' ', WIDTH);
      const at = space > WIDTH / 2 ? space + 1 : WIDTH;
      parts.push(rest.slice(0, at));
      rest = rest.slice(at);
    }
    return [...parts, rest];
  });
}

/** A character that a reader could miss or mistake, and how often it is there. */
export interface HiddenCharacter {
  readonly code: string;
  readonly name: string;
  readonly count: number;
}

/** What of a definition hides from a reader, in its strings and in its names. */
export function hiddenCharacters(text: string): readonly HiddenCharacter[] {
  const found = new Map<string, HiddenCharacter>();
  for (const segment of visibleText(definitionLines(text), 'block')) {
    if (segment.kind === 'text') continue;
    const { code, name } = segment;
    found.set(code, { code, name, count: (found.get(code)?.count ?? 0) + 1 });
  }
  return [...found.values()];
}

/** A member of a definition that differs. */
export interface MemberChange {
  readonly path: string;
  readonly what: 'added' | 'removed' | 'changed';
  /** Short values, where both are. */
  readonly values: string | null;
}

/** What a reader should look at: the members that models read, hints, and each argument. */
export function memberChanges(before: string, after: string): readonly MemberChange[] {
  const [old, fresh] = [readJson(before), readJson(after)];
  if (old === null || fresh === null) return [];
  return differences(old, fresh, []);
}

/** Deeper than `inputSchema.properties.x` a difference is told as one of what holds it. */
const DEPTH = 3;

function differences(
  old: JsonNode,
  fresh: JsonNode,
  path: readonly string[],
): readonly MemberChange[] {
  if (textOf(old) === textOf(fresh)) return [];
  if (old.kind !== 'object' || fresh.kind !== 'object' || path.length >= DEPTH)
    return [{ path: path.join('.'), what: 'changed', values: shortValues(old, fresh) }];
  const keys = new Set([...old.members, ...fresh.members].map(({ key }) => key));
  return [...keys].flatMap((key): readonly MemberChange[] => {
    const here = [...path, key];
    const [left, right] = [lastOf(old, key), lastOf(fresh, key)];
    if (left === undefined) return [{ path: here.join('.'), what: 'added', values: null }];
    if (right === undefined) return [{ path: here.join('.'), what: 'removed', values: null }];
    return differences(left, right, here);
  });
}

function lastOf(node: Extract<JsonNode, { kind: 'object' }>, key: string): JsonNode | undefined {
  return node.members.findLast((member) => member.key === key)?.value;
}

function textOf(node: JsonNode): string {
  const lines: string[] = [];
  write(node, '', '', '', lines);
  return lines.join('\n');
}

function shortValues(old: JsonNode, fresh: JsonNode): string | null {
  const texts = [textOf(old), textOf(fresh)];
  return texts.every((text) => text.length <= 40 && !text.includes('\n'))
    ? texts.join(' → ')
    : null;
}
