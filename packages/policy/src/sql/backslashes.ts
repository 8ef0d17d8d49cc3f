/** White space, comments of a line, quoted names, and words: a prefix belongs to the string behind it. */
const SKIPPED = /[ \t\n\r\v\f]+|--[^\n\r]*|"[^"]*"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const DOLLAR_QUOTE = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;

/** In the place of a word: a string of bits has just ended. */
const BITS = "b'…'";

/**
 * Whether a string of the text ends elsewhere on a server with `standard_conforming_strings = off`,
 * where a backslash escapes in plain strings too. To Postgres `select '\' || '; drop table t; --'`
 * reads a text; there it drops a table. False where such a server finds an open string, as in
 * `like 'a' escape '\'`: it refuses the whole text.
 *
 * @param text - attacker-controlled; read once from its beginning to its end
 */
export function hasAmbiguousBackslash(text: string): boolean {
  if (!text.includes("\\'")) return false;
  let isAmbiguous = false;
  let word = '';
  for (let at = 0; at < text.length;) {
    if (text[at] === "'") {
      // What goes on with it on the next line is bits, too: rather refused than told apart.
      if (word === BITS) return true;
      const isBits = word === 'b' || word === 'x';
      const end = isBits ? text.indexOf("'", at + 1) : closingQuote(text, at);
      if (end < 0) return false;
      // In an escape string the backslash escapes everywhere.
      if (word !== 'e' && /\\'/.test(text.slice(at, end).replaceAll('\\\\', ''))) {
        isAmbiguous = true;
      }
      word = isBits ? BITS : '';
      at = end + 1;
      continue;
    }
    const end = endOfOther(text, at);
    // A backslash outside a string begins nothing: the text is refused.
    if (end < 0 || text[at] === '\\') return false;
    const other = text.slice(at, end).toLowerCase();
    if (word !== BITS || !/^(?:\s|--)/.test(other)) word = other;
    at = end;
  }
  return isAmbiguous;
}

function endOfOther(text: string, at: number): number {
  if (text.startsWith('/*', at)) return endOfComment(text, at);
  const opened = match(DOLLAR_QUOTE, text, at);
  if (opened > at) {
    const mark = text.slice(at, opened);
    const closing = text.indexOf(mark, opened);
    return closing < 0 ? -1 : closing + mark.length;
  }
  const end = match(SKIPPED, text, at);
  if (end > at) return end;
  return text[at] === '"' ? -1 : at + 1;
}

function match(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return at + (pattern.exec(text)?.[0].length ?? 0);
}

function closingQuote(text: string, opening: number): number {
  for (let at = opening + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === "'" && text[at + 1] !== "'") return at;
    else if (text[at] === "'") at++;
  }
  return -1;
}

/** Comments nest. */
function endOfComment(text: string, opening: number): number {
  let depth = 0;
  for (let at = opening; at < text.length; at++) {
    if (text.startsWith('/*', at)) {
      depth++;
      at++;
    } else if (text.startsWith('*/', at)) {
      at++;
      if (--depth === 0) return at + 1;
    }
  }
  return -1;
}
