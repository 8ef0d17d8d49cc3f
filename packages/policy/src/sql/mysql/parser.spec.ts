import { beforeAll, describe, expect, it } from '@jest/globals';
import { loadSqlParser } from '../parser.ts';
import { sqlFacts } from '../facts.ts';

beforeAll(loadSqlParser);

/** Where the grammar goes back and tries again, ever more often. */
const NESTINGS: Readonly<Record<string, readonly [open: string, close: string]>> = {
  casts: ['cast(', ' as char)'],
  cases: ['case a when ', ' then 1 end'],
  'casts in cases': ['case a when cast(', ' as char) then 1 end'],
  between: ['1 between (', ') and 2'],
  subqueries: ['(select 1 from t where ', ')'],
  windows: ['sum(', ') over (partition by a)'],
  trims: ['trim(a -> ', ')'],
  joins: ['(select 1 from t join (', ') x on 1 = 1)'],
};

/** Bounded it takes milliseconds, and seconds on no machine; unbounded it takes minutes. */
const A_HANG_MS = 10_000;

// Guarantees that no text makes the parser work for long.
describe('the time that the grammar takes', () => {
  it.each(Object.entries(NESTINGS))('is bounded for nested %s', (_, [open, close]) => {
    for (const depth of [6, 12, 24, 40]) {
      for (const kernel of ['1', '1 1', '*']) {
        const sql = `select ${open.repeat(depth)}${kernel}${close.repeat(depth)}`;
        const start = performance.now();
        sqlFacts(sql, 'mysql');
        expect(performance.now() - start).toBeLessThan(A_HANG_MS);
      }
    }
  });

  it('is bounded for all statements of a text together', () => {
    const slow = `select ${'cast('.repeat(9)}1${' as char)'.repeat(9)}`;
    const start = performance.now();
    expect(sqlFacts(Array(40).fill(slow).join(';'), 'mysql').valid).toBe(false);
    expect(performance.now() - start).toBeLessThan(A_HANG_MS);
  });

  it('lets through what people write', () => {
    const columns = Array.from({ length: 200 }, (_, i) => `column_${i}`).join(', ');
    expect(sqlFacts(`select ${columns} from t`, 'mysql')).toMatchObject({ mutates: false });
    const nested = `select 1 from t where ${'(a = 1 or '.repeat(6)}b = 2${')'.repeat(6)}`;
    expect(sqlFacts(nested, 'mysql')).toMatchObject({ mutates: false });
  });
});
