import { didYouMean } from '../suggest.ts';

/** The dialects that `sql(text, dialect)` reads; `sql(text)` reads the first. */
export const SQL_DIALECTS = ['postgres', 'mysql', 'generic'] as const;

export type SqlDialect = (typeof SQL_DIALECTS)[number];

export function isSqlDialect(word: string): word is SqlDialect {
  return (SQL_DIALECTS as readonly string[]).includes(word);
}

/** Why a word isn't a dialect, or `undefined` where it is one. */
export function dialectFault(word: string): string | undefined {
  if (isSqlDialect(word)) return undefined;
  return `Unknown SQL dialect "${word.slice(0, 40)}".${didYouMean(word.slice(0, 40), SQL_DIALECTS)}`;
}
