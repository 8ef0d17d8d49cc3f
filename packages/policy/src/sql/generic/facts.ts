import type { Findings } from '../findings.ts';
import { findingsOf } from '../mysql/facts.ts';
import { postgresFindings } from '../postgres-findings.ts';
import type { Token } from '../tokens.ts';
import { unreadable } from '../unreadable.ts';
import { plainStatements } from './plain-text.ts';

/** Built in everywhere, under these names, and pure. */
export const PURE_EVERYWHERE: ReadonlySet<string> = new Set(
  'abs avg coalesce count lower max min nullif round sum upper'.split(' '),
);

/**
 * What any server would do with a text. Two grammars that have nothing in common, Postgres' own
 * and one of MySQL, must find the same in it; what they read differently is "can't tell".
 *
 * @param text - attacker-controlled
 * @throws PolicyError `sql_unreadable`
 */
export function genericFindings(text: string): { statements: number; findings: Findings } {
  const statements = plainStatements(text);
  const mysql = findingsOf(statements).findings;
  const postgres = postgresFindings(text);
  if (postgres.statements !== statements.length) throw differently();
  refuseDifference(postgres.findings, mysql);
  const known = [...mysql.functions].every((name) => PURE_EVERYWHERE.has(name));
  const mutates = mysql.mutates || postgres.findings.mutates || !known || !statements.every(reads);
  return { statements: statements.length, findings: { ...mysql, mutates } };
}

function refuseDifference(postgres: Findings, mysql: Findings): void {
  const same =
    sameNames(ownKinds(postgres), ownKinds(mysql)) &&
    sameNames(postgres.tables, mysql.tables) &&
    sameNames(postgres.columns, mysql.columns) &&
    postgres.ddl === mysql.ddl &&
    postgres.where === mysql.where;
  if (!same) throw differently();
}

/** To Postgres the VALUES of an INSERT are a SELECT. */
function ownKinds({ kinds }: Findings): ReadonlySet<string> {
  return kinds.has('insert') ? new Set([...kinds].filter((kind) => kind !== 'select')) : kinds;
}

/** Case aside: some dialects fold names to lower case, some to upper case, and some not at all. */
function sameNames(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  const folded = (names: ReadonlySet<string>) =>
    [...new Set([...names].map((name) => name.toLowerCase()))].sort().join(' ');
  return folded(a) === folded(b);
}

const WRITING = new Set(['into', 'values', 'set', 'table', 'drop', 'truncate', 'insert', 'update']);

function reads(statement: readonly Token[]): boolean {
  return !statement.some(({ kind, text }) => kind === 'word' && WRITING.has(text));
}

function differently(): Error {
  return unreadable('not every dialect reads the statement alike');
}
