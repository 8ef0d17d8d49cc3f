import type { JsonValue } from '@holdpoint/mcp';

const MAX_ARGUMENTS = 60;
const MAX_DEPTH = 3;
const MAX_NAME = 100;

export interface ArgumentPath {
  readonly path: string;
  readonly type: string;
}

/**
 * Paths of the arguments that a tool's schema names, with their types, nearest first. Whatever isn't
 * a plain property is left out: this is for suggestions.
 *
 * @param schema an upstream's, so hostile: bounded in depth, number and length
 */
export function argumentPaths(schema: JsonValue | undefined): readonly ArgumentPath[] {
  const found: ArgumentPath[] = [];
  let level = [{ prefix: '', schema }];
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth += 1) {
    const next: typeof level = [];
    for (const { prefix, schema: parent } of level) {
      for (const [name, property] of Object.entries(propertiesOf(parent))) {
        if (found.length >= MAX_ARGUMENTS) return found;
        if (name === '' || name.length > MAX_NAME) continue;
        found.push({ path: `${prefix}${name}`, type: typeOf(property) });
        next.push({ prefix: `${prefix}${name}.`, schema: property });
      }
    }
    level = next;
  }
  return found;
}

function propertiesOf(schema: JsonValue | undefined): Readonly<Record<string, JsonValue>> {
  const properties = isObject(schema) ? schema['properties'] : undefined;
  return isObject(properties) ? properties : {};
}

const TYPES = new Set(['string', 'number', 'integer', 'boolean', 'array', 'object', 'null']);

function typeOf(schema: JsonValue): string {
  const type = isObject(schema) ? schema['type'] : undefined;
  const types = (Array.isArray(type) ? type : [type]).filter(
    (each): each is string => typeof each === 'string' && TYPES.has(each),
  );
  return types.length === 0 ? 'any' : [...new Set(types)].join(' or ');
}

function isObject(value: JsonValue | undefined): value is Readonly<Record<string, JsonValue>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
