import type { Frame } from '../frame/frame.ts';
import type { JsonNode } from '../json/json-node.ts';
import type { TextEdit } from '../json/json-text.ts';

const LIST_KEYS: ReadonlySet<string> = new Set([
  'tools',
  'resources',
  'resourceTemplates',
  'prompts',
]);

/**
 * Edits that take items out of the list in a result and leave every other byte alone.
 * Every such array is filtered, also a second one under a duplicate key: some clients
 * read the first, some the last.
 */
export function filterListItems(frame: Frame, keep: (item: JsonNode) => boolean): TextEdit[] {
  return resultsOf(frame).flatMap((result) =>
    result.members
      .filter(({ key }) => LIST_KEYS.has(key))
      .flatMap(({ value }) => (value.kind === 'array' ? removeItems(value.items, keep) : [])),
  );
}

/**
 * Edits that keep shared caches from serving one caller's filtered list to another. A
 * legacy result has no such member and needs no edit.
 */
export function markListPrivate(frame: Frame): TextEdit[] {
  return resultsOf(frame).flatMap((result) =>
    result.members
      .filter(({ key }) => key === 'cacheScope')
      .map(({ value }) => ({ start: value.start, end: value.end, text: '"private"' })),
  );
}

type JsonObjectNode = Extract<JsonNode, { kind: 'object' }>;

function resultsOf({ root, message }: Frame): JsonObjectNode[] {
  if (message.kind !== 'result' || root.kind !== 'object') return [];
  return root.members
    .filter(({ key }) => key === 'result')
    .map(({ value }) => value)
    .filter((value) => value.kind === 'object');
}

/** An item goes with the comma before it, or, at the head of the list, the one after it. */
function removeItems(items: readonly JsonNode[], keep: (item: JsonNode) => boolean): TextEdit[] {
  const edits: TextEdit[] = [];
  let lastKept: JsonNode | undefined;
  items.forEach((item, index) => {
    if (keep(item)) {
      lastKept = item;
      return;
    }
    const start = lastKept === undefined ? item.start : (items[index - 1]?.end ?? item.start);
    const end = lastKept === undefined ? (items[index + 1]?.start ?? item.end) : item.end;
    edits.push({ start, end, text: '' });
  });
  return edits;
}
