import type { ASTNode } from '@marcbachmann/cel-js';
import { argumentReferences, type ArgumentReference } from '../cel/argument-references.ts';
import type { Condition } from '../cel/condition.ts';
import { didYouMean } from '../suggest.ts';
import { isRecord } from './json-schema.ts';
import { namesOf, quoted, type KnownTool } from './known-tool.ts';

/** An argument that a condition reads and tools don't have. */
export interface MissingArgument {
  readonly reference: ArgumentReference;
  readonly message: string;
}

/** A tool, and the parts of a condition that its calls get to. */
export interface ReachingTool {
  readonly tool: KnownTool;
  readonly reached: ReadonlySet<ASTNode>;
}

export function missingArguments(
  condition: Condition,
  reaching: readonly ReachingTool[],
): readonly MissingArgument[] {
  const references = argumentReferences(condition.evaluate.ast);
  const asked = new Set(
    references.filter(({ tested }) => tested).map(({ path }) => path.join('.')),
  );
  return references.flatMap((reference) => {
    // Asked for first: some of the tools may well go without it, but not all of them.
    const optional = reference.path.some((_, end) =>
      asked.has(reference.path.slice(0, end + 1).join('.')),
    );
    const tools = reaching.filter(({ reached }) => reached.has(reference.node));
    const lacking = tools
      .map(({ tool }) => tool)
      .filter(({ inputSchema }) => lacks(inputSchema, reference.path));
    const fine = optional ? lacking.length < tools.length : lacking.length === 0;
    return fine || lacking.length === 0
      ? []
      : [{ reference, message: warning(reference, lacking) }];
  });
}

function warning({ path }: ArgumentReference, lacking: readonly KnownTool[]): string {
  const known = lacking
    .slice(0, MAX_TOOLS)
    .flatMap(({ inputSchema }) => siblings(inputSchema, path));
  const hint = didYouMean(path.at(-1) ?? '', known);
  return `There is no argument ${quoted(path.join('.'))} in ${namesOf(lacking)}.${hint}`;
}

/** How many tools, and names of each, are looked at for "did you mean". */
const MAX_TOOLS = 20;
const MAX_NAMES = 200;

/**
 * Whether a schema clearly has no such argument. False wherever it could be there: other
 * properties are welcome, or the schema is put together from several.
 */
function lacks(schema: unknown, [name, ...rest]: readonly string[]): boolean {
  if (name === undefined || !isRecord(schema)) return false;
  if (lacksMember(schema, name)) return true;
  const { properties } = schema;
  const isKnown = isRecord(properties) && Object.hasOwn(properties, name);
  return isKnown && !isComposed(schema) && lacks(properties[name], rest);
}

/** The same for what stands right below. */
export function lacksMember(schema: unknown, name: string): boolean {
  if (!isRecord(schema) || isComposed(schema)) return false;
  const { properties, additionalProperties } = schema;
  if (additionalProperties !== undefined && additionalProperties !== false) return false;
  if (!isRecord(properties)) return properties === undefined && additionalProperties === false;
  return !Object.hasOwn(properties, name);
}

function isComposed(schema: Readonly<Record<string, unknown>>): boolean {
  return COMPOSED.some((keyword) => Object.hasOwn(schema, keyword));
}

const COMPOSED = [
  '$ref',
  '$dynamicRef',
  'allOf',
  'anyOf',
  'oneOf',
  'if',
  'dependentSchemas',
  'patternProperties',
];

/** Names that stand beside the last one of a path, for "did you mean". */
function siblings(schema: unknown, path: readonly string[]): readonly string[] {
  const properties = isRecord(schema) ? schema['properties'] : undefined;
  const [name, ...rest] = path;
  if (!isRecord(properties) || name === undefined) return [];
  if (rest.length > 0)
    return Object.hasOwn(properties, name) ? siblings(properties[name], rest) : [];
  // Bounded: the distance of two words costs their product.
  return Object.keys(properties)
    .slice(0, MAX_NAMES)
    .filter((key) => key.length <= 100);
}
