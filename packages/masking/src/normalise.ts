/** A text as detectors read it, with the way back to the text it was made from. */
export interface NormalisedText {
  readonly text: string;
  /** The span of the original that the span `[start, end)` of `text` came from. */
  sourceSpan(start: number, end: number): { readonly start: number; readonly end: number };
}

/** Only characters that normalisation leaves alone; no quantifier can backtrack over a class. */
const PLAIN = /^[\t-\r\x20-\x7e]*$/;
/** Invisible, or visible nowhere in a value that a person would recognise. */
const IGNORED = /^[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}]$/u;
const KEPT_CONTROL = /^[\t-\r]$/;
const SPACE = /^[\p{Zs}]$/u;
const DASH = /^[\p{Pd}\u2212\u2043]$/u;
const DIGIT = /^\p{Nd}$/u;

/**
 * Undoes what hides a value from a pattern but not from a reader: full-width and other digits,
 * compatibility forms (NFKC), zero-width and other invisible characters, exotic dashes and spaces.
 *
 * It works code point by code point, so that every unit of the result knows where it came from.
 */
export function normalise(text: string): NormalisedText {
  if (PLAIN.test(text)) return { text, sourceSpan: (start, end) => ({ start, end }) };
  const parts: string[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  let at = 0;
  for (const point of text) {
    const plain = point >= ' ' && point <= '~' ? point : plainForm(point);
    for (let unit = 0; unit < plain.length; unit += 1) {
      starts.push(at);
      ends.push(at + point.length);
    }
    parts.push(plain);
    at += point.length;
  }
  return {
    text: parts.join(''),
    sourceSpan: (start, end) => ({ start: starts[start] ?? at, end: ends[end - 1] ?? at }),
  };
}

function plainForm(point: string): string {
  if (KEPT_CONTROL.test(point)) return point;
  if (IGNORED.test(point)) return '';
  if (SPACE.test(point)) return ' ';
  if (DASH.test(point)) return '-';
  if (DIGIT.test(point)) return decimalValue(point);
  // A compatibility form can itself be a dash, a space or a digit.
  return point
    .normalize('NFKC')
    .replace(/[\p{Pd}\u2212]/gu, '-')
    .replace(/\p{Zs}/gu, ' ');
}

/** Unicode keeps each script's decimal digits in one run of ten that starts at a multiple of its zero. */
function decimalValue(point: string): string {
  const nfkc = point.normalize('NFKC');
  if (nfkc >= '0' && nfkc <= '9') return nfkc;
  const code = point.codePointAt(0) ?? 0;
  let zero = code;
  // At most nine steps back: a run of decimal digits has ten members and never touches another.
  while (code - zero < 9 && DIGIT.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return String(code - zero);
}
