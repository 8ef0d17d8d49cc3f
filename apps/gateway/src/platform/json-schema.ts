import { Ajv, type ErrorObject } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { RE2JS } from 're2js';

/** What a value does wrong by a schema; empty where it satisfies it. */
export type Validator = (value: unknown) => readonly ErrorObject[];

/** Dialects before 2019-09 are read as draft-07: they agree in all that tools are described with. */
const OLD_DIALECT = /draft-0[4-7]/;

const compiled = new WeakMap<object, Validator>();

/**
 * Compiles the schema of a tool, once. Attacker-controlled: an upstream writes both the schema and, often,
 * what is checked by it.
 *
 * @throws where it can't be compiled; who asks decides what that means, and it never means "satisfied"
 */
export function validatorOf(schema: object): Validator {
  const known = compiled.get(schema);
  if (known) return known;
  // One that can't be compiled is not tried again for every answer.
  compiled.set(schema, () => {
    throw new Error('The schema can’t be compiled.');
  });
  const dialect = '$schema' in schema && typeof schema.$schema === 'string' ? schema.$schema : '';
  const Dialect = OLD_DIALECT.test(dialect) ? Ajv : Ajv2020;
  const check = new Dialect({
    strict: false,
    logger: false,
    validateFormats: false,
    code: { regExp: linearRegExp },
  }).compile(schema);
  const validator: Validator = (value) => (check(value) === true ? [] : (check.errors ?? FAILED));
  compiled.set(schema, validator);
  return validator;
}

const FAILED: readonly ErrorObject[] = [
  { keyword: '', instancePath: '', schemaPath: '', params: {}, message: 'is not valid' },
];

/** SECURITY: an upstream writes both the pattern and the text; with JavaScript's own it could stall every call. */
const linearRegExp = Object.assign(
  (pattern: string) => {
    const compiled = RE2JS.compile(pattern);
    // Ajv keeps patterns by their text; without one of its own each would stand for all.
    return { test: (text: string) => compiled.matcher(text).find(), toString: () => pattern };
  },
  { code: 'linearRegExp' },
);
