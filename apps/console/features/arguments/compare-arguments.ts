import type { JsonNode } from '@holdpoint/mcp';
import { jsonLines, readJson } from '../../lib/json-lines.ts';

/** One argument of two calls beside each other, as texts that a difference can be made of. */
export interface ComparedArgument {
  readonly name: string;
  readonly change: 'same' | 'changed' | 'added' | 'removed';
  readonly before: string;
  readonly after: string;
}

/**
 * Argument by argument, in the order of the newer call.
 *
 * @returns one nameless argument where either text is no object with each name once
 */
export function compareArguments(before: string, after: string): ComparedArgument[] {
  const old = membersOf(before);
  const fresh = membersOf(after);
  if (old === null || fresh === null) {
    return [compared('', readableJson(before), readableJson(after))];
  }
  const gone = [...old].filter(([name]) => !fresh.has(name));
  return [
    ...[...fresh].map(([name, value]) => comparedValues(name, old.get(name), value)),
    ...gone.map(([name, value]) => compared(name, value.text, undefined)),
  ];
}

/** As JSON where only one of both is a text: a number is not the text of its digits. */
function comparedValues(name: string, before: Value | undefined, after: Value): ComparedArgument {
  return before !== undefined && before.isText !== after.isText
    ? compared(name, before.json, after.json)
    : compared(name, before?.text, after.text);
}

function compared(
  name: string,
  before: string | undefined,
  after: string | undefined,
): ComparedArgument {
  const change =
    before === undefined
      ? 'added'
      : after === undefined
        ? 'removed'
        : before === after
          ? 'same'
          : 'changed';
  return { name, change, before: before ?? '', after: after ?? '' };
}

interface Value {
  readonly isText: boolean;
  /** A text's own lines; anything else as JSON laid out, so that a difference is told by its lines. */
  readonly text: string;
  readonly json: string;
}

function membersOf(text: string): ReadonlyMap<string, Value> | null {
  const root = readJson(text);
  if (root?.kind !== 'object') return null;
  const members = new Map(root.members.map(({ key, value }) => [key, valueOf(text, value)]));
  return members.size === root.members.length ? members : null;
}

function valueOf(text: string, node: JsonNode): Value {
  const json = laidOut(text, node);
  const isText = node.kind === 'string';
  return { isText, text: isText ? node.value : json, json };
}

function readableJson(text: string): string {
  const root = readJson(text);
  return root === null ? text : laidOut(text, root);
}

function laidOut(text: string, node: JsonNode): string {
  return jsonLines(text, node)
    .map(({ depth, pieces }) => '  '.repeat(depth) + pieces.map((piece) => piece.text).join(''))
    .join('\n');
}
