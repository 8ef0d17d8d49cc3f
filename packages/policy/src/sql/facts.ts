import { PolicyError } from '../policy-error.ts';
import type { SqlDialect } from './dialect.ts';
import type { Findings } from './findings.ts';
import { genericFindings } from './generic/facts.ts';
import { mysqlFindings } from './mysql/facts.ts';
import { postgresFindings } from './postgres-findings.ts';

/** What is known about a text. */
export type SqlFacts = ReadableSql | UnreadableSql;

export interface ReadableSql {
  readonly valid: true;
  /** Number of top-level statements. */
  readonly statements: number;
  /** Kinds of all statements, nested ones included: `select`, `delete`, `create_table` … */
  readonly kinds: readonly string[];
  /** False only if every statement is known to read and every function is known to be pure. */
  readonly mutates: boolean;
  /** Whether a statement changes the schema, or could (`DO`). */
  readonly ddl: boolean;
  /**
   * Tables, views and sequences as written. A qualified name is listed with and without its
   * schema: `public.orders` gives `public.orders` and `orders`. Names of CTEs are not tables. All of
   * a schema is `public.*`, all that there is `*.*`.
   */
  readonly tables: readonly string[];
  /** The same, each only as it was written. Not a field of conditions. */
  readonly writtenTables: readonly string[];
  /** Column names as written, without their table; `*` for a star, and for what reads as much. */
  readonly columns: readonly string[];
  /** True when each `UPDATE`, `DELETE` and `MERGE` is restricted by a column; no `TRUNCATE`. */
  readonly where: boolean;
  /** Names of called functions; those of `pg_catalog` without their schema. */
  readonly functions: readonly string[];
}

export interface UnreadableSql {
  readonly valid: false;
  readonly mutates: true;
  /** Why it can't be read. */
  readonly reason: string;
}

/**
 * Facts about an SQL text, never throwing. What can't be read is `{ valid: false, mutates: true }`
 * and has no other facts.
 *
 * @param text - attacker-controlled; at most 256 kB are read
 */
export function sqlFacts(text: string, dialect: SqlDialect = 'postgres'): SqlFacts {
  try {
    const { statements, findings } = READERS[dialect](text);
    return readable(statements, findings);
  } catch (error) {
    const reason = error instanceof PolicyError ? error.message : 'the statement is too complex';
    return { valid: false, mutates: true, reason };
  }
}

/** @throws whatever a parser throws: any fault is "can't tell" */
type Reader = (text: string) => { readonly statements: number; readonly findings: Findings };

const READERS: Readonly<Record<SqlDialect, Reader>> = {
  postgres: postgresFindings,
  mysql: mysqlFindings,
  generic: genericFindings,
};

function readable(statements: number, findings: Findings): ReadableSql {
  return {
    valid: true,
    statements,
    kinds: sorted(findings.kinds),
    mutates: findings.mutates,
    ddl: findings.ddl,
    tables: sorted(findings.tables),
    writtenTables: sorted(findings.writtenTables),
    columns: sorted(findings.columns),
    where: findings.where,
    functions: sorted(findings.functions),
  };
}

function sorted(names: ReadonlySet<string>): readonly string[] {
  return [...names].sort();
}
