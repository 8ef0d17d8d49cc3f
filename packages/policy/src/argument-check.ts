import { argumentReferences, type ArgumentReference } from './cel/argument-references.ts';
import type { Condition } from './cel/condition.ts';
import type { CompiledRule } from './compile.ts';
import type { IssueLocator, PolicyIssue } from './locate.ts';
import { compileMatch } from './match.ts';
import { didYouMean } from './suggest.ts';

/** A tool as its upstream describes it. */
export interface KnownTool {
  readonly connection: string;
  readonly name: string;
  /** JSON Schema of the arguments: an upstream's, so hostile. */
  readonly inputSchema: unknown;
}

/** How many tools a warning names; the rest are counted. */
const NAMED_TOOLS = 3;

/**
 * Arguments that conditions read and tools don't have: a rule errs on such a call, or never
 * applies where it asks with `has` first. Warnings, not faults: a schema isn't the policy's, and
 * changes without it.
 */
export function argumentWarnings(
  rules: readonly CompiledRule[],
  tools: readonly KnownTool[],
  locator: IssueLocator,
): PolicyIssue[] {
  return rules.flatMap((rule, index) => {
    const governed = governedTools(rule, tools);
    return (['when', 'unless'] as const).flatMap((keyword) => {
      const condition = rule[keyword];
      if (condition === undefined) return [];
      return conditionWarnings(condition, governed).map(({ reference, message }) =>
        locator.withinText(['rules', index, keyword], reference, message),
      );
    });
  });
}

/** Tools whose calls the rule may be about, for some caller. */
function governedTools(rule: CompiledRule, tools: readonly KnownTool[]): readonly KnownTool[] {
  const { callers: _anyCaller, ...match } = rule.match;
  const matches = compileMatch(match);
  return tools.filter(({ connection, name }) =>
    matches({
      connection: { name: connection, defaultEffect: 'hold', readOnly: NOTHING },
      method: 'tools/call',
      target: { name },
      caller: { subject: '', issuer: '', groups: [], kind: 'service' },
      session: {},
      now: new Date(0),
    }),
  );
}

const NOTHING = {
  tools: [],
  resources: false,
  prompts: false,
  completion: false,
  subscriptions: false,
};

function conditionWarnings(condition: Condition, tools: readonly KnownTool[]) {
  const references = argumentReferences(condition.evaluate.ast);
  const asked = new Set(
    references.filter(({ tested }) => tested).map(({ path }) => path.join('.')),
  );
  return references.flatMap((reference) => {
    // Asked for first: some of the tools may well go without it, but not all of them.
    const optional = reference.path.some((_, end) =>
      asked.has(reference.path.slice(0, end + 1).join('.')),
    );
    const lacking = tools.filter(({ inputSchema }) => lacks(inputSchema, reference.path));
    const fine = optional ? lacking.length < tools.length : lacking.length === 0;
    return fine || lacking.length === 0
      ? []
      : [{ reference, message: warning(reference, lacking) }];
  });
}

function warning({ path }: ArgumentReference, lacking: readonly KnownTool[]): string {
  const named = lacking.slice(0, NAMED_TOOLS).map(({ name, connection }) => {
    return `${JSON.stringify(name)} of ${JSON.stringify(connection)}`;
  });
  const more = lacking.length - named.length;
  const who = more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ');
  const known = lacking.flatMap(({ inputSchema }) => siblings(inputSchema, path));
  return `There is no argument "${path.join('.')}" in ${who}.${didYouMean(path.at(-1) ?? '', known)}`;
}

/**
 * Whether a schema clearly has no such argument. False wherever it could be there: other
 * properties are welcome, or the schema is put together from several.
 */
function lacks(schema: unknown, [name, ...rest]: readonly string[]): boolean {
  if (name === undefined || !isRecord(schema)) return false;
  if (COMPOSED.some((keyword) => Object.hasOwn(schema, keyword))) return false;
  const { properties, additionalProperties } = schema;
  if (additionalProperties !== undefined && additionalProperties !== false) return false;
  if (!isRecord(properties)) return properties === undefined && additionalProperties === false;
  return Object.hasOwn(properties, name) ? lacks(properties[name], rest) : true;
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
  return Object.keys(properties).filter((key) => key.length <= 100);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
