import type { JsonMember, JsonNode } from './json-node.ts';
import { quoteJson } from './json-text.ts';

/** Options of {@link canonicalJson}. */
export interface CanonicalOptions {
  /**
   * `true` leaves the member or item at this path out. The path is only valid during
   * the call: it is one array that changes as the tree is walked.
   */
  readonly omit?: (path: readonly (string | number)[]) => boolean;
}

/**
 * One text for all spellings of a value: keys sorted by UTF-16 code units, no white
 * space, strings escaped one way, number literals exactly as written (so `1` and `1.0`
 * differ: an upstream may tell them apart). Duplicate keys of a lenient tree all stay,
 * in their order.
 */
export function canonicalJson(node: JsonNode, options: CanonicalOptions = {}): string {
  return write(node, [], options.omit);
}

function write(node: JsonNode, path: (string | number)[], omit: CanonicalOptions['omit']): string {
  /** Writes a child unless it is omitted. */
  const child = (key: string | number, value: JsonNode): string | undefined => {
    path.push(key);
    const text = omit?.(path) === true ? undefined : write(value, path, omit);
    path.pop();
    return text;
  };
  switch (node.kind) {
    case 'object': {
      const parts: string[] = [];
      for (const { key, value } of node.members.toSorted(byKey)) {
        const text = child(key, value);
        if (text !== undefined) parts.push(`${quoteJson(key)}:${text}`);
      }
      return `{${parts.join(',')}}`;
    }
    case 'array':
      return `[${node.items
        .map((item, index) => child(index, item))
        .filter((text) => text !== undefined)
        .join(',')}]`;
    case 'string':
      return quoteJson(node.value);
    case 'number':
      return node.raw;
    case 'boolean':
      return String(node.value);
    case 'null':
      return 'null';
    default:
      return node satisfies never;
  }
}

function byKey(a: JsonMember, b: JsonMember): number {
  if (a.key === b.key) return 0;
  return a.key < b.key ? -1 : 1;
}
