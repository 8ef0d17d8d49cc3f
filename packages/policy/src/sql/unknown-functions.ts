import type { SqlDialect } from './dialect.ts';
import type { ReadableSql } from './facts.ts';
import { PURE_EVERYWHERE } from './generic/facts.ts';
import { MYSQL_PURE_FUNCTIONS } from './mysql/pure-functions.ts';
import { PURE_FUNCTIONS } from './pure-functions.ts';

const KNOWN: Readonly<Record<SqlDialect, ReadonlySet<string>>> = {
  postgres: PURE_FUNCTIONS,
  mysql: MYSQL_PURE_FUNCTIONS,
  generic: PURE_EVERYWHERE,
};

/** The called functions that aren't known to only compute or look something up: why a read mutates. */
export function unknownFunctions(
  { functions }: ReadableSql,
  dialect: SqlDialect,
): readonly string[] {
  return functions.filter((name) => !KNOWN[dialect].has(name));
}
