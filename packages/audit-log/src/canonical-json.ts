import { AuditLogError } from './audit-log-error.ts';

/** A JSON value as plain JavaScript. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [member: string]: JsonValue;
}

/** Deeper values are refused, so that a hostile one can't exhaust the stack of a reader. */
const maxDepth = 256;

/**
 * The canonical form of a plain JSON value (RFC 8785, JCS): members sorted by UTF-16 code units, no
 * white space, ECMAScript numbers and string escapes. Equal values have equal texts and so equal
 * hashes.
 *
 * @throws AuditLogError `json_not_canonicalizable` for what has no JSON form: `undefined`, `NaN`,
 * infinities, bigint, functions, class instances, lone surrogates, cycles.
 */
export function canonicalJson(value: JsonValue): string {
  return write(value, 0);
}

// Typed `unknown`, because callers outside the compiler's sight pass anything.
function write(value: unknown, depth: number): string {
  if (depth > maxDepth) throw refusal(`nesting deeper than ${maxDepth} levels`);
  if (value === null) return 'null';
  if (typeof value === 'string') return writeString(value);
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return writeNumber(value);
  if (Array.isArray(value)) return writeArray(value, depth);
  if (isPlainObject(value)) return writeObject(value, depth);
  throw refusal(`a value of type ${typeof value}`);
}

// Every record of the data path is written here, so members are joined without lists in between.
function writeArray(value: readonly unknown[], depth: number): string {
  let text = '[';
  let separator = '';
  // By index, which visits holes too: they have no JSON form.
  for (let index = 0; index < value.length; index += 1) {
    text += separator + write(value[index], depth + 1);
    separator = ',';
  }
  return `${text}]`;
}

function writeObject(value: Record<string, unknown>, depth: number): string {
  let text = '{';
  let separator = '';
  // The default sort compares UTF-16 code units, which is what RFC 8785 §3.2.3 asks for.
  for (const key of Object.keys(value).sort()) {
    text += `${separator}${writeString(key)}:${write(value[key], depth + 1)}`;
    separator = ',';
  }
  return `${text}}`;
}

function writeString(text: string): string {
  if (!text.isWellFormed()) throw refusal('a string with a lone surrogate');
  return JSON.stringify(text);
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw refusal('a number that is not finite');
  return JSON.stringify(value); // ECMAScript's shortest form, and 0 for -0: RFC 8785 §3.2.2.3
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // An object of another realm (a worker, a test runner's sandbox) has another Object.prototype,
  // recognised by having no prototype of its own.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function refusal(what: string): AuditLogError {
  return new AuditLogError('json_not_canonicalizable', `${what} has no canonical JSON form`);
}
