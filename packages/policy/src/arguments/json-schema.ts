/** The types of CEL that a JSON value can have. Its numbers are doubles, see `cel/values.ts`. */
export type JsonType = 'null' | 'bool' | 'double' | 'string' | 'list' | 'map';

/** A value that a schema names. */
export type Constant = string | number | bigint | boolean | null;

/**
 * What a schema says for certain: never less than it allows. Whatever isn't understood may be
 * anything, so that a warning which is based on this is true.
 */
export interface SchemaFacts {
  /** `undefined`: any. */
  readonly types: ReadonlySet<JsonType> | undefined;
  /** Every value that it may have, where they are few. */
  readonly constants: readonly Constant[] | undefined;
  /** The schemas that describe it; one each for the alternatives of an `anyOf`. */
  readonly branches: readonly JsonObject[];
}

export type JsonObject = Readonly<Record<string, unknown>>;

const MAX_DEPTH = 8;
const MAX_BRANCHES = 16;
const MAX_CONSTANTS = 100;
const NOTHING_KNOWN: SchemaFacts = { types: undefined, constants: undefined, branches: [] };

/**
 * Reads the top of a schema, as deep as its references and alternatives go.
 *
 * @param schema - an upstream's, so hostile: bounded in depth and breadth
 * @param root - the schema that references start from
 */
export function schemaFacts(schema: unknown, root: unknown, depth = 0): SchemaFacts {
  if (!isRecord(schema) || depth > MAX_DEPTH) return NOTHING_KNOWN;
  // Before everything else: older drafts ignore what stands beside a reference.
  if (Object.hasOwn(schema, '$ref')) {
    if (schema['nullable'] === true) return NOTHING_KNOWN;
    return schemaFacts(resolve(schema['$ref'], root), root, depth + 1);
  }
  const constants = constantsOf(schema);
  // A whole number that no double holds is an int.
  if (constants?.some((value) => typeof value === 'bigint')) {
    return { types: undefined, constants, branches: [schema] };
  }
  const types = typesOf(schema) ?? typesOfConstants(constants);
  if (types !== undefined) return { types, constants, branches: [schema] };
  if (schema['nullable'] === true) return NOTHING_KNOWN;
  const alternatives = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(alternatives)) return anyOf(alternatives, root, depth);
  // Each of them alone allows all that they allow together.
  if (Array.isArray(schema['allOf'])) return schemaFacts(schema['allOf'][0], root, depth + 1);
  return { ...NOTHING_KNOWN, branches: [schema] };
}

function anyOf(alternatives: readonly unknown[], root: unknown, depth: number): SchemaFacts {
  if (alternatives.length === 0 || alternatives.length > MAX_BRANCHES) return NOTHING_KNOWN;
  const all: SchemaFacts[] = [];
  for (const alternative of alternatives) {
    const facts = schemaFacts(alternative, root, depth + 1);
    if (facts.types === undefined) return NOTHING_KNOWN;
    all.push(facts);
    if (all.reduce((sum, { branches }) => sum + branches.length, 0) > MAX_BRANCHES) {
      return NOTHING_KNOWN;
    }
  }
  const constants = all.flatMap((facts) => facts.constants ?? []);
  const isClosed = all.every((facts) => facts.constants !== undefined);
  return {
    types: new Set(all.flatMap((facts) => [...(facts.types ?? [])])),
    constants: isClosed && constants.length <= MAX_CONSTANTS ? constants : undefined,
    branches: all.flatMap(({ branches }) => branches),
  };
}

/** The schema of a property; `undefined` where nothing is said about it. */
export function propertySchema({ types, branches }: SchemaFacts, name: string): unknown {
  const branch = onlyBranch(branches, 'map');
  if (branch === undefined || (types !== undefined && !types.has('map'))) return undefined;
  const { properties } = branch;
  return isRecord(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

/** The schema of every entry of a list; `undefined` where nothing is said about them. */
export function entrySchema({ branches }: SchemaFacts): unknown {
  const branch = onlyBranch(branches, 'list');
  if (branch === undefined || Object.hasOwn(branch, 'prefixItems')) return undefined;
  return isRecord(branch['items']) ? branch['items'] : undefined;
}

/** The one alternative that a value of the type may go by. */
function onlyBranch(branches: readonly JsonObject[], type: JsonType): JsonObject | undefined {
  const possible = branches.filter((branch) => typesOf(branch)?.has(type) ?? true);
  return possible.length === 1 ? possible[0] : undefined;
}

const TYPES: ReadonlyMap<unknown, JsonType> = new Map<unknown, JsonType>([
  ['null', 'null'],
  ['boolean', 'bool'],
  ['number', 'double'],
  ['integer', 'double'],
  ['string', 'string'],
  ['array', 'list'],
  ['object', 'map'],
]);

function typesOf(schema: JsonObject): ReadonlySet<JsonType> | undefined {
  const { type, nullable } = schema;
  if (type === undefined) return undefined;
  const names: readonly unknown[] = Array.isArray(type) ? type : [type];
  const types = new Set<JsonType>();
  if (nullable === true) types.add('null');
  for (const name of names.slice(0, TYPES.size + 1)) {
    const known = TYPES.get(name);
    if (known === undefined) return undefined;
    // A number that no double holds is an int: what is true of doubles isn't of these.
    if (known === 'double' && isBeyondDoubles(schema)) return undefined;
    types.add(known);
  }
  return names.length > TYPES.size || types.size === 0 ? undefined : types;
}

function isBeyondDoubles({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: JsonObject) {
  const isLarge = (value: unknown) =>
    (typeof value === 'number' || typeof value === 'bigint') && value >= Number.MAX_SAFE_INTEGER;
  const isSmall = (value: unknown) =>
    (typeof value === 'number' || typeof value === 'bigint') && value <= Number.MIN_SAFE_INTEGER;
  return [minimum, exclusiveMinimum].some(isLarge) || [maximum, exclusiveMaximum].some(isSmall);
}

function constantsOf(schema: JsonObject): readonly Constant[] | undefined {
  const { enum: values, const: value, nullable } = schema;
  const given: readonly unknown[] | undefined = Object.hasOwn(schema, 'const')
    ? [value]
    : Array.isArray(values)
      ? values
      : undefined;
  if (given === undefined || given.length === 0 || given.length > MAX_CONSTANTS) return undefined;
  const constants = nullable === true ? [...given, null] : given;
  return constants.every(isConstant) ? constants : undefined;
}

function typesOfConstants(
  constants: readonly Constant[] | undefined,
): ReadonlySet<JsonType> | undefined {
  return constants && new Set(constants.map(typeOfConstant));
}

function typeOfConstant(value: Constant): JsonType {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'number':
    case 'bigint':
      return 'double';
    default:
      return 'null';
  }
}

export function isConstant(value: unknown): value is Constant {
  return value === null || ['string', 'number', 'bigint', 'boolean'].includes(typeof value);
}

/** Only references into the same schema: nothing is fetched for an upstream. */
function resolve(reference: unknown, root: unknown): unknown {
  if (typeof reference !== 'string' || reference.length > 500) return undefined;
  const names = /^#((?:\/[^/]+){1,8})$/.exec(reference)?.[1]?.slice(1).split('/');
  let node: unknown = names === undefined ? undefined : root;
  for (const name of names ?? []) {
    const key = name.replaceAll('~1', '/').replaceAll('~0', '~');
    node = isRecord(node) && Object.hasOwn(node, key) ? node[key] : undefined;
  }
  return node;
}

export function isRecord(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
