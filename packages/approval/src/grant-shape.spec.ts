import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type ArgumentSchema,
  type ArgumentValue,
  type Freedom,
  type GrantShape,
  freedomFault,
  freedomsFor,
  freedomText,
  matchesShape,
} from './index.ts';

const ANY: ArgumentSchema = { types: null, values: null };
const CHOICES: ArgumentSchema = { types: ['string'], values: ['open', 'closed', 'a b'] };

const text = (value: string): ArgumentValue => ({
  canonical: JSON.stringify(value),
  kind: 'string',
  value,
});
const number = (raw: string): ArgumentValue => ({ canonical: raw, kind: 'number', value: null });
const flag = (value: boolean): ArgumentValue => ({
  canonical: String(value),
  kind: 'boolean',
  value: null,
});
const object: ArgumentValue = { canonical: '{"a":1}', kind: 'object', value: null };

describe('freedomsFor', () => {
  // Guarantee: SQL, shell and code arguments are never left free.
  const cases: readonly [string, ArgumentValue, ArgumentSchema, string | null][] = [
    ['notify', flag(true), ANY, 'boolean'],
    ['id', number('17'), ANY, 'number'],
    ['id', number('12345678901234567890'), ANY, null],
    ['ratio', number('1e9'), ANY, null],
    ['state', text('open'), CHOICES, 'one-of'],
    ['state', text('a b'), CHOICES, null],
    ['customerId', text('acme-1'), ANY, 'word'],
    ['Customer-ID', text('acme-1'), ANY, 'word'],
    ['order_uuid', text('3f2b9c1e-0000'), ANY, 'word'],
    // Words that a program may take for more than a name.
    ['customerId', text('all'), ANY, null],
    ['customerId', text('root'), ANY, null],
    ['customerId', text('acme; rm 1'), ANY, null],
    ['customerId', text(''), ANY, null],
    ['customerId', text('1'.repeat(65)), ANY, null],
    // Words under any other name.
    ['customer', text('acme-1'), ANY, null],
    ['idea', text('acme-1'), ANY, null],
    ['table', text('orders2'), ANY, null],
    ['value', text('a1'), ANY, null],
    ['options', object, ANY, null],
    // What only looks like a name that may be free.
    ['\u0456d', text('acme-1'), ANY, null],
    ['\u0456d', number('1'), ANY, null],
    ['id\u200b', number('1'), ANY, null],
    ['', number('1'), ANY, null],
  ];
  it.each(cases)('%s %j', (name, argument, schema, expected) => {
    expect(freedomsFor(name, argument, schema)).toBe(expected);
  });

  // Guarantee: what a program interprets is never left free, in no form and under no spelling of its name.
  it.each(
    [
      'sql SqlText query sub_query stmt ddl dml command cmdline q Q jq jqProgram proc storedProc function fn',
      'macro formula cellFormula script source_code shellMode expr evaluate template body where filters',
      'stdin argv envVars op ops action actions verb method mode selector cssSelector xpath html css',
      'path filename workdir url uri endpoint webhookUrl domain domains server serverName hostname ip port',
      'callback cron schedule prompt message script_id query_id template_id commit_id imageId role role_id',
      'scopes policyId groupId keyId apiKey secret_id password branch ref target targetId data input',
    ].flatMap((line) => line.split(' ')),
  )('no %s', (name) => {
    expect(freedomsFor(name, text('v1'), ANY)).toBeNull();
    expect(freedomsFor(name, number('1'), ANY)).toBeNull();
    expect(freedomsFor(name, flag(true), ANY)).toBeNull();
    expect(freedomsFor(name, text('open'), CHOICES)).toBeNull();
  });

  // Guarantee: what was approved as a trial, or with a question to come, is not let through as the real thing.
  it.each(
    'force dryRun dry_run dryrun confirm skip_checks no_verify recursive cascade readOnly overwrite all'.split(
      ' ',
    ),
  )('no switch %s', (name) => {
    expect(freedomsFor(name, flag(true), ANY)).toBeNull();
  });
});

describe('freedomFault', () => {
  const cases: readonly [string, string, ArgumentValue, ArgumentSchema, Freedom, boolean][] = [
    ['a range', 'id', number('5'), ANY, { kind: 'number', min: 1, max: 9, whole: true }, true],
    ['beside it', 'id', number('50'), ANY, { kind: 'number', min: 1, max: 9, whole: true }, false],
    ['no range', 'id', number('5'), ANY, { kind: 'number', min: 9, max: 1, whole: true }, false],
    [
      'fractions of a whole number',
      'id',
      number('5'),
      { types: ['integer'], values: null },
      { kind: 'number', min: 1, max: 9, whole: false },
      false,
    ],
    ['choices', 'state', text('open'), CHOICES, { kind: 'one-of', values: ['open'] }, true],
    ['other ones', 'state', text('open'), CHOICES, { kind: 'one-of', values: ['x'] }, false],
    ['no words', 'state', text('open'), CHOICES, { kind: 'one-of', values: ['a b'] }, false],
    ['a word', 'state', text('open'), CHOICES, { kind: 'word', prefix: '' }, false],
    ['a prefix', 'customer_id', text('eu-1'), ANY, { kind: 'word', prefix: 'eu-' }, true],
    ['another prefix', 'customer_id', text('us-1'), ANY, { kind: 'word', prefix: 'eu-' }, false],
    ['a word of SQL', 'sql', text('vacuum'), ANY, { kind: 'word', prefix: '' }, false],
    ['any word', 'customer', text('eu-1'), ANY, { kind: 'word', prefix: 'eu-' }, false],
    ['a switch', 'dryRun', flag(true), ANY, { kind: 'boolean' }, false],
    ['any object', 'options', object, ANY, { kind: 'word', prefix: '' }, false],
  ];
  it.each(cases)('%s', (_what, name, argument, schema, freedom, isFine) => {
    expect(freedomFault(name, argument, schema, freedom) === null).toBe(isFine);
  });
});

describe('matchesShape', () => {
  const shape: GrantShape = {
    fixed: { status: '"cancelled"', limit: '1.0' },
    free: { id: { kind: 'number', min: 1, max: 100, whole: true } },
  };
  const args = (over: Record<string, ArgumentValue> = {}) =>
    new Map(
      Object.entries({
        status: text('cancelled'),
        limit: number('1.0'),
        id: number('7'),
        ...over,
      }),
    );
  const cases: readonly [string, ReadonlyMap<string, ArgumentValue>, boolean][] = [
    ['the call itself', args(), true],
    ['another number in the range', args({ id: number('100') }), true],
    ['one beside it', args({ id: number('101') }), false],
    ['one of another spelling', args({ id: number('7.0') }), false],
    ['one that is text', args({ id: text('7') }), false],
    ['another fixed value', args({ status: text('open') }), false],
    ['another spelling of a fixed number', args({ limit: number('1') }), false],
    ['an argument more', args({ force: flag(true) }), false],
    ['an argument less', new Map([...args()].slice(1)), false],
    ['an argument that every object has', args({ constructor: flag(true) }), false],
  ];
  it.each(cases)('%s', (_what, given, expected) => {
    expect(matchesShape(shape, given)).toBe(expected);
  });

  // Guarantee: a grant of an earlier version, or one that was written past the form, frees nothing more.
  it.each([
    ['a name that is run', 'stmt', text('a1'), { kind: 'word', prefix: '' }],
    ['a word that names nothing', 'customer', text('a1'), { kind: 'word', prefix: '' }],
    ['a word without a digit', 'customer_id', text('all'), { kind: 'word', prefix: '' }],
    ['a switch', 'force', flag(true), { kind: 'boolean' }],
    ['a look-alike', '\u0456d', number('1'), { kind: 'number', min: 0, max: 9, whole: true }],
  ] satisfies [string, string, ArgumentValue, Freedom][])(
    'not %s',
    (_what, name, given, freedom) => {
      const free = { [name]: freedom };
      expect(matchesShape({ fixed: {}, free }, new Map([[name, given]]))).toBe(false);
    },
  );

  const anyArgument = fc.oneof(
    fc.stringMatching(/^[a-c1]{1,3}$/).map(text),
    fc.integer({ min: -3, max: 12 }).map((n) => number(String(n))),
    fc.boolean().map(flag),
  );
  const anyArguments = fc.dictionary(
    fc.constantFrom('a', 'bId', 'cId', 'constructor'),
    anyArgument,
  );
  const anyFreedom: fc.Arbitrary<Freedom> = fc.oneof(
    fc.constant({ kind: 'boolean' as const }),
    fc
      .tuple(fc.integer({ min: -5, max: 5 }), fc.integer({ min: 0, max: 10 }))
      .map(([min, span]) => ({ kind: 'number' as const, min, max: min + span, whole: true })),
    fc.constantFrom('', 'a').map((prefix) => ({ kind: 'word' as const, prefix })),
  );

  it('covers calls that differ from the granted one only where it is free, and within its bounds', () => {
    // Guarantee: a grant is for arguments of one shape.
    fc.assert(
      fc.property(
        anyArguments,
        fc.dictionary(fc.constantFrom('a', 'bId', 'cId'), anyFreedom),
        anyArguments,
        (granted, wanted, other) => {
          const free = Object.fromEntries(
            Object.entries(wanted).filter(([name, freedom]) => {
              const argument = Object.hasOwn(granted, name) ? granted[name] : undefined;
              return argument && freedomFault(name, argument, ANY, freedom) === null;
            }),
          );
          const fixed = Object.fromEntries(
            Object.entries(granted).flatMap(([name, { canonical }]) =>
              Object.hasOwn(free, name) ? [] : [[name, canonical]],
            ),
          );
          expect(matchesShape({ fixed, free }, new Map(Object.entries(granted)))).toBe(true);
          if (!matchesShape({ fixed, free }, new Map(Object.entries(other)))) return;
          expect(Object.keys(other).toSorted()).toEqual(Object.keys(granted).toSorted());
          for (const [name, argument] of Object.entries(other)) {
            const freedom = Object.hasOwn(free, name) ? free[name] : undefined;
            if (freedom === undefined) expect(argument.canonical).toBe(granted[name]?.canonical);
            else expect(freedomFault(name, argument, ANY, freedom)).toBeNull();
          }
        },
      ),
      { numRuns: 3_000 },
    );
  });
});

it('says a freedom in words', () => {
  expect([
    freedomText('id', { kind: 'number', min: 1, max: 100, whole: true }),
    freedomText('force', { kind: 'boolean' }),
    freedomText('state', { kind: 'one-of', values: ['open', 'closed'] }),
    freedomText('customer', { kind: 'word', prefix: 'eu-' }),
    freedomText('customer', { kind: 'word', prefix: '' }),
  ]).toEqual([
    'any whole id from 1 to 100',
    'force either way',
    'state one of open, closed',
    'any customer that begins with eu-',
    'any identifier as customer',
  ]);
});
