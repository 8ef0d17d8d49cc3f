import { mayNameBeFree, namesIdentifier } from './free-names.ts';

/** One argument of a call, as it was written. */
export interface ArgumentValue {
  /** JSON text with one spelling for a value: number literals stay exact. */
  readonly canonical: string;
  /** Objects and arrays are only compared as a whole. */
  readonly kind: 'string' | 'number' | 'boolean' | 'null' | 'object' | 'array';
  /** The characters of a string; `null` for anything else. */
  readonly value: string | null;
}

/** What an argument of a grant may be, beside exactly what it was. */
export type Freedom =
  | { readonly kind: 'boolean' }
  | {
      readonly kind: 'number';
      readonly min: number;
      readonly max: number;
      readonly whole: boolean;
    }
  | { readonly kind: 'one-of'; readonly values: readonly string[] }
  /** An identifier of letters, digits, `_` and `-`, with a digit in it, that begins so. */
  | { readonly kind: 'word'; readonly prefix: string };

/** Arguments that a grant covers: each is exactly what it was, or free within bounds. */
export interface GrantShape {
  /** By name, the canonical JSON of the value. */
  readonly fixed: Readonly<Record<string, string>>;
  readonly free: Readonly<Record<string, Freedom>>;
}

export type GrantArguments = ReadonlyMap<string, ArgumentValue>;

const WORD = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
/** A word with a digit names one thing; `all`, `latest` or `root` mean something to a program. */
const IDENTIFIER = /^(?=[A-Za-z_-]*\d)[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
/** Longer ones could be read as different numbers by different parsers. */
const WHOLE = /^-?(0|[1-9]\d{0,14})$/;
const DECIMAL = /^-?(0|[1-9]\d{0,14})(\.\d{1,9})?$/;

/** What the tool's schema says of one argument; upstream-controlled, so it only ever narrows. */
export interface ArgumentSchema {
  readonly types: readonly string[] | null;
  readonly values: readonly string[] | null;
}

/**
 * What may be left free of an argument, by its name, what it was, and its schema; `null`: nothing.
 * An allowlist: yes or no, numbers in a range, choices of a schema, and identifiers.
 */
export function freedomsFor(
  name: string,
  { kind, value, canonical }: ArgumentValue,
  schema: ArgumentSchema,
): Freedom['kind'] | null {
  const may = freedomOf({ kind, value, canonical }, schema);
  return may !== null && mayBeFreeAs(name, may) ? may : null;
}

function mayBeFreeAs(name: string, kind: Freedom['kind']): boolean {
  return mayNameBeFree(name) && (kind !== 'word' || namesIdentifier(name));
}

function freedomOf(
  { kind, value, canonical }: ArgumentValue,
  schema: ArgumentSchema,
): Freedom['kind'] | null {
  if (kind === 'boolean') return 'boolean';
  if (kind === 'number') return DECIMAL.test(canonical) ? 'number' : null;
  if (kind !== 'string' || value === null) return null;
  if (schema.values !== null) return WORD.test(value) ? 'one-of' : null;
  return IDENTIFIER.test(value) ? 'word' : null;
}

/** Which of a schema's choices may be among those of a grant. */
export function freeChoices({ values }: ArgumentSchema): readonly string[] {
  return (values ?? []).filter((value) => WORD.test(value));
}

/** Why a proposed freedom can't be given, as a sentence's end; `null` where it can. */
export function freedomFault(
  name: string,
  argument: ArgumentValue,
  schema: ArgumentSchema,
  freedom: Freedom,
): string | null {
  const may = freedomsFor(name, argument, schema);
  if (may === null || may !== freedom.kind)
    return 'has to stay as it is: only yes or no, numbers, choices of the tool’s schema and identifiers may be left free, and nothing that a program interprets or that keeps the call small';
  if (freedom.kind === 'number') {
    if (!(freedom.min <= freedom.max)) return 'has no range';
    if (schema.types?.includes('integer') && !freedom.whole) return 'takes whole numbers only';
  }
  if (freedom.kind === 'one-of') {
    const known = new Set(freeChoices(schema));
    if (freedom.values.length === 0 || !freedom.values.every((value) => known.has(value)))
      return 'may only be left free within those choices of the tool’s schema that are single words';
  }
  if (freedom.kind === 'word' && freedom.prefix !== '' && !WORD.test(freedom.prefix))
    return 'begins with something that is no short word';
  return isWithin(argument, freedom) ? null : 'does not cover what this call has';
}

/**
 * Whether a call with these arguments is one of the grant's.
 *
 * INVARIANT: what matches has every argument that the granted call had and no other, and differs from it
 * only where the shape is free, within its bounds, and may still be: what an earlier version let be free is
 * not covered by this one.
 */
export function matchesShape({ fixed, free }: GrantShape, args: GrantArguments): boolean {
  const names = [...Object.keys(fixed), ...Object.keys(free)];
  if (args.size !== new Set(names).size || args.size !== names.length) return false;
  for (const [name, argument] of args) {
    if (Object.hasOwn(fixed, name)) {
      if (fixed[name] !== argument.canonical) return false;
      continue;
    }
    const freedom = Object.hasOwn(free, name) ? free[name] : undefined;
    if (freedom === undefined || !mayBeFreeAs(name, freedom.kind)) return false;
    if (!isWithin(argument, freedom)) return false;
  }
  return true;
}

function isWithin({ kind, value, canonical }: ArgumentValue, freedom: Freedom): boolean {
  switch (freedom.kind) {
    case 'boolean':
      return kind === 'boolean';
    case 'number': {
      if (kind !== 'number' || !(freedom.whole ? WHOLE : DECIMAL).test(canonical)) return false;
      const number = Number(canonical);
      return number >= freedom.min && number <= freedom.max;
    }
    case 'one-of':
      return value !== null && freedom.values.includes(value);
    case 'word':
      return value !== null && IDENTIFIER.test(value) && value.startsWith(freedom.prefix);
    default:
      return freedom satisfies never;
  }
}

/** A freedom in words: `any id from 1 to 100`. */
export function freedomText(name: string, freedom: Freedom): string {
  switch (freedom.kind) {
    case 'boolean':
      return `${name} either way`;
    case 'number':
      return `any ${freedom.whole ? 'whole ' : ''}${name} from ${freedom.min} to ${freedom.max}`;
    case 'one-of':
      return `${name} one of ${freedom.values.join(', ')}`;
    case 'word':
      return freedom.prefix === ''
        ? `any identifier as ${name}`
        : `any ${name} that begins with ${freedom.prefix}`;
    default:
      return freedom satisfies never;
  }
}
