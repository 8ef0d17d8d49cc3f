import type { Detect } from './span.ts';

/** An at sign, also as URLs, HTML and unparsed JSON write it. */
const AT = /@|%40|&(?:#64|#x40|commat);|\\u0040/gi;
/** What each of them begins with; most strings have none of it. */
const HINT = /[@%&\\]/;
// Separators of URLs and assignments stay outside: `?user=a@b.example` keeps its `?user=`.
const LOCAL = /[\p{L}\p{N}\p{M}.!#$%'*+^_~-]/u;
const DOMAIN = /[\p{L}\p{N}\p{M}.-]/u;
/** Most of every address is ASCII; a look into a table is a tenth of a test. */
const asciiOf = (allowed: RegExp): readonly boolean[] =>
  Array.from({ length: 128 }, (_, code) => allowed.test(String.fromCharCode(code)));
const LOCAL_ASCII = asciiOf(LOCAL);
const DOMAIN_ASCII = asciiOf(DOMAIN);
const TOP_LEVEL = /^(?:\p{L}[\p{L}\p{M}]|xn--)/u;

/** What a schema-bound address is replaced by; not an address of anyone (RFC 2606). */
export const NEUTRAL_EMAIL = 'redacted@example.invalid';

/**
 * Addresses of RFC 5321 and RFC 6531 shape with a dotted domain.
 *
 * Linear: from each at sign it walks left and right, and never across the neighbouring one.
 */
export const detectEmail: Detect = function* (text) {
  if (!HINT.test(text)) return;
  let floor = 0;
  for (const match of text.matchAll(AT)) {
    const at = match.index;
    const afterAt = at + match[0].length;
    const start = localStart(text, at, floor);
    const end = domainEnd(text, afterAt);
    floor = afterAt;
    if (start === at || end === afterAt) continue;
    if (text.slice(start, end) === NEUTRAL_EMAIL) continue;
    yield { start, end };
  }
};

function localStart(text: string, at: number, floor: number): number {
  if (text[at - 1] === '"') {
    const opening = text.lastIndexOf('"', at - 2);
    if (opening >= Math.max(floor, at - 66)) return opening;
  }
  const start = walkLeft(text, at, floor);
  // A quotation mark or a dot in front belongs to the sentence.
  let trimmed = start;
  while (trimmed < at && (text[trimmed] === "'" || text[trimmed] === '.')) trimmed += 1;
  return trimmed;
}

function walkLeft(text: string, from: number, floor: number): number {
  let at = from;
  while (at > floor) {
    const known = LOCAL_ASCII[text.charCodeAt(at - 1)];
    if (known === false) break;
    if (known === true) {
      at -= 1;
      continue;
    }
    const isPair = /[\udc00-\udfff]/.test(text[at - 1] ?? '') && at - 2 >= floor;
    const width = isPair ? 2 : 1;
    if (!LOCAL.test(text.slice(at - width, at))) break;
    at -= width;
  }
  return at;
}

function domainEnd(text: string, from: number): number {
  let end = from;
  for (;;) {
    const known = DOMAIN_ASCII[text.charCodeAt(end)];
    if (known === false) break;
    if (known === true) {
      end += 1;
      continue;
    }
    const point = text.codePointAt(end);
    if (point === undefined) break;
    const char = String.fromCodePoint(point);
    if (!DOMAIN.test(char)) break;
    end += char.length;
  }
  while (end > from && (text[end - 1] === '.' || text[end - 1] === '-')) end -= 1;
  const labels = text.slice(from, end).split('.');
  const top = labels.at(-1) ?? '';
  const isDomain =
    labels.length > 1 && labels.every((label) => label !== '') && TOP_LEVEL.test(top);
  return isDomain ? end : from;
}
