import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileCondition } from '../cel/condition.ts';
import { SQL_DIALECTS } from '../sql/dialect.ts';
import {
  COMPARISONS,
  readClause,
  SQL_CLAIMS,
  TEXT_TESTS,
  writeClause,
  type Clause,
} from './clauses.ts';
import { addPart, joinParts, readCondition, removePart, replacePart } from './condition.ts';

const argument = fc.constantFrom('sql', 'amount', 'a.b_c', 'path');
const text = fc.oneof(
  fc.constantFrom("it's", '"', '\\', 'a\nb', '\u202e', 'é'),
  fc.string({ maxLength: 12 }),
);
const is = fc.boolean();
const dialect = fc.constantFrom(...SQL_DIALECTS);
const zone = fc.constantFrom('Europe/Berlin', 'UTC');
const clause: fc.Arbitrary<Clause> = fc.oneof(
  fc.record({
    kind: fc.constant('sql' as const),
    argument,
    dialect,
    fact: fc.constantFrom(...SQL_CLAIMS),
    is,
  }),
  fc.record({ kind: fc.constant('touches' as const), argument, dialect, pattern: text, is }),
  fc.record({
    kind: fc.constant('compare' as const),
    argument,
    operator: fc.constantFrom(...COMPARISONS),
    value: fc.oneof(
      text,
      fc.integer({ min: -1e9, max: 1e9 }),
      fc.constantFrom(0.5, 12.25),
      fc.boolean(),
    ),
  }),
  fc.record({
    kind: fc.constant('text' as const),
    argument,
    test: fc.constantFrom(...TEXT_TESTS.filter((test) => test !== 'matches')),
    pattern: text,
    is,
  }),
  fc.record({
    kind: fc.constant('text' as const),
    argument,
    test: fc.constant('matches' as const),
    pattern: fc.constantFrom('[;&|]', 'a\\.b', '(?i)x'),
    is,
  }),
  fc.record({ kind: fc.constant('has' as const), argument, is }),
  fc.record({
    kind: fc.constant('within' as const),
    hours: fc.constantFrom('mon-fri 08:00-18:00', 'sat, sun'),
    zone,
    is,
  }),
  fc.record({
    kind: fc.constant('count' as const),
    window: fc.constantFrom('10m', '1h'),
    operator: fc.constantFrom(...COMPARISONS),
    number: fc.nat(1000),
  }),
  fc.record({ kind: fc.constant('group' as const), group: text, is }),
);
/** What a condition's author may write, beyond what a form knows. */
const foreign = fc.constantFrom(
  'args.to.exists(a, a == "x")',
  'size(args.to) > 10',
  '(args.a || args.b == 1)',
  '!(args.a && args.b)',
  'args["odd-name"] == 1',
  'args.x == "a && b"',
  'tool.name == "x"',
);
const parts = fc.array(fc.oneof(clause.map(writeClause), foreign), { minLength: 1, maxLength: 5 });
const joint = fc.constantFrom('and' as const, 'or' as const);
const condition = fc
  .tuple(parts, joint, fc.constantFrom(' ', '\n  '))
  .map(([each, how, gap]) => each.join(`${gap}${how === 'and' ? '&&' : '||'} `));

describe('parts of conditions', () => {
  it('are read as they were written, and compile', () => {
    fc.assert(
      fc.property(clause, (each) => {
        const written = writeClause(each);
        const read = readClause(written);
        if (JSON.stringify(each).includes('\\n') || JSON.stringify(each).includes('\\u')) return;
        expect(writeClause(read)).toBe(written);
        expect(compileCondition(written)).toMatchObject({ ok: true });
        if (read.kind !== 'cel') expect(read).toEqual(each);
      }),
      { numRuns: 500 },
    );
  });

  it('always compile, whatever texts are in them', () => {
    fc.assert(
      fc.property(clause, (each) => {
        expect(compileCondition(writeClause(each))).toMatchObject({ ok: true });
      }),
      { numRuns: 500 },
    );
  });

  it('are joined without changing each other', () => {
    fc.assert(
      fc.property(condition, fc.nat(), clause, (source, at, next) => {
        const before = readCondition(source).parts;
        const texts = before.map(({ from, to }) => source.slice(from, to));
        const index = at % before.length;
        const textsOf = (whole: string) =>
          readCondition(whole).parts.map(({ from, to }) => whole.slice(from, to));
        if (before.length > 1) {
          expect(textsOf(replacePart(source, index, next))).toEqual(
            texts.with(index, writeClause(next)),
          );
          expect(textsOf(joinParts(source, 'or'))).toEqual(texts);
          expect(textsOf(joinParts(source, 'and'))).toEqual(texts);
          expect(joinParts(source, readCondition(source).joint)).toBe(source);
        }
        if (before.length > 2)
          expect(textsOf(removePart(source, index))).toEqual(texts.toSpliced(index, 1));
        const added = addPart(source, next);
        expect(textsOf(added).at(-1)).toBe(writeClause(next));
        expect(compileCondition(added)).toMatchObject({ ok: true });
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['a condition of both kinds', 'args.a && args.b || args.c'],
    ['a choice', 'args.a ? true : args.b && args.c'],
    ['a comment', 'args.a // && args.b'],
    ['a text', '"a && b" == args.x'],
  ])('are one where %s can’t be taken apart', (_, source) => {
    expect(readCondition(source).parts.map((part) => part.clause)).toEqual([
      { kind: 'cel', source },
    ]);
  });

  it('bracket what was whole before', () => {
    const next: Clause = { kind: 'has', argument: 'x', is: false };
    expect(addPart('args.a && args.b || args.c', next)).toBe(
      '(args.a && args.b || args.c) && !has(args.x)',
    );
    expect(addPart('', next)).toBe('!has(args.x)');
  });

  it.each<[string, Clause]>([
    [
      '!sql(args.sql, "mysql").mutates',
      { kind: 'sql', argument: 'sql', dialect: 'mysql', fact: 'mutates', is: false },
    ],
    [
      "sql( args.a.b ,'generic' ).touches('hr.*')",
      { kind: 'touches', argument: 'a.b', dialect: 'generic', pattern: 'hr.*', is: true },
    ],
    [
      'sql(args.sql, "postgres").ddl',
      { kind: 'sql', argument: 'sql', dialect: 'postgres', fact: 'ddl', is: true },
    ],
    ['sql(args.sql, "mysq").mutates', { kind: 'cel', source: 'sql(args.sql, "mysq").mutates' }],
    [
      'sql(args.sql, args.dialect).mutates',
      { kind: 'cel', source: 'sql(args.sql, args.dialect).mutates' },
    ],
  ])('know the dialect of %s', (source, expected) => {
    expect(readClause(source)).toEqual(expected);
  });

  it('know the shapes of the documentation, however they are spaced', () => {
    expect(
      readCondition("!sql( args.sql ).mutates&&'ops' in caller.groups").parts.map(
        (part) => part.clause,
      ),
    ).toEqual([
      { kind: 'sql', argument: 'sql', dialect: 'postgres', fact: 'mutates', is: false },
      { kind: 'group', group: 'ops', is: true },
    ]);
    expect(
      readCondition('!within(now, "mon-fri 08:00-18:00", "Europe/Berlin")').parts[0]?.clause,
    ).toEqual({ kind: 'within', hours: 'mon-fri 08:00-18:00', zone: 'Europe/Berlin', is: false });
  });

  it('keeps a comment behind what another part is joined to', () => {
    const joined = addPart('args.n > 1 // few', { kind: 'has', argument: 'x', is: true });
    expect(joined).toBe('(args.n > 1 // few\n) && has(args.x)');
    expect(compileCondition(joined).ok).toBe(true);
  });
});
