import { didYouMean } from '../suggest.ts';
import {
  entrySchema,
  propertySchema,
  schemaFacts,
  type Constant,
  type JsonType,
  type SchemaFacts,
} from './json-schema.ts';
import { quoted } from './known-tool.ts';

/** What is known of a value before there is one. */
export interface Shape {
  /** CEL types that it may have; `undefined`: any. */
  readonly types: ReadonlySet<string> | undefined;
  /** Every value that it may have, where they are few. */
  readonly constants: readonly Constant[] | undefined;
  /** Where it is an argument: which one, and what the schema says of it. */
  readonly argument: { readonly path: string; readonly facts: SchemaFacts } | undefined;
  /** Whether it was made out of arguments. */
  readonly isComputed: boolean;
}

export const ANYTHING: Shape = {
  types: undefined,
  constants: undefined,
  argument: undefined,
  isComputed: false,
};

export function ofTypes(...types: readonly string[]): Shape {
  return { ...ANYTHING, types: new Set(types) };
}

export function ofConstant(value: Constant): Shape {
  return { ...ofTypes(typeOfLiteral(value)), constants: [value] };
}

export const BOOL = ofTypes('bool');

/** The same, known to depend on arguments where one of these does. */
export function computedFrom(sources: readonly Shape[], shape: Shape): Shape {
  const isComputed = sources.some((one) => one.argument !== undefined || one.isComputed);
  return { ...shape, isComputed };
}

/** The shape of all arguments together, or of a part of them. */
export function ofSchema(schema: unknown, root: unknown, path: string): Shape {
  const facts = schemaFacts(schema, root);
  return {
    types: facts.types,
    constants: facts.constants,
    argument: { path, facts },
    isComputed: false,
  };
}

export function memberOf({ argument }: Shape, name: string, root: unknown): Shape {
  if (argument === undefined) return ANYTHING;
  const path = argument.path === '' ? name : `${argument.path}.${name}`;
  return ofSchema(propertySchema(argument.facts, name), root, path);
}

export function entryOf({ argument }: Shape, root: unknown): Shape {
  if (argument === undefined) return ANYTHING;
  return ofSchema(entrySchema(argument.facts), root, `${argument.path}[]`);
}

/** Whether it may have one of the types. */
export function mayBe({ types }: Shape, ...wanted: readonly string[]): boolean {
  return types === undefined || wanted.some((type) => types.has(type));
}

/** Whether it is this value, whatever the call. */
export function isAlways({ constants }: Shape, value: Constant): boolean {
  return constants?.length === 1 && constants[0] === value;
}

/** Whether no value of the one can equal any of the other. */
export function neverEqual(one: Shape, other: Shape): boolean {
  if (one.constants !== undefined && other.constants !== undefined) {
    const { constants } = other;
    return !one.constants.some((value) => constants.some((candidate) => isSame(value, candidate)));
  }
  if (one.types === undefined || other.types === undefined) return false;
  const types = comparable(other.types);
  return ![...comparable(one.types)].some((type) => types.has(type));
}

/** Numbers of all types compare by value. */
function comparable(types: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...types].map((type) => (type === 'int' || type === 'uint' ? 'double' : type)));
}

function isSame(one: Constant, other: Constant): boolean {
  const isNumber = (value: Constant) => typeof value === 'number' || typeof value === 'bigint';
  return isNumber(one) && isNumber(other) ? Number(one) === Number(other) : one === other;
}

function typeOfLiteral(value: Constant): string {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return 'double';
    default:
      return 'null';
  }
}

const WORDS: Readonly<Record<JsonType, string>> = {
  null: 'null',
  bool: 'true or false',
  double: 'a number',
  string: 'a text',
  list: 'a list',
  map: 'an object',
};

const NAMED_CONSTANTS = 5;

/** What a schema says, in words: `a number`, `one of "delete", "update"`. */
export function saidOf({ types, constants }: Shape): string {
  if (constants !== undefined) {
    const named = constants.slice(0, NAMED_CONSTANTS).map(literal);
    const more = constants.length - named.length;
    if (constants.length === 1) return `always ${named[0] ?? ''}`;
    return `one of ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  }
  return [...(types ?? [])].map((type) => wordOf(type)).join(' or ');
}

function wordOf(type: string): string {
  if (type === 'int' || type === 'uint') return 'a whole number';
  return Object.entries(WORDS).find(([known]) => known === type)?.[1] ?? 'another type';
}

/** What a value is compared with, in words. */
export function otherOf(other: Shape): string {
  if (other.constants?.length === 1) return literal(other.constants[0] ?? null);
  if (other.argument !== undefined) return `argument ${quoted(other.argument.path)}`;
  return saidOf(other);
}

/** The constant that a mistyped text may have meant. */
export function nearConstant({ constants }: Shape, other: Shape): string {
  const [wanted] = other.constants ?? [];
  if (typeof wanted !== 'string' || wanted.length > 100) return '';
  const known = (constants ?? []).filter(
    (value): value is string => typeof value === 'string' && value.length <= 100,
  );
  return didYouMean(wanted, known);
}

function literal(value: Constant): string {
  return typeof value === 'string' ? quoted(value) : String(value);
}
