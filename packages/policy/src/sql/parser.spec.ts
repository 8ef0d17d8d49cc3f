import { beforeAll, describe, expect, it } from '@jest/globals';
import { sqlFacts } from './facts.ts';
import { loadSqlParser } from './parser.ts';

beforeAll(loadSqlParser);

/** Texts of about 240 kB at which the parser, or what looks through its tree, could begin anew at every sign. */
const SLOW: Readonly<Record<string, string>> = {
  'comments in comments': `select 1 ${'/*'.repeat(60_000)}${'*/'.repeat(60_000)}`,
  'open comments': `select 1 ${'/*'.repeat(120_000)}`,
  'comments without a space': `select 1 ${'/**/'.repeat(60_000)}`,
  'signs before numbers': `select 1 ${'+'.repeat(240_000)}1`,
  'two signs in turn': `select 1 ${'+-'.repeat(120_000)}1`,
  'runs of signs': `select 1 ${`${'+'.repeat(250)} `.repeat(950)}1`,
  'runs of comments': `select 1 ${`${'/*'.repeat(125)}${'*/'.repeat(125)} `.repeat(480)}`,
  'functions and statements': `select 1 from ${'f() a,'.repeat(20_000)} f() a;${'select a.b;'.repeat(10_000)}`,
  'doubled quotes': `select '${"''".repeat(120_000)}'`,
  'backslashes before quotes': `select '${"\\'".repeat(120_000)}`,
  'dollar signs': `select $$${'$a$'.repeat(80_000)}$$`,
};

/** Bounded it takes well under a second, and seconds on a busy machine; unbounded it takes minutes. */
const A_HANG_MS = 10_000;

// Guarantees that no text makes Postgres' parser work for long.
describe('the time that a text takes', () => {
  it.each(Object.entries(SLOW))('is bounded for %s', (_, sql) => {
    const start = performance.now();
    sqlFacts(sql);
    expect(performance.now() - start).toBeLessThan(A_HANG_MS);
  });

  it('leaves what people draw in comments', () => {
    const line = `-- +${'-'.repeat(100)}+\n/${'*'.repeat(200)}/\n`;
    expect(sqlFacts(`${line}select 1 /* ${'='.repeat(200)} */`)).toMatchObject({ mutates: false });
  });
});
