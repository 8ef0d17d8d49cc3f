import type { NamedSql } from './sql-case.ts';

/** Texts that can’t be read exactly as Postgres would. */
export const UNREADABLE: readonly NamedSql[] = [
  ['an empty text', ''],
  ['white space', ' \n\t'],
  ['only a comment', '-- nothing'],
  ['only semicolons', ';;;'],
  ['a typo', 'selec 1'],
  ['an open string', "select 'a"],
  ['an open comment', 'select 1 /* delete'],
  ['a NUL that hides the rest', 'select 1\0; delete from t'],
  ['a lone surrogate', "select '\ud800'"],
  ['a MySQL executable comment', 'select 1 /*!; delete from t */'],
  ['MySQL quotes', 'select `a` from t'],
  ['T-SQL', 'select top 1 * from t'],
  [
    'a backslash that escapes the quote where strings are not standard',
    "select '\\' || '; delete from u; --'",
  ],
  ['the same in a comment', "select '\\' /* ' ; delete from u; -- */"],
  ['the same behind a doubled backslash', "select '\\\\\\' || '; delete from u; --'"],
  ['the same on a second line', "select 'a'\n'\\' || '; delete from u; --'"],
  ['the same behind a comment', "select 'a' --\n'\\' || '; delete from u; --'"],
  ['the same in a typed text', "select date'\\' || '; delete from u; --'"],
  ['the same in a national text', "select n'\\' || '; delete from u; --'"],
  ['the same behind dollar quotes', "select $a$'$a$, '\\', '; delete from u; --'"],
  ['the same behind a quoted name', "select 1 as \"'\", '\\', '; delete from u; --'"],
  ['the same behind an escape string', "select E'\\'', '\\', '; delete from u; --'"],
  ['the same behind bits', "select b'1'\n'\\', '; delete from u; --'"],
  ['deep parentheses', `select ${'('.repeat(50_000)}1${')'.repeat(50_000)}`],
  ['deep subqueries', `select ${'(select '.repeat(5_000)}1${')'.repeat(5_000)}`],
  ['more than 256 kB', `select '${'a'.repeat(256 * 1024)}'`],
];
