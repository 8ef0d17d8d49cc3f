import { type JsonNode, member } from '../json/json-node.ts';

/** One property of a tool's arguments that the client repeats in a header. */
export interface ParamHeader {
  /** `Mcp-Param-` and the name from the schema. */
  readonly header: string;
  /** Keys from `arguments` down to the value. */
  readonly path: readonly string[];
  readonly numeric: boolean;
}

const ANNOTATION = 'x-mcp-header';
const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** `number` is not permitted by the revision, but servers check it all the same. */
const PERMITTED_TYPES = new Set(['string', 'integer', 'boolean', 'number']);

/** Keywords below which an annotation makes the whole definition invalid. */
const UNREACHABLE_KEYWORDS = new Set([
  'items',
  'prefixItems',
  'contains',
  'additionalProperties',
  'unevaluatedProperties',
  'unevaluatedItems',
  'propertyNames',
  'patternProperties',
  'dependentSchemas',
  'oneOf',
  'anyOf',
  'allOf',
  'not',
  'if',
  'then',
  'else',
  '$defs',
  'definitions',
]);

/**
 * The `x-mcp-header` annotations of a tool's input schema. An invalid one anywhere makes
 * the definition invalid: no client sends its headers, and no server expects any.
 */
export function paramHeadersOf(inputSchema: JsonNode | undefined): readonly ParamHeader[] {
  const found: ParamHeader[] = [];
  return collect(inputSchema, [], found) ? found : [];
}

/** Adds the annotations of one schema; `false` when one is invalid. */
function collect(schema: JsonNode | undefined, path: readonly string[], found: ParamHeader[]) {
  if (schema?.kind !== 'object') return true;
  const annotation = member(schema, ANNOTATION);
  if (annotation !== undefined && !add(schema, annotation, path, found)) return false;
  for (const { key, value } of schema.members) {
    if (key === 'properties' && value.kind === 'object') {
      for (const property of value.members) {
        if (!collect(property.value, [...path, property.key], found)) return false;
      }
    } else if (UNREACHABLE_KEYWORDS.has(key) && isAnnotated(value)) {
      return false;
    }
  }
  return true;
}

function add(
  schema: JsonNode,
  annotation: JsonNode,
  path: readonly string[],
  found: ParamHeader[],
): boolean {
  const type = member(schema, 'type');
  if (path.length === 0 || annotation.kind !== 'string' || type?.kind !== 'string') return false;
  if (!FIELD_NAME.test(annotation.value) || !PERMITTED_TYPES.has(type.value)) return false;
  const header = `Mcp-Param-${annotation.value}`;
  const folded = header.toLowerCase();
  if (found.some((other) => other.header.toLowerCase() === folded)) return false;
  found.push({ header, path, numeric: type.value === 'integer' || type.value === 'number' });
  return true;
}

/** Whether an annotation stands anywhere in a part of a schema. */
function isAnnotated(node: JsonNode): boolean {
  if (node.kind === 'array') return node.items.some(isAnnotated);
  if (node.kind !== 'object') return false;
  return node.members.some(({ key, value }) => key === ANNOTATION || isAnnotated(value));
}

/** The argument a header repeats, as its text; `undefined` where no header is due. */
export function paramHeaderText(
  args: JsonNode | undefined,
  declared: ParamHeader,
): string | undefined {
  let node = args;
  for (const key of declared.path) node = member(node, key);
  switch (node?.kind) {
    case 'string':
      return node.value;
    case 'boolean':
      return String(node.value);
    case 'number': {
      const value = Number(node.raw);
      const unsafe = Number.isInteger(value) && !Number.isSafeInteger(value);
      return Number.isFinite(value) && !unsafe ? String(value) : undefined;
    }
    default:
      return undefined;
  }
}
