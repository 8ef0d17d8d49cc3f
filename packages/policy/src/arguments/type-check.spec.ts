import { describe, expect, it } from '@jest/globals';
import { compilePolicy } from '../compile.ts';
import type { KnownTool } from './known-tool.ts';

const PROPERTIES = {
  amount: { type: 'number' },
  count: { type: 'integer', minimum: 0 },
  flag: { type: 'boolean' },
  name: { type: 'string' },
  kind: { type: 'string', enum: ['delete', 'update'] },
  level: { enum: [1, 2, 3] },
  mode: { const: 'fast' },
  tags: { type: 'array', items: { type: 'string' } },
  rows: { type: 'array', items: { type: 'object', properties: { id: { type: 'number' } } } },
  filter: { type: 'object', properties: { size: { type: 'number' } } },
  maybe: { type: ['string', 'null'] },
  either: { anyOf: [{ type: 'string' }, { type: 'number' }] },
  optional: { anyOf: [{ type: 'string' }, { type: 'null' }] },
  openapi: { type: 'string', nullable: true },
  referred: { $ref: '#/$defs/Amount' },
  wrapped: { allOf: [{ $ref: '#/$defs/Amount' }], description: 'x' },
  huge: { type: 'integer', minimum: 2 ** 60 },
  anything: {},
  endless: { $ref: '#/$defs/Endless' },
  foreign: { $ref: 'https://example.com/schema' },
  tuple: { type: 'array', prefixItems: [{ type: 'string' }], items: { type: 'number' } },
};

const TOOLS: readonly KnownTool[] = [
  {
    connection: 'shop',
    name: 'refund',
    inputSchema: {
      type: 'object',
      properties: PROPERTIES,
      $defs: { Amount: { type: 'number' }, Endless: { $ref: '#/$defs/Endless' } },
    },
  },
];

/** Messages of a condition's warnings, with the place that each marks. */
function warningsOf(condition: string, tools = TOOLS, more = '') {
  const text = `rules:\n  - id: a\n    effect: hold\n    ${more}\n    when: |-\n      ${condition}\n`;
  const result = compilePolicy(text, { tools });
  if (!result.ok) return result.issues.map(({ message }) => `FAULT ${message}`);
  return result.warnings.map(({ message, line, column, endColumn }) => {
    const marked = text.split('\n')[line - 1]?.slice(column - 1, endColumn - 1);
    return `${marked} → ${message}`;
  });
}

const IN = 'in "refund" of "shop"';
const ALWAYS = 'is always an error here.';

describe('what a condition does to an argument of another type', () => {
  it.each([
    [
      'args.amount.startsWith("x")',
      `Argument "amount" is a number ${IN}, so startsWith() ${ALWAYS}`,
    ],
    ['args.flag > 3', `Argument "flag" is true or false ${IN}, so ">" ${ALWAYS}`],
    ['args.name > 3', `Argument "name" is a text ${IN}, so ">" ${ALWAYS}`],
    ['3 < args.name', `Argument "name" is a text ${IN}, so "<" ${ALWAYS}`],
    ['args.name', `Argument "name" is a text ${IN}, so it is no condition.`],
    ['args', `The whole of the arguments is an object ${IN}, so it is no condition.`],
    ['args.amount * args.amount', `This is a number ${IN}, so it is no condition.`],
    ['args.tags.exists(t, t + t)', `This is a text ${IN}, so it is no condition.`],
    ['args.maybe > 3', `Argument "maybe" is a text or null ${IN}, so ">" ${ALWAYS}`],
    ['args.optional > 3', `Argument "optional" is a text or null ${IN}, so ">" ${ALWAYS}`],
    ['args.openapi > 3', `Argument "openapi" is null or a text ${IN}, so ">" ${ALWAYS}`],
    ['args.referred.size() > 3', `Argument "referred" is a number ${IN}, so size() ${ALWAYS}`],
    ['args.wrapped.size() > 3', `Argument "wrapped" is a number ${IN}, so size() ${ALWAYS}`],
    ['size(args.amount) > 3', `Argument "amount" is a number ${IN}, so size() ${ALWAYS}`],
    ['sql(args.amount).mutates', `Argument "amount" is a number ${IN}, so sql() ${ALWAYS}`],
    ['args.amount.matches("x")', `Argument "amount" is a number ${IN}, so matches() ${ALWAYS}`],
    ['glob("x*", args.tags)', `Argument "tags" is a list ${IN}, so glob() ${ALWAYS}`],
    ['args.name.size == 1', `Argument "name" is a text ${IN}, so it has no part "size".`],
    ['args["name"].x == 1', `Argument "name" is a text ${IN}, so it has no part "x".`],
    ['has(args.name.x)', `Argument "name" is a text ${IN}, so it has no part "x".`],
    ['args.amount[0] == 1', `Argument "amount" is a number ${IN}, so it has no entries.`],
    ['args.name && true', `Argument "name" is a text ${IN}, so it is no condition.`],
    ['args.name ? true : false', `Argument "name" is a text ${IN}, so it is no condition.`],
    ['!args.name', `Argument "name" is a text ${IN}, so "!" ${ALWAYS}`],
    ['-args.name == 1', `Argument "name" is a text ${IN}, so "-" ${ALWAYS}`],
    ['args.name.exists(c, c == "x")', `Argument "name" is a text ${IN}, so exists() ${ALWAYS}`],
    ['args.tags.exists(t, t > 3)', `Argument "tags[]" is a text ${IN}, so ">" ${ALWAYS}`],
    [
      'args.rows.all(r, r.id.startsWith("x"))',
      `Argument "rows[].id" is a number ${IN}, so startsWith() ${ALWAYS}`,
    ],
    [
      'args.rows[0].id.startsWith("x")',
      `Argument "rows[].id" is a number ${IN}, so startsWith() ${ALWAYS}`,
    ],
    [
      'args.filter.size.startsWith("x")',
      `Argument "filter.size" is a number ${IN}, so startsWith() ${ALWAYS}`,
    ],
    ['"x" in args.name', `Argument "name" is a text ${IN}, so "in" ${ALWAYS}`],
    [
      'args.amount * 2 > 10',
      `Argument "amount" is a number ${IN}, so "*" ${ALWAYS} Numbers in arguments are doubles: write 2.0, not 2.`,
    ],
    [
      'args.count % 2 == 0',
      `Argument "count" is a number ${IN}, so "%" ${ALWAYS} Numbers in arguments are doubles: convert it with int(…).`,
    ],
    ['cel.bind(a, args.name, a > 3)', `Argument "name" is a text ${IN}, so ">" ${ALWAYS}`],
  ])('is warned of: %s', (condition, message) => {
    const [found, ...more] = warningsOf(condition);
    expect(more).toEqual([]);
    expect(found).toContain(message);
  });
});

describe('what never equals an argument', () => {
  it.each([
    [
      'args.kind == "delet"',
      `is one of "delete", "update" ${IN}, so it never equals "delet". Did you mean "delete"?`,
    ],
    ['"delet" != args.kind', `so it never equals "delet". Did you mean "delete"?`],
    ['args.kind in ["delete", "updat"]', `"updat" → Argument "kind" is one of`],
    ['args.level == 4', `Argument "level" is one of 1, 2, 3 ${IN}, so it never equals 4.`],
    ['args.mode == "slow"', `Argument "mode" is always "fast" ${IN}, so it never equals "slow".`],
    ['args.amount == "100"', `Argument "amount" is a number ${IN}, so it never equals "100".`],
    ['args.flag == "true"', `Argument "flag" is true or false ${IN}, so it never equals "true".`],
    ['args.flag == args.name', `so it never equals argument "name".`],
    ['args.tags == "x"', `Argument "tags" is a list ${IN}, so it never equals "x".`],
    ['3 in args.tags', `Argument "tags[]" is a text ${IN}, so it never equals 3.`],
    ['args.name == null', `Argument "name" is a text ${IN}, so it never equals null.`],
    ['args.name == size(args.tags)', `so it never equals a whole number.`],
  ])('is warned of: %s', (condition, message) => {
    expect(warningsOf(condition)).toEqual([expect.stringContaining(message)]);
  });
});

describe('nothing is said where', () => {
  it.each([
    ['numbers compare', 'args.amount > 3 && args.amount <= 3.5 && args.count == 3'],
    ['a number is one of a list', 'args.amount in [1, 2, 3]'],
    ['numbers of one type are reckoned with', 'args.amount * 2.0 + args.count > 10.0'],
    ['a number is converted', 'int(args.count) % 2 == 0'],
    ['a constant is allowed', 'args.kind == "delete" || args.level == 2'],
    ['null is possible', 'args.maybe == null || args.optional == null || args.openapi == null'],
    ['a type is possible', 'args.either > 3 || args.either.startsWith("x")'],
    ['entries fit', 'args.tags.exists(t, t.startsWith("x")) && args.rows.all(r, r.id > 3)'],
    ['an entry is compared', '"x" in args.tags && args.tags[0] == "x"'],
    ['a part fits', 'args.filter.size > 3 && has(args.filter.size)'],
    ['whole numbers are too large for doubles', 'args.huge % 2 == 0'],
    ['a schema says nothing', 'args.anything > 3 && args.anything.startsWith("x")'],
    ['a schema refers to itself', 'args.endless > 3 || args.foreign > 3'],
    ['entries differ by position', 'args.tuple[0].startsWith("x")'],
    ['types are asked for', 'type(args.name) == int && args.name > 3'],
    ['types are forgotten', 'dyn(args.name) == 3'],
    ['another tool is meant', 'call.name == "other" && args.name > 3'],
    ['another connection is meant', '!(connection.name == "shop") && args.name > 3'],
    ['the argument isn’t there', 'has(args.nothing) && args.nothing > 3'],
    ['another tool has the argument', 'call.name == "other" && args.nothing == "x"'],
    ['the other side settles it', 'args.name > 3 || tool.name == "refund"'],
    ['a choice doesn’t get there', 'tool.name == "refund" ? true : args.name > 3'],
    ['sql facts are used', 'sql(args.name).mutates && sql(args.name).statements > 1'],
    ['the time is used', 'now.getHours() > 3'],
  ])('%s', (_, condition) => {
    const asked = 'There is no argument "nothing"';
    const found = warningsOf(condition).filter((one) => !one.startsWith(`args.nothing → ${asked}`));
    expect(found).toEqual([]);
    if (condition.includes('other')) expect(warningsOf(condition)).toEqual([]);
  });

  it('`when` keeps the tool from `unless`', () => {
    const more = 'unless: args.name > 3';
    expect(warningsOf('call.name == "other"', TOOLS, more)).toEqual([]);
    expect(warningsOf('call.name == "refund"', TOOLS, more)).toHaveLength(1);
  });
});

describe('a warning', () => {
  const tool = (name: string, schema: unknown): KnownTool => ({
    connection: 'shop',
    name,
    inputSchema: { properties: { x: schema } },
  });

  it('names the tools of which the same is true, and no others', () => {
    const tools = [
      tool('a', { type: 'string' }),
      tool('b', { type: 'number' }),
      tool('c', { type: 'string' }),
      tool('d', { type: 'boolean' }),
    ];
    expect(warningsOf('args.x > 3', tools)).toEqual([
      'args.x > 3 → Argument "x" is a text in "a" of "shop", "c" of "shop", so ">" is always an error here.',
      'args.x > 3 → Argument "x" is true or false in "d" of "shop", so ">" is always an error here.',
    ]);
  });

  it('shows what an upstream wrote, and nothing unseen', () => {
    const hostile = [tool('a\u202Eb', { enum: ['x\u200By', 'z'.repeat(500)] })];
    const [message = ''] = warningsOf('args.x == "q"', hostile);
    expect(message).toContain('"a\\u{202e}b"');
    expect(message).toContain('"x\\u{200b}y"');
    expect(message.length).toBeLessThan(400);
  });

  it('comes in bounded time of many rules about many tools', () => {
    const many = Array.from({ length: 2_000 }, (_, n) => tool(`t${n}`, { type: 'string' }));
    const rules = Array.from({ length: 500 }, (_, n) => {
      return `  - { id: r${n}, effect: hold, when: 'args.x > ${n} && args.y == 1' }`;
    });
    const result = compilePolicy(`rules:\n${rules.join('\n')}\n`, { tools: many });
    expect(result.ok && result.warnings.length).toBeGreaterThan(50);
  });

  it.each([
    [
      'a schema as deep as it may get',
      Array.from({ length: 5000 }).reduce<unknown>((inner) => ({ anyOf: [inner] }), {}),
    ],
    [
      'alternatives without end',
      { anyOf: Array.from({ length: 10_000 }, () => ({ type: 'string' })) },
    ],
    ['constants without end', { enum: Array.from({ length: 100_000 }, (_, n) => `v${n}`) }],
    ['types that are none', { type: [null, 3, { type: 'string' }] }],
    ['a list of types without end', { type: Array.from({ length: 10_000 }, () => 'string') }],
    ['a reference to nowhere', { $ref: '#/../../x' }],
    ['a name that JavaScript knows', { $ref: '#/__proto__/constructor' }],
    ['properties that are a list', { type: 'object', properties: ['a'] }],
  ])('comes quickly or not at all of %s', (_, schema) => {
    const started = performance.now();
    expect(warningsOf('args.x > 3 && args.x.y == 1', [tool('a', schema)]).length).toBeLessThan(3);
    // No measure of speed: what is walked without a bound doesn't come at all.
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
