import type { Findings } from './findings.ts';
import { parseStatements } from './parser.ts';
import { collectStatement, finishFindings, newPostgresFindings } from './walk.ts';

/**
 * What Postgres would do with a text, as its own parser reads it.
 *
 * @param text - attacker-controlled
 * @throws PolicyError `sql_unreadable`
 */
export function postgresFindings(text: string): { statements: number; findings: Findings } {
  const statements = parseStatements(text);
  const findings = newPostgresFindings();
  for (const statement of statements) collectStatement(statement, findings);
  finishFindings(findings);
  return { statements: statements.length, findings };
}
