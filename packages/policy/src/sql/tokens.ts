import { unreadable } from './unreadable.ts';

/** A token of MySQL or of the generic dialect. */
export interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'variable' | 'symbol';
  /** Words in lower case, quoted names without their backticks, strings without their contents. */
  readonly text: string;
  /** As it was written: case matters in the names of tables. */
  readonly written: string;
  /** Whether white space or a comment stands before it. */
  readonly spaced: boolean;
}

/** More is "can't tell": it bounds the parser's time, see `mysql/parser.ts`. */
const MAX_TOKENS = 1_000;
const MAX_NAME_LENGTH = 64;

// Sticky; each takes time in proportion to what it takes.
const SPACE = /[ \t\n\r\v\f]+/y;
const DASH_COMMENT = /--(?![^ \t-\r])[^\n]*/y;
const HASH_COMMENT = /#[^\n]*/y;
const STRING = /'[^'\\]*'(?:'[^'\\]*')*/y;
const QUOTED = /`[\w$-]+(?: [\w$-]+)*`/y;
const NUMBER = /0x[0-9A-Fa-f]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /[A-Za-z_][\w$]*/y;
const VARIABLE = /@@(?:[A-Za-z_]+\.)?\w+|@\w+/y;
const SYMBOL = /<=>|->>|->|\|\||&&|<<|>>|<=|>=|<>|!=|:=|[(),.;+\-*/%=<>!~^&|]/y;

/**
 * The tokens of a text, so strictly that it has one reading: the same in every `sql_mode`
 * (`ANSI_QUOTES`, `NO_BACKSLASH_ESCAPES`, `IGNORE_SPACE`), character set, version and client.
 *
 * INVARIANT: whatever could start or end elsewhere on some server is refused, never guessed:
 * double quotes, backslashes, executable comments and hints, names that aren't ASCII (GBK has
 * letters that end in a backtick's byte, and collations take `ſ` for `s`), `1x`, `db . t`.
 *
 * @param text - attacker-controlled
 * @throws PolicyError `sql_unreadable`
 */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let spaced = true;
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  while (at < text.length) {
    const gap = take(SPACE) ?? lineComment(take) ?? blockComment(text, at);
    if (gap !== undefined) {
      at += gap.length;
      spaced = true;
      continue;
    }
    const token = nextToken(take, spaced) ?? refuse(text, at);
    if (isOperand(token) && !spaced && isOperand(tokens.at(-1))) throw ambiguousAt(token.written);
    tokens.push(token);
    if (tokens.length > MAX_TOKENS) {
      throw unreadable(`the text has more than ${MAX_TOKENS.toLocaleString('en')} words and signs`);
    }
    at += token.written.length;
    spaced = false;
  }
  tokens.forEach((token, index) => refuseStrayDot(token, index, tokens));
  return tokens;
}

type Take = (pattern: RegExp) => string | undefined;

function lineComment(take: Take): string | undefined {
  const line = take(DASH_COMMENT) ?? take(HASH_COMMENT);
  if (line === undefined && take(/--/y) !== undefined) throw ambiguousAt('--');
  // A lone carriage return ends the comment for some, and for others doesn't.
  if (line !== undefined && /\r(?!$)/.test(line)) {
    throw unreadable('a comment contains a carriage return');
  }
  return line;
}

function blockComment(text: string, at: number): string | undefined {
  if (!text.startsWith('/*', at)) return undefined;
  const end = text.indexOf('*/', at + 2);
  if (end < 0) throw unreadable('a comment is open');
  const block = text.slice(at, end + 2);
  // Statements to MySQL (`/*!`), MariaDB (`/*M!`) and others; hints (`/*+`) can set variables.
  if (/^\/\*\w*[!+]/.test(block)) throw unreadable('the text contains an executable comment');
  if (block.includes('/*', 2)) throw unreadable('a comment contains another');
  return block;
}

function nextToken(take: Take, spaced: boolean): Token | undefined {
  const written = (kind: Token['kind'], pattern: RegExp): Token | undefined => {
    const found = take(pattern);
    if (found === undefined) return undefined;
    return { kind, text: plain(kind, found), written: found, spaced };
  };
  return (
    written('word', WORD) ??
    written('string', STRING) ??
    written('quoted', QUOTED) ??
    written('number', NUMBER) ??
    written('variable', VARIABLE) ??
    written('symbol', SYMBOL)
  );
}

function plain(kind: Token['kind'], written: string): string {
  const text = kind === 'quoted' ? written.slice(1, -1) : written;
  if ((kind === 'word' || kind === 'quoted') && text.length > MAX_NAME_LENGTH) {
    throw unreadable('a name is too long');
  }
  if (kind === 'string') return "''";
  return kind === 'word' ? text.toLowerCase() : text;
}

/** Two of them without space between are one thing to some and two to others: `1union`, `x'4a'`. */
function isOperand(token: Token | undefined): boolean {
  return token !== undefined && token.kind !== 'symbol';
}

/** `1.e1`, `.5`, `t. x`: servers differ in where the name or the number ends. */
function refuseStrayDot(token: Token, index: number, tokens: readonly Token[]): void {
  if (token.text !== '.' || token.kind !== 'symbol') return;
  const next = tokens[index + 1];
  const named = isName(tokens[index - 1]) && (isName(next) || next?.text === '*');
  if (!named || token.spaced || next?.spaced === true) throw ambiguousAt('.');
}

export function isName(token: Token | undefined): boolean {
  return token?.kind === 'word' || token?.kind === 'quoted';
}

function ambiguousAt(sign: string): Error {
  return unreadable(`the text can be read in more than one way at ${sign.slice(0, 20)}`);
}

function refuse(text: string, at: number): never {
  const sign = String.fromCodePoint(text.codePointAt(at) ?? 0);
  if (sign === "'") throw unreadable('a string is open, or contains a backslash');
  throw ambiguousAt(sign);
}

/** The statements, without the semicolons between them. */
export function splitStatements(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const statements: Token[][] = [[]];
  for (const token of tokens) {
    if (token.text === ';') statements.push([]);
    else statements.at(-1)?.push(token);
  }
  const full = statements.filter((statement) => statement.length > 0);
  if (full.length === 0) throw unreadable('the text contains no statement');
  return full;
}
