import { hasAmbiguousBackslash } from './backslashes.ts';
import { loadMysqlParser } from './mysql/parser.ts';
import { isRecord } from './names.ts';
import { refuseBrokenText, unreadable } from './unreadable.ts';

let parseSync: ((query: string) => unknown) | undefined;

/**
 * Loads the parsers: Postgres 18's own (WebAssembly), and a grammar of MySQL. Afterwards {@link sqlFacts} answers synchronously;
 * before, every text is unreadable and so counts as mutating. Idempotent.
 *
 * Imported here and not at the top, so that a page that only shows a policy doesn't fetch it.
 */
export async function loadSqlParser(): Promise<void> {
  if (parseSync !== undefined) return;
  const [parser] = await Promise.all([import('libpg-query'), loadMysqlParser()]);
  await parser.loadModule();
  parseSync = parser.parseSync;
}

/** Whether {@link loadSqlParser} has finished. */
export function isSqlParserLoaded(): boolean {
  return parseSync !== undefined;
}

/**
 * The top-level statements of a text, as the JSON of Postgres' raw parse tree.
 *
 * @param text - attacker-controlled
 * @throws PolicyError `sql_unreadable` for whatever can't be read exactly as Postgres would.
 */
export function parseStatements(text: string): readonly unknown[] {
  if (parseSync === undefined) throw unreadable('the SQL parser is not loaded');
  refuseBrokenText(text);
  // A comment to Postgres, a statement to MySQL.
  if (text.includes('/*!')) throw unreadable('the text contains a MySQL executable comment');

  refuseLongRuns(text);
  if (hasAmbiguousBackslash(text)) {
    throw unreadable('a backslash ends a string or not, depending on a setting of the server');
  }

  let tree: unknown;
  try {
    tree = parseSync(text);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : 'the parser failed';
    throw unreadable(detail, { cause });
  }
  const statements = isRecord(tree) && Array.isArray(tree['stmts']) ? tree['stmts'] : [];
  if (statements.length === 0) throw unreadable('the text contains no statement');
  return statements;
}

/** A line that somebody draws in a comment is shorter. */
const MAX_SIGNS_IN_A_ROW = 256;

/**
 * INVARIANT: Postgres' scanner takes time in proportion to the text. It takes all signs of an
 * operator at once, gives back all but the first of `+++…` and all but the mark of a comment that
 * opens in a comment, and takes them again: 250 kB of them are minutes.
 */
function refuseLongRuns(text: string): void {
  for (const [run] of text.matchAll(/[~!@#^&|`?+\-*/%<>=]+/g)) {
    if (run.length > MAX_SIGNS_IN_A_ROW) {
      throw unreadable(`the text has more than ${MAX_SIGNS_IN_A_ROW} signs in a row`);
    }
  }
}
