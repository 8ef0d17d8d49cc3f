import { PolicyError } from '../../policy-error.ts';
import { isRecord } from '../names.ts';
import type { Token } from '../tokens.ts';
import { unreadable } from '../unreadable.ts';
import { CountedText, type Looks, type ScannedText } from './counted-text.ts';

export type Node = Readonly<Record<string, unknown>>;

let parse: ((sql: ScannedText) => unknown) | undefined;

/**
 * Loads the MySQL grammar of node-sql-parser, the one build of it that is needed. Imported here
 * and not at the top, so that a page that only shows a policy doesn't fetch it.
 */
export async function loadMysqlParser(): Promise<void> {
  if (parse !== undefined) return;
  const { default: library } = await import('node-sql-parser/build/mysql.js');
  const parser: { astify(sql: ScannedText): unknown } = new library.Parser();
  parse = (sql) => parser.astify(sql);
}

/**
 * INVARIANT: no text costs more than this, whatever it says. The grammar goes back and tries again,
 * which takes 3 times as long for each CAST in a CAST. Measured on texts made to be slow (nested at
 * random out of 50 constructs): 5 to 20 ms, once 28 on a busy machine. A list of 200 columns takes
 * 80,000 looks and 7 ms.
 */
export const MAX_LOOKS = 100_000;

/** Deeper nesting could exhaust the stack before it exhausts the looks. */
const MAX_PARENTHESES = 50;

/**
 * The tree of one statement. The parser is shown no contents of strings, and no comments: what
 * these say can neither cost it time nor be read by it as something else.
 *
 * @throws PolicyError `sql_unreadable`
 */
export function parseMysql(statement: readonly Token[], looks: Looks): Node {
  if (parse === undefined) throw unreadable('the SQL parser is not loaded');
  refuseDeepNesting(statement);
  const tree = attempt(parse, new CountedText(statement.map(canonical).join(''), looks));
  const only: unknown = Array.isArray(tree) && tree.length === 1 ? tree[0] : tree;
  if (!isRecord(only)) throw unreadable('the statement is not understood');
  return only;
}

function attempt(parser: (sql: ScannedText) => unknown, sql: ScannedText): unknown {
  try {
    return parser(sql);
  } catch (cause) {
    if (cause instanceof PolicyError) throw cause;
    // Its own message lists every token that it would have taken. A stack overflow ends here, too.
    throw unreadable('the statement is not understood', { cause });
  }
}

/** Facts don't depend on what is said in a string, nor on which comparison it is. */
function canonical(token: Token): string {
  const text = token.kind === 'string' ? "'s'" : token.text === '<=>' ? '=' : token.written;
  return token.spaced ? ` ${text}` : text;
}

function refuseDeepNesting(statement: readonly Token[]): void {
  let parentheses = 0;
  for (const { kind, text } of statement) {
    if (kind !== 'symbol') continue;
    if (text === '(') parentheses++;
    if (text === ')') parentheses--;
    if (parentheses < 0) break;
    if (parentheses > MAX_PARENTHESES) throw unreadable('the statement is nested too deeply');
  }
  if (parentheses !== 0) throw unreadable('the parentheses are not balanced');
}
