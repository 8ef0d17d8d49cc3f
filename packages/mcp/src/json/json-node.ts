/**
 * A parsed JSON value that still knows where each part stood in the text.
 *
 * Offsets are UTF-16 indices into the text it was parsed from; `end` is exclusive.
 * Numbers keep their literal, because `1.0`, `-0` and `9007199254740993` would not
 * survive a JavaScript number.
 */
export type JsonNode =
  | {
      readonly kind: 'object';
      readonly start: number;
      readonly end: number;
      readonly members: readonly JsonMember[];
    }
  | {
      readonly kind: 'array';
      readonly start: number;
      readonly end: number;
      readonly items: readonly JsonNode[];
    }
  | {
      readonly kind: 'string';
      readonly start: number;
      readonly end: number;
      readonly value: string;
    }
  | { readonly kind: 'number'; readonly start: number; readonly end: number; readonly raw: string }
  | {
      readonly kind: 'boolean';
      readonly start: number;
      readonly end: number;
      readonly value: boolean;
    }
  | { readonly kind: 'null'; readonly start: number; readonly end: number };

/** `start`/`end` span the whole member, from the key's opening quote to the value's end. */
export interface JsonMember {
  readonly key: string;
  readonly start: number;
  readonly end: number;
  readonly value: JsonNode;
}

/**
 * Plain JavaScript for a JSON value. Integers beyond the safe range are `bigint`, those of more than
 * {@link MAX_NUMBER_LENGTH} characters infinite.
 */
export type JsonValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** The value of a key, or `undefined`. Of duplicates the last wins, as with `JSON.parse`. */
export function member(node: JsonNode | undefined, key: string): JsonNode | undefined {
  if (node?.kind !== 'object') return undefined;
  return node.members.findLast((candidate) => candidate.key === key)?.value;
}

/** Every value of a key: a reader may take any of the duplicates. */
export function allMembers(node: JsonNode | undefined, key: string): JsonNode[] {
  if (node?.kind !== 'object') return [];
  return node.members.filter((candidate) => candidate.key === key).map(({ value }) => value);
}

/** The string of a key, or `undefined` when it is absent or something else. */
export function stringMember(node: JsonNode | undefined, key: string): string | undefined {
  const value = member(node, key);
  return value?.kind === 'string' ? value.value : undefined;
}

/** Plain JavaScript for a node. Of duplicate keys the last wins. */
export function toValue(node: JsonNode): JsonValue {
  switch (node.kind) {
    case 'object':
      // `fromEntries` defines own properties, so a `__proto__` key stays data.
      return Object.fromEntries(node.members.map(({ key, value }) => [key, toValue(value)]));
    case 'array':
      return node.items.map(toValue);
    case 'string':
    case 'boolean':
      return node.value;
    case 'number':
      return numberOf(node.raw);
    case 'null':
      return null;
    default:
      return node satisfies never;
  }
}

/** How many values a tree holds, containers included: what it costs in memory goes with them. */
export function countValues(node: JsonNode): number {
  let count = 1;
  if (node.kind === 'object') for (const { value } of node.members) count += countValues(value);
  else if (node.kind === 'array') for (const item of node.items) count += countValues(item);
  return count;
}

/**
 * Longest number literal of a client, in characters. Turning digits into a number takes time that
 * grows with their square: sixteen million of them stop a process for seconds.
 */
export const MAX_NUMBER_LENGTH = 1000;

const INTEGER_LITERAL = /^-?\d+$/;

function numberOf(raw: string): number | bigint {
  const value = Number(raw);
  if (Number.isSafeInteger(value) || raw.length > MAX_NUMBER_LENGTH) return value;
  if (!INTEGER_LITERAL.test(raw)) return value;
  return BigInt(raw);
}
