import { type Detect, type Span, spansOf } from './span.ts';

/** How issued tokens begin; each is masked to the end of its token characters. */
const TOKEN_STARTS = [
  /(?<![A-Za-z0-9])(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}/g,
  /(?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9]{30}/g,
  /(?<![A-Za-z0-9])github_pat_[A-Za-z0-9_]{22}/g,
  /(?<![A-Za-z0-9])glpat-[\w-]{20}/g,
  /(?<![A-Za-z0-9])npm_[A-Za-z0-9]{30}/g,
  /(?<![A-Za-z0-9])(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10}/g,
  /(?<![A-Za-z0-9])(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10}/g,
  /(?<![A-Za-z0-9])whsec_[A-Za-z0-9+/=]{16}/g,
  /(?<![A-Za-z0-9])sk-[A-Za-z0-9_-]{20}/g,
  /(?<![A-Za-z0-9])AIza[\w-]{35}/g,
  /(?<![A-Za-z0-9])SG\.[\w-]{16}/g,
  /(?<![A-Za-z0-9])hooks\.slack\.com\/services\/[A-Za-z0-9]{6}/g,
];
const JWT_START = /(?<![\w-])eyJ[\w-]{7}/g;
const PEM_START = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
const PEM_END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
const URL_START = /(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,24}:\/\//gi;
const AUTHORIZATION = /\b(?:bearer|basic)[ \t]{1,4}([\w.~+/=-]{12})/dgi;

const SECRET_NAME =
  'pass(?:word|wd|phrase|code)|pwd|secret(?:[_ -]?(?:access)?[_ -]?key)?|(?:api|access|private|signing|encryption|account)[_ -]?key|(?:access|auth|refresh|session|id|api|bearer)[_ -]?token|credentials?';
/** A name that says secret, and an assignment of `=`, `:=`, `=>` or `:`. */
const ASSIGNMENT = new RegExp(
  `(?:${SECRET_NAME})[\\\\]?["'\`]?[ \\t]{0,4}(?::=|=>|=|:)[ \\t]{0,4}`,
  'gi',
);
const SECRET_KEY = new RegExp(`(?:${SECRET_NAME}|(?:^|[_ -])token)$`, 'i');
/** What stands there when no secret does. */
const NOT_A_SECRET =
  /^(?:true|false|null|none|nil|undefined|required|optional|string|\*{1,20}|\[redacted(?::[a-z-]{1,20})?\])$/i;

/**
 * What any issued token has in it. Most strings have nothing of it: one test instead of fourteen
 * searches keeps masking out of the data path's way.
 */
const TOKEN_HINT =
  /A(?:KIA|SIA|ROA|IDA|Iza)|gh[pousr]_|github_pat_|glpat-|npm_|xox|xapp|_(?:live|test)_|whsec_|sk-|SG\.|hooks\.slack|eyJ|-----BEGIN|[Bb][Ee][Aa][Rr][Ee][Rr]|[Bb][Aa][Ss][Ii][Cc]/;

/** Keys, tokens, private keys, assigned passwords and passwords in URLs. */
export const detectSecret: Detect = function* (text) {
  if (TOKEN_HINT.test(text)) yield* issued(text);
  if (text.includes('://')) yield* urlPasswords(text);
  if (/[=:]/.test(text)) yield* assignments(text);
};

function* issued(text: string): Iterable<Span> {
  for (const pattern of TOKEN_STARTS) yield* tokens(text, pattern);
  yield* tokens(text, AUTHORIZATION);
  yield* jwts(text);
  yield* privateKeys(text);
}

/** Does a member's key announce that its value is a secret? */
export function isSecretKey(key: string): boolean {
  return key.length <= 200 && SECRET_KEY.test(key);
}

/** Is this what an announced secret looks like, or a word that says there is none? */
export function isSecretValue(value: string): boolean {
  return value.trim().length > 2 && !NOT_A_SECRET.test(value.trim());
}

/** Matches, each stretched to the end of its token; searching goes on behind it, so this is linear. */
function* tokens(text: string, pattern: RegExp, tokenChar = /[\w.~+/=-]/): Iterable<Span> {
  let from = 0;
  for (;;) {
    pattern.lastIndex = from;
    const match = pattern.exec(text);
    if (match === null) return;
    from = walk(text, pattern.lastIndex, tokenChar);
    yield { start: match.indices?.[1]?.[0] ?? match.index, end: from };
  }
}

function walk(text: string, from: number, allowed: RegExp): number {
  let end = from;
  while (end < text.length && allowed.test(text[end] ?? '')) end += 1;
  return end;
}

/** RFC 7515 and 7516 compact forms: a JSON header, then at least two more segments. */
function* jwts(text: string): Iterable<Span> {
  for (const span of tokens(text, JWT_START, /[\w.=-]/)) {
    // In the token alone: a text full of headers without dots would be read to its end for each.
    const token = text.slice(span.start, span.end);
    if (token.indexOf('.') !== token.lastIndexOf('.')) yield span;
  }
}

function* privateKeys(text: string): Iterable<Span> {
  let from = 0;
  for (;;) {
    PEM_START.lastIndex = from;
    const begin = PEM_START.exec(text);
    if (begin === null) return;
    PEM_END.lastIndex = PEM_START.lastIndex;
    // Without an end the rest is the key: a cut-off key is still most of a key.
    from = PEM_END.exec(text) === null ? text.length : PEM_END.lastIndex;
    yield { start: begin.index, end: from };
  }
}

function* urlPasswords(text: string): Iterable<Span> {
  for (const scheme of spansOf(text, URL_START)) {
    // RFC 3986 keeps these out of the userinfo; 512 characters bound what a hostile text costs.
    const limit = Math.min(text.length, scheme.end + 512);
    let end = scheme.end;
    while (end < limit && !/[\s/?#"'<>]/.test(text[end] ?? '')) end += 1;
    const authority = text.slice(scheme.end, end);
    const at = authority.lastIndexOf('@');
    const colon = authority.indexOf(':');
    if (colon === -1 || at <= colon + 1) continue;
    const password = authority.slice(colon + 1, at);
    if (!NOT_A_SECRET.test(password)) yield { start: scheme.end + colon + 1, end: scheme.end + at };
  }
}

function* assignments(text: string): Iterable<Span> {
  let from = 0;
  for (;;) {
    ASSIGNMENT.lastIndex = from;
    if (ASSIGNMENT.exec(text) === null) return;
    from = ASSIGNMENT.lastIndex;
    const span = assignedValue(text, from);
    // A value that is none can hold the next label: `secret: "password=…"`. It is short or blank.
    if (!isSecretValue(text.slice(span.start, span.end))) continue;
    from = Math.max(span.end, from);
    yield span;
  }
}

function assignedValue(text: string, from: number): Span {
  const escaped = text[from] === '\\' ? 1 : 0;
  const quote = text[from + escaped] ?? '';
  if (!/["'`]/.test(quote)) return { start: from, end: walk(text, from, /[^\s,;&"'`<>(){}]/) };
  const start = from + escaped + 1;
  let end = start;
  while (end < text.length && text[end] !== quote && text[end] !== '\n') {
    // An escaped character can't close the quotation, unless the quotation itself is escaped.
    end += text[end] === '\\' && escaped === 0 ? 2 : 1;
  }
  end = Math.min(end, text.length);
  return { start, end: escaped === 1 && text[end - 1] === '\\' ? end - 1 : end };
}

export const SECRET_PATTERNS = [
  TOKEN_HINT,
  ...TOKEN_STARTS,
  JWT_START,
  PEM_START,
  PEM_END,
  URL_START,
  AUTHORIZATION,
  ASSIGNMENT,
  SECRET_KEY,
  NOT_A_SECRET,
];
