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
  if (Array.isArray(value)) {
    // Array.from visits holes too; map would silently skip them.
    return `[${Array.from(value, (item: unknown) => write(item, depth + 1)).join(',')}]`;
  }
  if (isPlainObject(value)) return writeObject(value, depth);
  throw refusal(`a value of type ${typeof value}`);
}

function writeObject(value: Record<string, unknown>, depth: number): string {
  // The default sort compares UTF-16 code units, which is what RFC 8785 §3.2.3 asks for.
  const members = Object.keys(value)
    .sort()
    .map((key) => `${writeString(key)}:${write(value[key], depth + 1)}`);
  return `{${members.join(',')}}`;
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
