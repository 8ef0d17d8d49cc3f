/** What stands somewhere in a text. A detector whose sign is missing needn't look. */
export const SIGN = {
  digit: 1,
  at: 2,
  ampersand: 4,
} as const;

/** A text as detectors read it, with the way back to the text it was made from. */
export interface NormalisedText {
  readonly text: string;
  /** The union of the {@link SIGN}s in it. */
  readonly signs: number;
  /** The span of the original that the span `[start, end)` of `text` came from. */
  sourceSpan(start: number, end: number): { readonly start: number; readonly end: number };
}

/** Invisible, or visible nowhere in a value that a person would recognise. */
const IGNORED = /^[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}]$/u;
const KEPT_CONTROL = /^[\t-\r]$/;
const SPACE = /^[\p{Zs}]$/u;
const DASH = /^[\p{Pd}\u2212\u2043]$/u;
const DIGIT = /^\p{Nd}$/u;

const KNOWN = 128;
const ALTERED = 64;
/** By UTF-16 unit: its signs, and whether normalising alters it. Filled as units turn up. */
const UNITS = new Uint8Array(65_536);

/**
 * Undoes what hides a value from a pattern but not from a reader: full-width and other digits,
 * compatibility forms (NFKC), zero-width and other invisible characters, exotic dashes and spaces.
 *
 * It works code point by code point, so that every unit of the result knows where it came from. Most
 * texts come out as they went in; for them it is one look into a table per unit.
 */
export function normalise(text: string): NormalisedText {
  let signs = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    signs |= UNITS[code] || unitOf(code);
  }
  if ((signs & ALTERED) === 0) return { text, signs, sourceSpan: (start, end) => ({ start, end }) };
  return rewrite(text);
}

/** A stretch of the result: copied unit by unit, or all of it the form of one code point. */
interface Stretch {
  readonly start: number;
  readonly source: number;
  readonly sourceLength: number;
  readonly isCopy: boolean;
}

function rewrite(text: string): NormalisedText {
  const stretches: Stretch[] = [];
  let result = '';
  let signs = 0;
  let copied = 0;
  const copyUntil = (end: number): void => {
    if (end === copied) return;
    const sourceLength = end - copied;
    stretches.push({ start: result.length, source: copied, sourceLength, isCopy: true });
    result += text.slice(copied, end);
  };
  for (let at = 0; at < text.length; at += 1) {
    const sign = UNITS[text.charCodeAt(at)] ?? 0;
    signs |= sign;
    if ((sign & ALTERED) === 0) continue;
    const point = String.fromCodePoint(text.codePointAt(at) ?? 0);
    const plain = plainForm(point);
    if (plain !== point) {
      copyUntil(at);
      for (let unit = 0; unit < plain.length; unit += 1) signs |= unitOf(plain.charCodeAt(unit));
      if (plain !== '') {
        const sourceLength = point.length;
        stretches.push({ start: result.length, source: at, sourceLength, isCopy: false });
        result += plain;
      }
      copied = at + point.length;
    }
    at += point.length - 1;
  }
  copyUntil(text.length);
  return {
    text: result,
    signs,
    sourceSpan: (start, end) => ({
      start: sourceOf(stretches, start).start,
      end: sourceOf(stretches, end - 1).end,
    }),
  };
}

/** The source of one unit of the result: a binary search for its stretch. */
function sourceOf(stretches: readonly Stretch[], unit: number): { start: number; end: number } {
  let low = 0;
  let high = stretches.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((stretches[middle]?.start ?? 0) <= unit) low = middle;
    else high = middle - 1;
  }
  const stretch = stretches[low];
  if (stretch === undefined) return { start: 0, end: 0 };
  const start = stretch.source + (stretch.isCopy ? unit - stretch.start : 0);
  return { start, end: stretch.isCopy ? start + 1 : start + stretch.sourceLength };
}

function unitOf(code: number): number {
  const known = UNITS[code] ?? 0;
  if (known !== 0) return known;
  // Half of a pair says nothing alone: the pair is looked at as the code point it is.
  const isSurrogate = code >= 0xd800 && code <= 0xdfff;
  const char = String.fromCharCode(code);
  const isAltered = isSurrogate || plainForm(char) !== char;
  const unit = KNOWN | signOf(char) | (isAltered ? ALTERED : 0);
  UNITS[code] = unit;
  return unit;
}

function signOf(char: string): number {
  if (char >= '0' && char <= '9') return SIGN.digit;
  if (char === '@') return SIGN.at;
  return char === '&' ? SIGN.ampersand : 0;
}

/** By code point; what few points a text repeats is worth remembering. */
const FORMS = new Map<string, string>();

function plainForm(point: string): string {
  const known = FORMS.get(point);
  if (known !== undefined) return known;
  const form = computeForm(point);
  if (FORMS.size < 4096) FORMS.set(point, form);
  return form;
}

function computeForm(point: string): string {
  if (point >= ' ' && point <= '~') return point;
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
