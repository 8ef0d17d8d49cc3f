import type { NamedSql, SqlCase } from './sql-case.ts';

/** Statements with what is known about them. */
export const FACTS: readonly (readonly [...NamedSql, facts: SqlCase['facts']])[] = [
  ['statements are counted', 'select 1; select 2;', { statements: 2 }],
  [
    'kinds of nested statements',
    'with x as (delete from t returning 1) select 1',
    { kinds: ['delete', 'select'] },
  ],
  ['kinds of a definition', 'create table t (a int)', { kinds: ['create_table'] }],
  [
    'unquoted names fold',
    'select * from Public.Customers',
    { tables: ['customers', 'public.customers'] },
  ],
  ['quoted names don’t', 'select * from "Customers"', { tables: ['Customers'] }],
  [
    'Unicode-escaped names are resolved',
    'select U&"d\\0061ta" from U&"\\0063ustomers"',
    { tables: ['customers'], columns: ['data'] },
  ],
  ['three-part names', 'select 1 from a.b.c', { tables: ['a.b.c', 'b.c', 'c'] }],
  ['a CTE is no table', 'with x as (select * from t) select * from x', { tables: ['t'] }],
  [
    'a CTE named like the table it reads',
    'with t as (select * from t) select * from t',
    { tables: ['t'] },
  ],
  [
    'a CTE ends with its statement',
    'with t as (select 1) select * from t; select * from t',
    { tables: ['t'] },
  ],
  [
    'a CTE isn’t seen by an earlier one',
    'with a as (select * from b), b as (select 1) select * from a',
    { tables: ['b'] },
  ],
  [
    'a recursive CTE sees itself',
    'with recursive r as (select 1 union select * from r) select * from r',
    { tables: [] },
  ],
  [
    'a qualified name is never a CTE',
    'with x as (select 1) select * from s.x',
    { tables: ['s.x', 'x'] },
  ],
  ['a target is never a CTE', 'with x as (select 1) delete from x', { tables: ['x'] }],
  [
    'tables of a subquery in a condition',
    'select 1 from a where id in (select id from b)',
    { tables: ['a', 'b'] },
  ],
  ['tables of a set operation', 'select 1 from a union select 2 from b', { tables: ['a', 'b'] }],
  ['dropped tables', 'drop table a, s.b', { tables: ['a', 'b', 's.b'] }],
  ['the table of a dropped trigger', 'drop trigger x on t', { tables: ['t'] }],
  ['truncated tables', 'truncate a, b', { tables: ['a', 'b'] }],
  [
    'columns of a read',
    'select a, t.b, c as d from t where e = 1',
    { columns: ['a', 'b', 'c', 'e'] },
  ],
  ['a star', 'select * from t', { columns: ['*'] }],
  ['a qualified star', 'select t.* from t', { columns: ['*'] }],
  ['columns written by UPDATE', 'update t set a = 1, b = c', { columns: ['a', 'b', 'c'] }],
  [
    'columns written by INSERT',
    'insert into t (a, b) values (1, 2) on conflict (a) do update set c = 3',
    { columns: ['a', 'b', 'c'] },
  ],
  [
    'functions',
    'select lower(a), pg_catalog.upper(b), s.f(c) from t',
    { functions: ['lower', 's.f', 'upper'] },
  ],
  ['UPDATE with WHERE', 'update t set a = 1 where id = 1', { where: true }],
  ['UPDATE without WHERE', 'update t set a = 1', { where: false }],
  ['DELETE without WHERE', 'delete from t', { where: false }],
  ['DELETE WHERE true', 'delete from t where true', { where: false }],
  ['DELETE WHERE 1 = 1', 'delete from t where 1 = 1', { where: false }],
  ['one of two without WHERE', 'delete from t where id = 1; delete from u', { where: false }],
  ['a nested DELETE without WHERE', 'with x as (delete from t) select 1', { where: false }],
  ['WHERE CURRENT OF', 'delete from t where current of c', { where: true }],
  ['TRUNCATE', 'truncate t', { where: false }],
  ['a read has nothing to restrict', 'select 1', { where: true }],
  ['a write changes no schema', 'delete from t', { ddl: false, mutates: true }],
];
