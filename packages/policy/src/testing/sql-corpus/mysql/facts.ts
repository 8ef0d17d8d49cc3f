import type { NamedSql, SqlCase } from '../sql-case.ts';

/** Statements with what is known about them. */
export const MYSQL_FACTS: readonly (readonly [...NamedSql, facts: SqlCase['facts']])[] = [
  ['statements are counted', 'select 1; select 2;', { statements: 2 }],
  ['kinds of a definition', 'create table x as select 1', { kinds: ['create_table_as', 'select'] }],
  ['kinds of REPLACE', 'replace into t (id) values (1)', { kinds: ['replace'] }],
  ['kinds of an explained write', 'explain delete from t', { kinds: ['delete', 'explain'] }],
  [
    'tables in both spellings, since servers differ in what case means',
    'select 1 from Orders',
    { tables: ['Orders', 'orders'] },
  ],
  ['a db and its table', 'select 1 from shop.t', { tables: ['shop.t', 't'] }],
  [
    'quoted names',
    'select 1 from `shop`.`order-lines`',
    { tables: ['order-lines', 'shop.order-lines'] },
  ],
  ['columns are lower-cased', 'select Salary from t', { columns: ['salary'] }],
  ['a qualified column', 'select shop.t.salary from shop.t', { columns: ['salary'] }],
  ['a star', 'select * from t', { columns: ['*'] }],
  ['columns that are written', 'insert into t (a, B) values (1, 2)', { columns: ['a', 'b'] }],
  [
    'columns of USING',
    'select 1 from t join u using (id)',
    { columns: ['id'], tables: ['t', 'u'] },
  ],
  ['a CTE is no table', 'with x as (select 1 from t) select 1 from x', { tables: ['t'] }],
  [
    'a CTE named like the table it reads',
    'with t as (select 1 from t) select 1 from t',
    { tables: ['t'] },
  ],
  [
    'a CTE in parentheses hides no table',
    'select * from (with t as (select 1) select 1 from t) x, t',
    { tables: ['t'] },
  ],
  [
    'a qualified name is never a CTE',
    'with t as (select 1) select 1 from shop.t',
    { tables: ['shop.t', 't'] },
  ],
  ['tables of a subquery', 'select (select 1 from u) from t', { tables: ['t', 'u'] }],
  ['tables of DELETE', 'delete t from t join u on t.id = u.id', { tables: ['t', 'u'] }],
  ['the table that is described', 'desc Shop.T', { tables: ['Shop.T', 'T', 'shop.t', 't'] }],
  ['the table that is shown', 'show columns from status', { tables: ['status'] }],
  ['variables are no tables', 'select @a, @@version', { tables: [] }],
  ['functions', 'select LOWER(a), shop.f(b) from t', { functions: ['lower', 'shop.f'] }],
  ['UPDATE with WHERE', 'update t set a = 1 where id = 1', { where: true }],
  ['UPDATE WHERE true', 'update t set a = 1 where true', { where: false }],
  ['DELETE without WHERE', 'delete from t', { where: false }],
  ['TRUNCATE', 'truncate t', { where: false, ddl: false }],
  ['DROP', 'drop table t', { ddl: true }],
  ['GRANT', 'grant select on shop.t to u', { ddl: true, tables: ['shop.t', 't'] }],
];
