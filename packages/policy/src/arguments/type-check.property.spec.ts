import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { startBudget } from '../cel/budget.ts';
import { compileCondition, type Condition } from '../cel/condition.ts';
import { toCelValue } from '../cel/values.ts';
import { loadSqlParser } from '../sql/parser.ts';
import { checkTypes } from './type-check.ts';

beforeAll(loadSqlParser);

/** A schema with values that satisfy it. */
interface Described {
  readonly schema: Readonly<Record<string, unknown>>;
  readonly values: fc.Arbitrary<unknown>;
}

const number = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(0.5, 1.5, -2.5));
const text = fc.constantFrom('', 'a', 'b', 'delete');

const SINGLE: readonly Described[] = [
  { schema: { type: 'string' }, values: text },
  { schema: { type: 'number' }, values: number },
  { schema: { type: 'integer' }, values: fc.integer({ min: -9, max: 9 }) },
  { schema: { type: 'boolean' }, values: fc.boolean() },
  { schema: { type: 'null' }, values: fc.constant(null) },
  { schema: { enum: ['a', 'b'] }, values: fc.constantFrom('a', 'b') },
  { schema: { const: 2 }, values: fc.constant(2) },
  { schema: { type: 'array', items: { type: 'string' } }, values: fc.array(text) },
  { schema: { type: 'array', items: { type: 'number' } }, values: fc.array(number) },
  {
    schema: { type: 'object', properties: { p: { type: 'number' } }, required: ['p'] },
    values: fc.record({ p: number }),
  },
];

const UNIONS: readonly Described[] = [
  { schema: { type: ['string', 'null'] }, values: fc.option(text) },
  {
    schema: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'number' } }] },
    values: fc.oneof(text, fc.array(number)),
  },
  { schema: {}, values: fc.jsonValue() },
  { schema: { type: 'integer', nullable: true }, values: fc.option(fc.integer()) },
  { schema: { enum: ['a', 1, null] }, values: fc.constantFrom('a', 1, null) },
  { schema: { type: 'array' }, values: fc.array(fc.oneof(text, number)) },
  {
    schema: {
      oneOf: [{ type: 'object', properties: { p: { type: 'string' } } }, { type: 'object' }],
    },
    values: fc.record({ p: fc.oneof(text, number) }),
  },
];

interface Case {
  readonly schema: unknown;
  readonly values: fc.Arbitrary<unknown>;
}

function described(from: readonly Described[]): fc.Arbitrary<Case> {
  const one = fc.constantFrom(...from);
  return fc.tuple(one, one).map(([x, y]) => ({
    schema: { type: 'object', properties: { x: x.schema, y: y.schema } },
    values: fc.record({ x: x.values, y: y.values }),
  }));
}

const atoms = fc.constantFrom(
  'args.x',
  'args.y',
  'args.x.p',
  'args.x[0]',
  '1',
  '2.0',
  '"a"',
  '"delete"',
  'true',
  'null',
  '["a"]',
  'int(args.x)',
  'size(args.x)',
  'args.y.size()',
  'args.x.lowerAscii()',
  'string(args.y)',
  'sql(args.x).statements',
  '-args.x',
);
const operators = fc.constantFrom('==', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/', '%', 'in');
const operations = fc
  .tuple(atoms, operators, atoms)
  .map(([left, operator, right]) => `${left} ${operator} ${right}`);
const calls = fc.constantFrom(
  'args.x.startsWith("a")',
  '"a".contains(args.x)',
  'args.x.matches("a")',
  'glob("a*", args.x)',
  'sql(args.x).mutates',
  'has(args.x.p)',
  '!args.x',
);

interface Evaluated {
  readonly value?: unknown;
  readonly code?: string;
}

function evaluated({ evaluate }: Condition, args: unknown): Evaluated {
  startBudget();
  try {
    const value: unknown = evaluate({ args: toCelValue(args).value });
    return { value };
  } catch (error) {
    const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
    return { code: typeof code === 'string' ? code : 'none' };
  }
}

function compiledOrNot(source: string): Condition | undefined {
  const result = compileCondition(source);
  return result.ok ? result.condition : undefined;
}

function findingsOf(condition: Condition, schema: unknown) {
  const tool = { connection: 'c', name: 't', inputSchema: schema };
  return checkTypes(condition, tool, { left: 10_000 }).findings;
}

const TYPE_ERRORS = [
  'no_such_overload',
  'no_matching_overload',
  'invalid_logical_operand',
  'invalid_condition_type',
  'invalid_comprehension_range',
];

const RUNS = { numRuns: 3_000 };

describe('the check of types', () => {
  it('guarantees that a warning is true: what it marks errs, or never equals', () => {
    const conditions = fc.oneof(operations, calls);
    fc.assert(
      fc.property(
        described([...SINGLE, ...UNIONS]).chain((one) =>
          fc.tuple(fc.constant(one), one.values, conditions),
        ),
        ([{ schema }, args, source]) => {
          const condition = compiledOrNot(source);
          fc.pre(condition !== undefined);
          const findings = findingsOf(condition, schema);
          fc.pre(findings.length > 0);
          const { value, code } = evaluated(condition, args);
          const isNever = value === source.includes('!=') && / (==|!=|in) /.test(source);
          const isAbsent = source.startsWith('has(') && value === false;
          const isUseless = code !== undefined || typeof value !== 'boolean';
          expect(isUseless || isNever || isAbsent).toBe(true);
        },
      ),
      RUNS,
    );
  });

  it('guarantees that without a warning no operand is of a wrong type', () => {
    const operation = fc.oneof(operations, calls);
    const loops = operations.map((inner) => `args.x.exists(y, ${inner.replace('args.y', 'y')})`);
    const logic = fc
      .tuple(operation, fc.constantFrom('&&', '||'), operation)
      .map(([left, operator, right]) => `(${left}) ${operator} (${right})`);
    fc.assert(
      fc.property(
        described(SINGLE).chain((one) =>
          fc.tuple(fc.constant(one), one.values, fc.oneof(operation, loops, logic)),
        ),
        ([{ schema }, args, source]) => {
          const condition = compiledOrNot(source);
          fc.pre(condition !== undefined);
          fc.pre(findingsOf(condition, schema).length === 0);
          expect(TYPE_ERRORS).not.toContain(evaluated(condition, args).code);
        },
      ),
      RUNS,
    );
  });

  it('never throws, whatever the schema', () => {
    const condition = compiledOrNot('args.x.exists(e, e.p > 3) && args.x[0] == args.y');
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (x, y) => {
        if (condition) findingsOf(condition, { properties: { x, y }, $defs: x });
      }),
    );
  });
});
