import type { FieldState } from './field-matcher.ts';
import type { SchemaView } from './output-schema.ts';
import type { Zone } from './protocol-fields.ts';

/** Where the walk is, and what the rules know about that place. */
export interface Place {
  readonly zone: Zone;
  readonly parent: Place | undefined;
  readonly segment: string | number | undefined;
  /** The nearest member's key; an item has the key of its array. */
  readonly key: string | undefined;
  readonly fields: FieldState;
  readonly schema: SchemaView | undefined;
  readonly isRemovable: boolean;
  /** Outside `structuredContent`: what field rules masked there is searched for here. */
  readonly isTwin: boolean;
  /** Inside JSON that a string holds: the protocol has no fields there. */
  readonly isNested: boolean;
  readonly nesting: number;
  readonly depth: number;
}

/** Before the first key. */
export function rootPlace(zone: Zone, fields: FieldState, schema?: SchemaView): Place {
  return {
    zone,
    parent: undefined,
    segment: undefined,
    key: undefined,
    fields,
    schema,
    isRemovable: false,
    isTwin: zone === 'frame',
    isNested: false,
    nesting: 0,
    depth: 0,
  };
}

/** The keys and indices from the root. */
export function pathOf(place: Place): readonly (string | number)[] {
  const path: (string | number)[] = [];
  for (let at: Place | undefined = place; at?.segment !== undefined; at = at.parent)
    path.push(at.segment);
  return path.reverse();
}

/** The same as dotted text; `maskKey` takes out of each key what a hit must not show. */
export function shownPath(place: Place, maskKey: (key: string) => string): string {
  const path: string[] = [];
  for (let at: Place | undefined = place; at?.segment !== undefined; at = at.parent) {
    const { segment } = at;
    path.push(typeof segment === 'number' ? String(segment) : showKey(maskKey(segment)));
  }
  return path.reverse().join('.');
}

function showKey(key: string): string {
  const short = key.length > 64 ? [...key.slice(0, 128)].slice(0, 64).join('') : key;
  return short.includes('.') ? short.replaceAll('.', '\\.') : short;
}
