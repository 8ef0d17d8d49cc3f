import type { JsonNode } from '@holdpoint/mcp';
import { NEUTRAL_EMAIL } from './detectors/email.ts';

type Schema = Readonly<Record<string, unknown>>;

/** What a tool's `outputSchema` says about one value: every subschema that may apply to it. */
export interface SchemaView {
  readonly root: Schema;
  readonly schemas: readonly Schema[];
  /** Views of members asked for before: rows repeat their keys. */
  readonly children: Map<string, SchemaView>;
}

/** An upstream writes the schema: no more than this many subschemas are looked at for one value. */
const MAX_SCHEMAS = 64;
const MAX_NEUTRAL_DEPTH = 8;
/** Keys are the upstream's: of more different ones than this nothing is remembered. */
const MAX_CHILDREN = 256;
const MAX_KEY = 128;

/** The view of the whole document; `undefined` where there is no schema to obey. */
export function viewOf(outputSchema: unknown): SchemaView | undefined {
  if (!isSchema(outputSchema)) return undefined;
  return {
    root: outputSchema,
    schemas: expand([outputSchema], outputSchema),
    children: new Map(),
  };
}

/** The view one member or item further. */
export function childView(
  view: SchemaView | undefined,
  key: string | number,
): SchemaView | undefined {
  if (view === undefined) return undefined;
  const name = typeof key === 'string' ? `.${key}` : `[${Math.min(key, tupleLength(view))}]`;
  const known = view.children.get(name);
  if (known !== undefined) return known;
  const found = view.schemas.map((schema) =>
    typeof key === 'number' ? itemSchema(schema, key) : memberSchema(schema, key),
  );
  const schemas = expand(found.filter(isSchema), view.root);
  const child = { root: view.root, schemas, children: new Map() };
  if (view.children.size < MAX_CHILDREN && name.length <= MAX_KEY) view.children.set(name, child);
  return child;
}

/** Items at and behind this position have the same schema. */
function tupleLength(view: SchemaView): number {
  const lengths = view.schemas.map(({ prefixItems, items }) =>
    Array.isArray(prefixItems) ? prefixItems.length : Array.isArray(items) ? items.length : 0,
  );
  return Math.max(0, ...lengths);
}

/** Must this member, or the item at this position, be there? */
export function isRequired(view: SchemaView | undefined, key: string | number): boolean {
  return (view?.schemas ?? []).some((schema) => {
    // Removing an item moves the next ones under another item's schema.
    if (typeof key === 'number')
      return Array.isArray(schema['prefixItems']) || Array.isArray(schema['items']);
    return list(schema['required']).includes(key);
  });
}

/** JSON text of a value that says nothing and has the type the schema wants, else the type it had. */
export function neutralJson(view: SchemaView | undefined, kind: JsonNode['kind']): string {
  return JSON.stringify(neutralValue(view, kind, 0));
}

/** A placeholder that fits the string's format, or the given one where no format is known. */
export function neutralString(view: SchemaView | undefined, fallback: string): string {
  for (const schema of view?.schemas ?? []) {
    const { format } = schema;
    if (typeof format === 'string' && Object.hasOwn(FORMATS, format))
      return FORMATS[format] ?? fallback;
  }
  return fallback;
}

const FORMATS: Readonly<Record<string, string>> = {
  email: NEUTRAL_EMAIL,
  'idn-email': NEUTRAL_EMAIL,
  uri: 'https://redacted.invalid/',
  date: '1970-01-01',
  'date-time': '1970-01-01T00:00:00Z',
  time: '00:00:00Z',
  uuid: '00000000-0000-0000-0000-000000000000',
  ipv4: '0.0.0.0',
  ipv6: '::',
  hostname: 'redacted.invalid',
};

function neutralValue(
  view: SchemaView | undefined,
  kind: JsonNode['kind'],
  depth: number,
): unknown {
  const types = (view?.schemas ?? []).flatMap((schema) => list(schema['type']));
  const type = types.includes('null') ? 'null' : (types[0] ?? kind);
  switch (type) {
    case 'string':
      return neutralString(view, '');
    case 'number':
    case 'integer':
      return 0;
    case 'boolean':
      return false;
    case 'array':
      return [];
    case 'object':
      return depth < MAX_NEUTRAL_DEPTH ? neutralObject(view, depth) : {};
    default:
      return null;
  }
}

function neutralObject(view: SchemaView | undefined, depth: number): unknown {
  const names = new Set((view?.schemas ?? []).flatMap((schema) => list(schema['required'])));
  const entries = [...names]
    .slice(0, MAX_SCHEMAS)
    .map((name) => [name, neutralValue(childView(view, name), 'null', depth + 1)]);
  return Object.fromEntries(entries);
}

/** Follows references and takes in the branches, each once. */
function expand(schemas: readonly Schema[], root: Schema): readonly Schema[] {
  const all = new Set(schemas);
  for (const schema of all) {
    if (all.size >= MAX_SCHEMAS) break;
    const branches = ['allOf', 'anyOf', 'oneOf'].flatMap((name) => {
      const branch = schema[name];
      return Array.isArray(branch) ? branch : [];
    });
    for (const next of [resolve(schema['$ref'], root), ...branches])
      if (isSchema(next)) all.add(next);
  }
  return [...all];
}

/** A JSON pointer within the document (RFC 6901); a reference that leads out of it leads nowhere. */
function resolve(ref: unknown, root: Schema): unknown {
  if (typeof ref !== 'string' || !ref.startsWith('#')) return undefined;
  let found: unknown = root;
  for (const part of ref.slice(1).split('/').slice(1, MAX_SCHEMAS)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(found)) found = found[Number(name)];
    else found = isSchema(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  }
  return found;
}

function memberSchema(schema: Schema, key: string): unknown {
  const { properties } = schema;
  if (isSchema(properties) && Object.hasOwn(properties, key)) return properties[key];
  return schema['additionalProperties'];
}

function itemSchema(schema: Schema, index: number): unknown {
  const tuple = Array.isArray(schema['prefixItems']) ? schema['prefixItems'] : schema['items'];
  if (Array.isArray(tuple) && index < tuple.length) return tuple[index];
  return schema['items'];
}

function list(value: unknown): readonly string[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.filter((item) => typeof item === 'string');
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
