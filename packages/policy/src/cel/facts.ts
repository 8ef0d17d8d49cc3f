import { PolicyError } from '../policy-error.ts';
import { compileGlob } from '../glob.ts';
import { COST, spend } from './budget.ts';
import { sqlFacts } from '../sql/facts.ts';
import { isSqlParserLoaded, MAX_SQL_LENGTH } from '../sql/parser.ts';

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

  constructor(text: string) {
    const facts = sqlFacts(text);
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
   * an unqualified `salaries`, which the search path may resolve to any schema.
   */
  touches(pattern: string): boolean {
    if (this.#writtenTables === undefined) {
      throw new PolicyError('sql_unreadable', 'The SQL text cannot be read.');
    }
    const whole = compileGlob(pattern);
    // The part after the schema, which is all that an unqualified name can be held against.
    const bare = compileGlob(pattern.slice(pattern.lastIndexOf('.') + 1) || pattern);
    return this.#writtenTables.some(
      (table) => whole(table) || (!table.includes('.') && bare(table)),
    );
  }
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
const remembered = new Map<string, CelSqlFacts>();

/** Many rules ask about the same text; the last few answers are kept. */
export function celSqlFacts(text: string): CelSqlFacts {
  const known = remembered.get(text);
  if (known !== undefined) return known;
  spend(COST.sqlText + COST.sqlCharacter * Math.min(text.length, MAX_SQL_LENGTH));
  const facts = new CelSqlFacts(text);
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
