import { PolicyError } from '../policy-error.ts';

const MAX_DEPTH = 200;
const MAX_VALUES = 1_000_000;

/** A JSON value whose objects are Maps: no key of an agent's can reach a JavaScript prototype. */
export interface CelValue {
  readonly value: unknown;
  /** How many values there are in all, which bounds what a comprehension can cost. */
  readonly size: number;
  /** How many characters their texts have: `split` makes a list of a text. */
  readonly characters: number;
}

/**
 * Converts a plain JSON value (bigints included) for conditions. Numbers stay doubles, as CEL
 * reads JSON; bigints become ints.
 *
 * @param value - attacker-controlled
 * @throws PolicyError `arguments_too_large`, `value_not_supported`
 */
export function toCelValue(value: unknown): CelValue {
  const budget = { left: MAX_VALUES, characters: 0 };
  const converted = convert(value, 0, budget);
  return {
    value: converted,
    size: MAX_VALUES - budget.left,
    characters: budget.characters,
  };
}

interface Budget {
  left: number;
  characters: number;
}

function convert(value: unknown, depth: number, budget: Budget): unknown {
  budget.left--;
  if (depth > MAX_DEPTH || budget.left < 0) {
    throw new PolicyError('arguments_too_large', 'The value is too large or too deep to check.');
  }
  switch (typeof value) {
    case 'string':
      budget.characters += value.length;
      return value;
    case 'number':
    case 'bigint':
    case 'boolean':
      return value;
    case 'object':
      break;
    default:
      throw new PolicyError('value_not_supported', `A ${typeof value} is not a JSON value.`);
  }
  if (value === null) return null;
  if (Array.isArray(value)) return value.map((item) => convert(item, depth + 1, budget));
  const map = new Map<string, unknown>();
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) map.set(key, convert(item, depth + 1, budget));
  }
  return map;
}
