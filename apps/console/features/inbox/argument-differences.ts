import type { JsonNode } from '@holdpoint/mcp';
import { readJson } from '../../lib/json-lines.ts';

/** One place in the arguments whose value isn't the same in all calls. */
export interface Difference {
  /** `order.items[2]`, or `["a.b"]` of a name that could be read as a path; attacker-controlled text. */
  readonly path: string;
  /** By call: exact JSON text, or `null` where the call has nothing there. */
  readonly values: readonly (string | null)[];
}

/** More places than these are compared as a whole. */
const MAX_PLACES = 2000;
/** Nor are places told whose names are longer than this together: one long name stands in all that is below it. */
const MAX_NAMES_LENGTH = 500_000;

/** Where the arguments of several calls differ, in the order of the first call that has the place. */
export function differencesOf(texts: readonly string[]): readonly Difference[] {
  const calls = texts.map(placesOf);
  const paths = new Set(calls.flatMap((places) => [...places.keys()]));
  return [...paths].flatMap((path) => {
    const values = calls.map((places) => places.get(path) ?? null);
    return values.every((value) => value === values[0]) ? [] : [{ path, values }];
  });
}

/** Every value without values inside, by its path. A key that is there twice is told apart by a number. */
function placesOf(text: string): ReadonlyMap<string, string> {
  const root = readJson(text);
  const whole = new Map([['', text]]);
  if (root === null) return whole;
  const places = new Map<string, string>();
  let namesLength = 0;
  const put = (path: string, node: JsonNode) => {
    let free = path;
    for (let n = 2; places.has(free); n += 1) free = `${path} (${n})`;
    places.set(free, text.slice(node.start, node.end));
  };
  const open: { readonly path: string; readonly node: JsonNode }[] = [{ path: '', node: root }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { path, node } = next;
    namesLength += path.length;
    if (places.size > MAX_PLACES || namesLength > MAX_NAMES_LENGTH) return whole;
    if (node.kind === 'object' && node.members.length > 0) {
      for (const { key, value } of node.members.toReversed())
        open.push({ path: below(path, key), node: value });
    } else if (node.kind === 'array' && node.items.length > 0) {
      node.items
        .map((item, index) => ({ path: `${path}[${index}]`, node: item }))
        .toReversed()
        .forEach((item) => open.push(item));
    } else {
      put(path, node);
    }
  }
  return places;
}

/** One path for one place: else two calls could have the same values in different ones. */
function below(path: string, key: string): string {
  if (!/^[^\s.()[\]"]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

/** One value, taken apart: what all of them begin and end with, and what is its own. */
export interface OwnPart {
  readonly before: string;
  readonly own: string;
  readonly after: string;
}

/** By code points, so that no character is cut in two. */
export function ownParts(values: readonly (string | null)[]): readonly (OwnPart | null)[] {
  const texts = values.map((value) => (value === null ? null : Array.from(value)));
  const present = texts.filter((text) => text !== null);
  const first = present[0] ?? [];
  const shortest = Math.min(...present.map((text) => text.length));
  let head = 0;
  while (head < shortest && present.every((text) => text[head] === first[head])) head += 1;
  let tail = 0;
  while (
    tail < shortest - head &&
    present.every((text) => text[text.length - 1 - tail] === first[first.length - 1 - tail])
  ) {
    tail += 1;
  }
  return texts.map(
    (text) =>
      text && {
        before: text.slice(0, head).join(''),
        own: text.slice(head, text.length - tail).join(''),
        after: text.slice(text.length - tail).join(''),
      },
  );
}
