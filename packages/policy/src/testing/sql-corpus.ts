import { EFFECTS } from './sql-corpus/effects.ts';
import { FACTS } from './sql-corpus/facts.ts';
import { READS } from './sql-corpus/reads.ts';
import { SCHEMA_CHANGES } from './sql-corpus/schema-changes.ts';
import type { NamedSql, SqlCase } from './sql-corpus/sql-case.ts';
import { UNREADABLE } from './sql-corpus/unreadable.ts';
import { WRITES } from './sql-corpus/writes.ts';

export { PURE_FUNCTIONS, PURE_OPERATORS } from '../sql/pure-functions.ts';
export { SQL_FIXTURE } from './sql-corpus/fixture.ts';
export type { SqlCase } from './sql-corpus/sql-case.ts';

function cases(list: readonly NamedSql[], facts: SqlCase['facts']): readonly SqlCase[] {
  return list.map(([name, sql]) => ({ name, sql, facts }));
}

/** Statements with their facts, by what they show. */
export const SQL_CORPUS = {
  'only reads': cases(READS, { valid: true, mutates: false, ddl: false }),
  mutates: cases(WRITES, { valid: true, mutates: true }),
  'calls what has effects': cases(EFFECTS, { valid: true, mutates: true }),
  'changes the schema': cases(SCHEMA_CHANGES, { valid: true, mutates: true, ddl: true }),
  'can’t be read': cases(UNREADABLE, { valid: false, mutates: true }),
  facts: FACTS.map(([name, sql, facts]): SqlCase => ({
    name,
    sql,
    facts: { valid: true, ...facts },
  })),
} as const satisfies Readonly<Record<string, readonly SqlCase[]>>;
