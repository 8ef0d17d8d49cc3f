import { PolicyError } from '../policy-error.ts';
import { parseStatements } from './parser.ts';
import { collectStatement, newFindings } from './walk.ts';

/** What the real Postgres parser says about a text. */
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
   * schema: `public.orders` gives `public.orders` and `orders`. Names of CTEs are not tables.
   */
  readonly tables: readonly string[];
  /** The same, each only as it was written. Not a field of conditions. */
  readonly writtenTables: readonly string[];
  /** Column names as written, without their table; `*` for a star. */
  readonly columns: readonly string[];
  /** True when every `UPDATE` and `DELETE` has a `WHERE` that looks at a column; no `TRUNCATE`. */
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
export function sqlFacts(text: string): SqlFacts {
  try {
    return readFacts(text);
  } catch (error) {
    const reason = error instanceof PolicyError ? error.message : 'the statement is too complex';
    return { valid: false, mutates: true, reason };
  }
}

function readFacts(text: string): ReadableSql {
  const statements = parseStatements(text);
  const findings = newFindings();
  for (const statement of statements) collectStatement(statement, findings);
  return {
    valid: true,
    statements: statements.length,
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
