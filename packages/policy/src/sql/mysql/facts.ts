import { newFindings, type Findings } from '../findings.ts';
import { splitStatements, tokenize, type Token } from '../tokens.ts';
import { refuseBrokenText } from '../unreadable.ts';
import { refuseUnaccounted } from './accounted.ts';
import type { Looks } from './counted-text.ts';
import { MAX_LOOKS, parseMysql } from './parser.ts';
import { onlyReads } from './read-gate.ts';
import { collectShow } from './show.ts';
import { collectMysql } from './walk.ts';

/**
 * What MySQL or MariaDB would do with a text.
 *
 * @param text - attacker-controlled
 * @throws PolicyError `sql_unreadable`
 */
export function mysqlFindings(text: string): { statements: number; findings: Findings } {
  refuseBrokenText(text);
  return findingsOf(splitStatements(tokenize(text)));
}

/** The same, of statements that have been read into tokens. */
export function findingsOf(statements: readonly (readonly Token[])[]): {
  statements: number;
  findings: Findings;
} {
  const findings = newFindings();
  const looks = { left: MAX_LOOKS };
  for (const statement of statements) collectStatement(statement, looks, findings);
  return { statements: statements.length, findings };
}

function collectStatement(statement: readonly Token[], looks: Looks, findings: Findings): void {
  const explained = withoutExplain(statement);
  if (explained === undefined && SHOWING.has(wordAt(statement, 0))) {
    return collectShow(statement, findings);
  }
  if (explained !== undefined) findings.kinds.add('explain');
  const explainedOrItself = explained ?? statement;
  const tree = parseMysql(explainedOrItself, looks);
  refuseUnaccounted(explainedOrItself, tree);
  collectMysql(tree, wordAt(explainedOrItself, 0), findings);
  // EXPLAIN ANALYZE runs what it explains, and what EXPLAIN runs on the way differs by server.
  if (!onlyReads(explainedOrItself)) findings.mutates = true;
}

const SHOWING = new Set(['show', 'describe', 'desc', 'explain']);
const EXPLAINED = new Set(['select', 'with', 'insert', 'update', 'delete', 'replace']);

/** The statement behind `EXPLAIN [ANALYZE] [FORMAT = x]`; `undefined` if it isn't explained. */
function withoutExplain(statement: readonly Token[]): readonly Token[] | undefined {
  if (!['explain', 'describe', 'desc'].includes(wordAt(statement, 0))) return undefined;
  let at = 1;
  while (['analyze', 'extended', 'partitions'].includes(wordAt(statement, at))) at++;
  if (wordAt(statement, at) === 'format' && statement[at + 1]?.text === '=') at += 3;
  const first = statement[at];
  if (first === undefined) return undefined;
  const begins = first.text === '(' || (first.kind === 'word' && EXPLAINED.has(first.text));
  return begins ? statement.slice(at) : undefined;
}

function wordAt(statement: readonly Token[], index: number): string {
  const token = statement[index];
  return token?.kind === 'word' ? token.text : '';
}
