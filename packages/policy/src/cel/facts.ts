import { PolicyError } from '../policy-error.ts';
import { compileGlob } from '../glob.ts';
import { COST, spend } from './budget.ts';
import { dialectFault, isSqlDialect, type SqlDialect } from '../sql/dialect.ts';
import { EVERY_TABLE } from '../sql/findings.ts';
import { sqlFacts } from '../sql/facts.ts';
import { isSqlParserLoaded } from '../sql/parser.ts';
import { MAX_SQL_LENGTH } from '../sql/unreadable.ts';

/**
 * {@link sqlFacts} as conditions see them. Where the text can't be read only `valid` and `mutates`
 * exist, so that reading any other fact is an error of the condition.
 */
export class CelSqlFacts {
  readonly valid: boolean;
  readonly mutates: boolean;
  declare readonly statements?: bigint;
  declare readonly kinds?: readonly string[];
  declare readonly ddl?: boolean;
  declare readonly tables?: readonly string[];
  declare readonly columns?: readonly string[];
  declare readonly where?: boolean;
  declare readonly functions?: readonly string[];
  readonly #writtenTables: readonly string[] | undefined;

  constructor(text: string, dialect: SqlDialect) {
    const facts = sqlFacts(text, dialect);
    this.valid = facts.valid;
    this.mutates = facts.mutates;
    this.#writtenTables = facts.valid ? facts.writtenTables : undefined;
    if (facts.valid) {
      Object.assign(this, {
        statements: BigInt(facts.statements),
        kinds: facts.kinds,
        ddl: facts.ddl,
        tables: facts.tables,
        columns: facts.columns,
        where: facts.where,
        functions: facts.functions,
      });
    }
  }

  /**
   * Whether a table matching the pattern is named. `payroll.*` and `payroll.salaries` also match
   * an unqualified `salaries`, which the search path may resolve to any schema, and a statement about
   * all of `payroll`, or of the database. `salaries` alone matches the table of every schema: whoever
   * leaves the schema out of a rule must not be dodged by naming it.
   */
  touches(pattern: string): boolean {
    if (this.#writtenTables === undefined) {
      throw new PolicyError('sql_unreadable', 'The SQL text cannot be read.');
    }
    const whole = compileGlob(pattern);
    // The part after the schema, which is all that an unqualified name can be held against.
    const bare = compileGlob(nameOf(pattern) || pattern);
    const isBare = !pattern.includes('.');
    const schema = compileGlob(schemaOf(pattern) || '*');
    return this.#writtenTables.some(
      (table) =>
        table === EVERY_TABLE ||
        whole(table) ||
        whole(withoutDatabase(table)) ||
        ((isBare || !table.includes('.')) && bare(nameOf(table))) ||
        (table.endsWith('.*') && (compileGlob(table)(pattern) || schema(schemaOf(table)))),
    );
  }
}

/** What stands before the last dot; of a name without one nothing, which no schema is called. */
function schemaOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('.')));
}

function nameOf(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

/** `shop.hr.payroll` is `hr.payroll` in the one database that a statement can reach. */
function withoutDatabase(table: string): string {
  const [, ...rest] = table.split('.');
  return rest.length > 1 ? rest.join('.') : table;
}

/** Types of the fields, for the type check of conditions. */
export const SQL_FIELDS = {
  valid: 'bool',
  mutates: 'bool',
  statements: 'int',
  kinds: 'list<string>',
  ddl: 'bool',
  tables: 'list<string>',
  columns: 'list<string>',
  where: 'bool',
  functions: 'list<string>',
} as const;

const REMEMBERED = 8;
/** By the text itself, whose hash the engine keeps: one that is put together is hashed each time. */
const REMEMBERED_BY_DIALECT = new Map<string, Map<string, CelSqlFacts>>();

/**
 * Many rules ask about the same text; the last few answers are kept.
 *
 * @throws PolicyError `value_not_supported` for an unknown dialect, which no saved condition names
 */
export function celSqlFacts(text: string, dialect = 'postgres'): CelSqlFacts {
  if (!isSqlDialect(dialect)) {
    throw new PolicyError('value_not_supported', dialectFault(dialect) ?? 'Unknown SQL dialect.');
  }
  const remembered = REMEMBERED_BY_DIALECT.get(dialect) ?? new Map<string, CelSqlFacts>();
  REMEMBERED_BY_DIALECT.set(dialect, remembered);
  const known = remembered.get(text);
  if (known !== undefined) return known;
  if (dialect !== 'postgres') spend(COST.sqlGrammar);
  spend(COST.sqlText + COST.sqlCharacter * Math.min(text.length, MAX_SQL_LENGTH));
  const facts = new CelSqlFacts(text, dialect);
  // An answer given before the parser was loaded must not outlive that.
  if (isSqlParserLoaded() && text.length <= 64 * 1024) {
    if (remembered.size >= REMEMBERED) {
      for (const oldest of remembered.keys()) {
        remembered.delete(oldest);
        break;
      }
    }
    remembered.set(text, facts);
  }
  return facts;
}
