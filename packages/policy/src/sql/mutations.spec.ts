import { beforeAll, describe, it } from '@jest/globals';
import fc from 'fast-check';
import { GENERIC_CORPUS, MYSQL_CORPUS, SQL_CORPUS, type SqlCase } from '../testing/sql-corpus.ts';
import { SQL_DIALECTS } from './dialect.ts';
import { sqlFacts } from './facts.ts';
import { loadSqlParser } from './parser.ts';

beforeAll(loadSqlParser);

const CORPORA: Readonly<Record<(typeof SQL_DIALECTS)[number], readonly SqlCase[]>> = {
  postgres: Object.values(SQL_CORPUS).flat(),
  mysql: Object.values(MYSQL_CORPUS).flat(),
  generic: Object.values(GENERIC_CORPUS).flat(),
};

/** What stands between two words and means nothing, in most dialects or in one. */
const gap = fc.constantFrom(
  ...[' ', '\n', '\t', '\r\n', '  ', '/**/', '/* select 1 */', ' -- select\n', ' # select\n'],
  ...[' /*!*/ ', '\u000b', '\f'],
);

/** The same words, with other white space between them and in other letters. */
function disguised(sql: string): fc.Arbitrary<string> {
  const words = sql.split(/[ \t\n]+/);
  return fc
    .tuple(
      fc.array(gap, { minLength: words.length, maxLength: words.length }),
      fc.array(fc.boolean(), { minLength: words.length, maxLength: words.length }),
    )
    .map(([gaps, capitals]) =>
      words
        .map((word, i) => (capitals[i] === true ? word.toUpperCase() : word) + (gaps[i] ?? ' '))
        .join(''),
    );
}

/** A comment of its own would swallow what follows once its line no longer ends. */
const short = ({ sql }: SqlCase) => sql.length < 200 && !/--|#|\/\*/.test(sql);

// Guarantees that no disguise of letters, comments and white space makes a read of a write.
describe.each(SQL_DIALECTS)('a disguised write in %s', (dialect) => {
  const writes = CORPORA[dialect].filter(
    (entry) => short(entry) && entry.facts.valid === true && entry.facts.mutates === true,
  );

  it('is never taken for a read', () => {
    const disguises = fc.constantFrom(...writes).chain(({ sql }) => disguised(sql));
    fc.assert(
      fc.property(disguises, (sql) => sqlFacts(sql, dialect).mutates),
      { numRuns: 1_000 },
    );
  });

  it('nor is it beside a read', () => {
    const reads = CORPORA[dialect].filter((entry) => entry.facts.mutates === false && short(entry));
    const pairs = fc.tuple(
      fc.constantFrom(...reads).map(({ sql }) => sql),
      fc.constantFrom(';', '\n;', '/* ; */;', ';;'),
      fc.constantFrom(...writes).map(({ sql }) => sql),
      fc.boolean(),
    );
    fc.assert(
      fc.property(pairs, ([read, semicolon, write, first]) => {
        const sql = first ? `${write}\n${semicolon}${read}` : `${read}\n${semicolon}${write}`;
        return sqlFacts(sql, dialect).mutates;
      }),
      { numRuns: 500 },
    );
  });
});

// Guarantees that "generic" is never laxer than a dialect: what it calls a read is one to both.
describe('a generic read', () => {
  it('is a read to Postgres and to MySQL', () => {
    const words = fc.constantFrom(
      ...'select from t where a , ( ) * 1 = as and with union into for update delete count lower'.split(
        ' ',
      ),
      ...["'x'", 'set', 'values', ';', 'insert', 'not', 'null', 'evil', '.', 'distinct'],
    );
    const texts = fc.array(words, { minLength: 1, maxLength: 12 });
    const known = fc.constantFrom(...CORPORA.generic.filter(short)).map(({ sql }) => [sql]);
    fc.assert(
      fc.property(fc.tuple(known, texts), ([start, rest]) => {
        const sql = [...start, ...rest].join(' ');
        if (sqlFacts(sql, 'generic').mutates) return true;
        return !sqlFacts(sql, 'postgres').mutates && !sqlFacts(sql, 'mysql').mutates;
      }),
      { numRuns: 2_000 },
    );
  });
});
