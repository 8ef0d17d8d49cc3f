import { EFFECTS } from './sql-corpus/effects.ts';
import { FACTS } from './sql-corpus/facts.ts';
import {
  GENERIC_AMBIGUOUS,
  GENERIC_FACTS,
  GENERIC_READS,
  GENERIC_WRITES,
} from './sql-corpus/generic.ts';
import { MYSQL_AMBIGUOUS } from './sql-corpus/mysql/ambiguous.ts';
import { MYSQL_FACTS } from './sql-corpus/mysql/facts.ts';
import { MYSQL_READS } from './sql-corpus/mysql/reads.ts';
import { MYSQL_BEYOND, MYSQL_WRITES } from './sql-corpus/mysql/writes.ts';
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

function withFacts(
  list: readonly (readonly [...NamedSql, facts: SqlCase['facts']])[],
): readonly SqlCase[] {
  return list.map(([name, sql, facts]) => ({ name, sql, facts: { valid: true, ...facts } }));
}

/** Statements with their facts, by what they show. */
export const SQL_CORPUS = {
  'only reads': cases(READS, { valid: true, mutates: false, ddl: false }),
  mutates: cases(WRITES, { valid: true, mutates: true }),
  'calls what has effects': cases(EFFECTS, { valid: true, mutates: true }),
  'changes the schema': cases(SCHEMA_CHANGES, { valid: true, mutates: true, ddl: true }),
  'can’t be read': cases(UNREADABLE, { valid: false, mutates: true }),
  facts: withFacts(FACTS),
} as const satisfies Readonly<Record<string, readonly SqlCase[]>>;

/** The same for "mysql". */
export const MYSQL_CORPUS = {
  'only reads': cases(MYSQL_READS, { valid: true, mutates: false, ddl: false }),
  mutates: cases(MYSQL_WRITES, { valid: true, mutates: true }),
  'is beyond the grammar': cases(MYSQL_BEYOND, { valid: false, mutates: true }),
  'can be read in more than one way': cases(MYSQL_AMBIGUOUS, { valid: false, mutates: true }),
  facts: withFacts(MYSQL_FACTS),
} as const satisfies Readonly<Record<string, readonly SqlCase[]>>;

/** The same for "generic". */
export const GENERIC_CORPUS = {
  'only reads': cases(GENERIC_READS, { valid: true, mutates: false, ddl: false }),
  mutates: cases(GENERIC_WRITES, { valid: true, mutates: true }),
  'can be read in more than one way': cases(GENERIC_AMBIGUOUS, { valid: false, mutates: true }),
  facts: withFacts(GENERIC_FACTS),
} as const satisfies Readonly<Record<string, readonly SqlCase[]>>;
