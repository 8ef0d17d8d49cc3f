/** Steps from the document to a value: keys and positions. */
export type Path = readonly (string | number)[];

/** What a policy's document is made of. */
export type PlainValue =
  | string
  | number
  | boolean
  | null
  | readonly PlainValue[]
  | { readonly [key: string]: PlainValue | undefined };

export type PlainMap = { readonly [key: string]: PlainValue | undefined };

export function isPlainMap(value: unknown): value is PlainMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** The value at a path; `undefined` where there is none. */
export function valueAt(value: unknown, path: Path): unknown {
  let found = value;
  for (const step of path) {
    if (isList(found)) found = typeof step === 'number' ? found[step] : undefined;
    else if (isPlainMap(found) && Object.hasOwn(found, step)) found = found[step];
    else return undefined;
  }
  return found;
}

/** Same content, whatever the order of keys; a key that holds `undefined` is a key that isn't there. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (isList(a)) {
    return (
      isList(b) && a.length === b.length && a.every((item, index) => sameValue(item, b[index]))
    );
  }
  if (!isPlainMap(a) || !isPlainMap(b) || isList(b)) return false;
  const keys = new Set([...definedKeys(a), ...definedKeys(b)]);
  return [...keys].every((key) => sameValue(ownValue(a, key), ownValue(b, key)));
}

export function definedKeys(map: PlainMap): readonly string[] {
  return Object.keys(map).filter((key) => map[key] !== undefined);
}

function ownValue(map: PlainMap, key: string): unknown {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/**
 * A copy in which the value at a path is another, or gone (`undefined`). Mappings that are missing
 * on the way are made, and those that lose their last key go with it.
 */
export function withValue(whole: unknown, path: Path, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (isList(whole)) {
    const changed = withValue(typeof step === 'number' ? whole[step] : undefined, rest, value);
    return whole.map((item, index) => (index === step ? changed : item));
  }
  const map = isPlainMap(whole) ? whole : {};
  const changed = withValue(ownValue(map, String(step)), rest, value);
  const entries = Object.entries(map).filter(([key]) => key !== String(step));
  const next = Object.fromEntries(
    isNothing(changed, rest) ? entries : [...entries, [String(step), changed]],
  );
  return next;
}

function isNothing(value: unknown, rest: Path): boolean {
  if (value === undefined) return true;
  return rest.length > 0 && isPlainMap(value) && definedKeys(value).length === 0;
}
