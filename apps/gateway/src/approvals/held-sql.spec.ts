import { beforeAll, describe, expect, it } from '@jest/globals';
import { parseJson } from '@holdpoint/mcp';
import { loadSqlParser, type SqlReading } from '@holdpoint/policy';
import { sqlIn } from './held-sql.ts';

const found = (args: unknown, readings: readonly SqlReading[] = []) =>
  sqlIn(parseJson(JSON.stringify(args), { mode: 'lenient' }), readings);

beforeAll(() => loadSqlParser());

describe('sqlIn', () => {
  it('says of a statement what the rules go by', () => {
    expect(found({ sql: 'DELETE FROM public.orders' })).toEqual([
      {
        path: ['sql'],
        dialect: 'postgres',
        valid: true,
        statements: 1,
        kinds: ['delete'],
        mutates: true,
        ddl: false,
        tables: ['public.orders'],
        where: false,
        unknownFunctions: [],
      },
    ]);
  });

  it('names the functions that aren’t known to only compute', () => {
    expect(found({ sql: 'select lower(a), drain_account(1) from t' })).toEqual([
      expect.objectContaining({ mutates: true, unknownFunctions: ['drain_account'] }),
    ]);
  });

  it('finds statements inside, and leaves other texts alone', () => {
    const args = { note: 'hello', batch: [{ q: 'select 1' }, { q: 'no' }] };
    expect(found(args).map(({ path }) => path)).toEqual([['batch', '0', 'q']]);
  });

  it('reads in the dialects that the rules read in', () => {
    const readings: SqlReading[] = [{ path: ['q'], dialect: 'mysql' }];
    const args = { q: 'REPLACE INTO t VALUES (1)', other: 'select `a` from t' };
    expect(found(args, readings)).toEqual([
      expect.objectContaining({ path: ['q'], dialect: 'mysql', valid: true, mutates: true }),
      expect.objectContaining({ path: ['other'], dialect: 'mysql', valid: true, mutates: false }),
    ]);
  });

  // Guarantee: what a rule takes for SQL is never shown as if nothing were known of it.
  it('says so where what a rule reads can’t be read', () => {
    const [one] = found({ sql: 'not sql at all' }, [{ path: ['sql'], dialect: 'postgres' }]);
    expect(one).toMatchObject({ valid: false });
  });

  it('tells of the first ones where there are too many', () => {
    expect(found({ batch: Array.from({ length: 100 }, () => 'select 1') })).toHaveLength(20);
  });
});
