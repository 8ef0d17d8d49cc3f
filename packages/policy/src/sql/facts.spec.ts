import { beforeAll, describe, expect, it } from '@jest/globals';
import { GENERIC_CORPUS, MYSQL_CORPUS, SQL_CORPUS } from '../testing/sql-corpus.ts';
import { SQL_DIALECTS } from './dialect.ts';
import { sqlFacts } from './facts.ts';
import { loadSqlParser } from './parser.ts';

describe('sqlFacts before the parser is loaded', () => {
  it.each(SQL_DIALECTS)('guarantees that nothing is taken for a read in %s', (dialect) => {
    expect(sqlFacts('select 1', dialect)).toEqual({
      valid: false,
      mutates: true,
      reason: 'the SQL parser is not loaded',
    });
  });
});

describe('sqlFacts', () => {
  beforeAll(loadSqlParser);

  describe.each(Object.entries(SQL_CORPUS))('%s', (_, corpus) => {
    it.each(corpus)('$name', ({ sql, facts }) => {
      expect(sqlFacts(sql)).toMatchObject(facts);
    });
  });

  describe.each(Object.entries(MYSQL_CORPUS))('mysql %s', (_, corpus) => {
    it.each(corpus)('$name', ({ sql, facts }) => {
      expect(sqlFacts(sql, 'mysql')).toMatchObject(facts);
    });
  });

  describe.each(Object.entries(GENERIC_CORPUS))('generic %s', (_, corpus) => {
    it.each(corpus)('$name', ({ sql, facts }) => {
      expect(sqlFacts(sql, 'generic')).toMatchObject(facts);
    });
  });

  it('has no other facts about what it can’t read', () => {
    expect(Object.keys(sqlFacts('selec')).sort()).toEqual(['mutates', 'reason', 'valid']);
  });

  it('still reads after many texts that exhaust the parser', () => {
    const deep = `select ${'(select '.repeat(5_000)}1${')'.repeat(5_000)}`;
    for (let i = 0; i < 50; i++) sqlFacts(deep);
    expect(sqlFacts('select a + 1 from t')).toMatchObject({ valid: true, mutates: false });
  });
});
