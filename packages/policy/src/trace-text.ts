import { CelSqlFacts } from './cel/facts.ts';

/** Longest text that a traced value is shown as. */
const MAX_LENGTH = 600;
const MAX_DEPTH = 6;

/**
 * A value of a condition as a line of text, as it would be written in one. Cut where it is long, and
 * says so.
 *
 * @param value - may hold anything that an agent sent
 */
export function traceText(value: unknown): string {
  const text = textOf(value, 0);
  // A single text says itself how long it is.
  if (text.length <= MAX_LENGTH || typeof value === 'string') return text;
  return `${text.slice(0, MAX_LENGTH).toWellFormed()}… (${text.length} characters)`;
}

function textOf(value: unknown, depth: number): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Date) return value.toISOString();
  if (depth >= MAX_DEPTH) return '…';
  if (Array.isArray(value)) return listOf(value, (one) => textOf(one, depth + 1), '[', ']');
  const member = ([key, one]: [unknown, unknown]) =>
    `${typeof key === 'string' ? key : textOf(key, depth + 1)}: ${textOf(one, depth + 1)}`;
  if (value instanceof Map) return listOf([...value], member, '{', '}');
  const fields = Object.entries(value).filter(([, one]) => one !== undefined);
  const shown = value instanceof CelSqlFacts ? fields.filter(isTelling) : fields;
  return listOf(shown, member, '{', '}');
}

/** Half a kilobyte is shown at the most, so of a long list not every entry has to be written. */
function listOf<T>(
  values: readonly T[],
  write: (value: T) => string,
  open: string,
  close: string,
): string {
  const shown = values.slice(0, 100).map(write).join(', ');
  const more = values.length > 100 ? `, … ${values.length - 100} more` : '';
  return `${open}${shown}${more}${close}`;
}

function quoted(text: string): string {
  if (text.length <= MAX_LENGTH) return JSON.stringify(text);
  return `${JSON.stringify(text.slice(0, MAX_LENGTH).toWellFormed())}… (${text.length} characters)`;
}

/** Of the facts about a statement those that are empty say nothing. */
function isTelling([, value]: [string, unknown]): boolean {
  return !(Array.isArray(value) && value.length === 0);
}
