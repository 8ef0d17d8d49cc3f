import { splitStatements, tokenize, type Token } from '../tokens.ts';
import { refuseBrokenText, unreadable } from '../unreadable.ts';

/** Signs that mean the same wherever they are known. */
const SIGNS = new Set('( ) , . ; + - * / = < > <= >= <> !='.split(' '));

/** Words of the small language that every dialect shares. */
const GRAMMAR = new Set(
  `select distinct all from where and or not in is null like between as on inner left right full
   outer cross join group by having order asc desc limit offset union intersect except case when
   then else end exists with insert into values update set delete truncate table drop`.split(/\s+/),
);

/** With what a statement begins. Nowhere else: T-SQL needs no semicolon before the next one. */
const VERBS = new Set(['insert', 'update', 'delete', 'truncate', 'drop']);

/**
 * Words that begin a statement, lock, call or draw somewhere, and so are no names here. `values`,
 * `set`, `into` and `table` are let through for writes; a read has no use for them.
 */
const TAKEN = new Set(
  `alter analyse analyze attach backup begin break bulk call checkpoint close cluster comment commit
   copy create currval cursor dbcc deallocate declare deny describe detach do dump dumpfile exec
   execute explain export fetch flush for foreach get goto grant handler if import install kill load
   lock merge move nextval next notify optimize outfile pragma prepare print procedure purge put
   raiserror readtext receive reconfigure refresh reindex release remove rename repair replace reset
   restore return returning revert revoke rollback save savepoint security send setuser share show
   shutdown signal start stop tablesample throw top transaction undrop unload unlock updatetext use
   vacuum waitfor while window writetext`.split(/\s+/),
);

/**
 * The statements of a text that has the same words, names and strings in every dialect: plain
 * ASCII outside strings, no quoted names, no alias without AS.
 *
 * @throws PolicyError `sql_unreadable`
 */
export function plainStatements(text: string): readonly (readonly Token[])[] {
  refuseBrokenText(text);
  const tokens = tokenize(text);
  for (const token of tokens) refuseDialect(token);
  refuseOutsideStrings(text, tokens);
  const statements = splitStatements(tokens);
  for (const statement of statements) {
    statement.forEach((token, index) => refuseOutOfPlace(token, index, statement));
  }
  return statements;
}

const NOT_EVERYWHERE = /[#\v\f]|\r(?!\n)|[^\0-\x7f]/g;

/** In comments neither: where one begins and ends differs with these. */
function refuseOutsideStrings(text: string, tokens: readonly Token[]): void {
  const count = (part: string) => part.match(NOT_EVERYWHERE)?.length ?? 0;
  const inStrings = tokens.reduce((sum, { kind, written }) => {
    return kind === 'string' ? sum + count(written) : sum;
  }, 0);
  if (count(text) > inStrings) throw notPlain('a character outside a string');
}

function refuseDialect({ kind, text, written }: Token): void {
  if (kind === 'quoted' || kind === 'variable') throw notPlain(written);
  if (kind === 'symbol' && !SIGNS.has(text)) throw notPlain(written);
  if (kind === 'number' && !/^\d/.test(text)) throw notPlain(written);
  if (kind === 'number' && text.startsWith('0x')) throw notPlain(written);
  if (kind === 'word' && (TAKEN.has(text) || text.includes('$'))) throw notPlain(written);
}

/**
 * `select 1 shutdown` names a column to Postgres and stops SQL Server. So an operand never follows
 * another, and a verb only begins.
 */
function refuseOutOfPlace(token: Token, index: number, statement: readonly Token[]): void {
  if (token.kind === 'word' && VERBS.has(token.text) && index > 0) throw notPlain(token.written);
  const previous = statement[index - 1];
  if (previous === undefined || !isOperand(token)) return;
  if (isOperand(previous) || [')', 'end', 'null'].includes(previous.text))
    throw notPlain(token.written);
}

function isOperand(token: Token): boolean {
  return token.kind !== 'symbol' && !(token.kind === 'word' && GRAMMAR.has(token.text));
}

function notPlain(sign: string): Error {
  return unreadable(`not every dialect reads "${sign.slice(0, 20)}" alike`);
}
