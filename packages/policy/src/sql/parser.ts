import { PolicyError } from '../policy-error.ts';

/** Longest SQL text that is read. Longer text can't be told apart and counts as mutating. */
export const MAX_SQL_LENGTH = 256 * 1024;

let parseSync: ((query: string) => unknown) | undefined;

/**
 * Loads the Postgres 18 parser (WebAssembly). Afterwards {@link sqlFacts} answers synchronously;
 * before, every text is unreadable and so counts as mutating. Idempotent.
 *
 * Imported here and not at the top, so that a page that only shows a policy doesn't fetch it.
 */
export async function loadSqlParser(): Promise<void> {
  if (parseSync !== undefined) return;
  const parser = await import('libpg-query');
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
  if (text.length > MAX_SQL_LENGTH) throw unreadable('the text is longer than 256 kB');
  // The parser takes a C string: it would read `select 1\0; drop table t` as its first half.
  if (text.includes('\0')) throw unreadable('the text contains a NUL character');
  if (!text.isWellFormed()) throw unreadable('the text is not valid Unicode');
  // A comment to Postgres, a statement to MySQL.
  if (text.includes('/*!')) throw unreadable('the text contains a MySQL executable comment');
  if (text.trim() === '') throw unreadable('the text is empty');

  let tree: unknown;
  try {
    tree = parseSync(text);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : 'the parser failed';
    throw new PolicyError('sql_unreadable', detail, { cause });
  }
  const statements = isRecord(tree) && Array.isArray(tree['stmts']) ? tree['stmts'] : [];
  if (statements.length === 0) throw unreadable('the text contains no statement');
  return statements;
}

/** Narrows a node of the parse tree. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unreadable(message: string): PolicyError {
  return new PolicyError('sql_unreadable', message);
}
