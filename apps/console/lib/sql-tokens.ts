import { startsLikeSql } from '@holdpoint/contracts';

/**
 * SQL coloured for reading, nothing more: no decision rests on it (the gateway's parser makes
 * those). Every character of the text is in exactly one token.
 */
export interface SqlToken {
  readonly kind: 'keyword' | 'danger' | 'string' | 'number' | 'comment' | 'name' | 'other';
  readonly text: string;
}

// Text in these goes where a reader's eye should: what changes data or structure.
const DANGER = new Set(
  'delete update insert merge truncate drop alter create grant revoke copy call do execute lock vacuum reindex'.split(
    ' ',
  ),
);
const KEYWORDS = new Set(
  'select from where and or not in is null like ilike between exists case when then else end as on using join left right inner outer full cross natural group by order asc desc limit offset having distinct all any union intersect except values set into returning with recursive table view index column constraint primary key foreign references default unique check if cascade restrict begin commit rollback true false only lateral over partition window filter conflict nothing explain analyze'.split(
    ' ',
  ),
);

const TOKEN =
  /(?<comment>--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<string>[eEbBxXnN]?'(?:[^']|'')*(?:'|$)|(?<quote>\$(?:[A-Za-z_]\w*)?\$)[\s\S]*?(?:\k<quote>|$))|(?<name>"(?:[^"]|"")*(?:"|$))|(?<number>\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b)|(?<word>[\p{L}_][\p{L}\p{N}_$]*)|(?<other>[\s\S])/gu;

export function sqlTokens(text: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const kind = kindOf(match[0], match.groups ?? {});
    const last = tokens.at(-1);
    if (kind === 'other' && last?.kind === 'other') {
      tokens[tokens.length - 1] = { kind, text: last.text + match[0] };
    } else {
      tokens.push({ kind, text: match[0] });
    }
  }
  return tokens;
}

function kindOf(
  text: string,
  groups: Readonly<Record<string, string | undefined>>,
): SqlToken['kind'] {
  if (groups['comment'] !== undefined) return 'comment';
  if (groups['string'] !== undefined) return 'string';
  if (groups['number'] !== undefined) return 'number';
  if (groups['name'] !== undefined) return 'name';
  if (groups['word'] === undefined) return 'other';
  const word = text.toLowerCase();
  if (DANGER.has(word)) return 'danger';
  return KEYWORDS.has(word) ? 'keyword' : 'other';
}

const SQL_KEYS = new Set(['sql', 'query', 'statement']);

/** Whether an argument is shown as SQL: by its key together with its first word, or by its start alone. */
export function looksLikeSql(key: string, value: string): boolean {
  return startsLikeSql(value) || (SQL_KEYS.has(key.toLowerCase()) && /^\s*[a-z]+\s/i.test(value));
}
