import { type Detect, type Span } from './span.ts';

/** One group of digits with up to two separators behind it; a run of these is searched for cards. */
const RUN = /\d(?:[ -]{0,2}\d){12,200}/g;

/** Issuer ranges (ISO/IEC 7812) by number of digits. */
const ISSUERS: readonly { readonly prefix: RegExp; readonly lengths: readonly number[] }[] = [
  { prefix: /^4/, lengths: [13, 16, 19] },
  { prefix: /^(?:5[1-5]|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)/, lengths: [16] },
  { prefix: /^3[47]/, lengths: [15] },
  { prefix: /^(?:6011|64[4-9]|65)/, lengths: [16, 17, 18, 19] },
  { prefix: /^(?:30[0-59]|36|38|39)/, lengths: [14, 16, 17, 18, 19] },
  { prefix: /^35(?:2[89]|[3-8]\d)/, lengths: [16, 17, 18, 19] },
  { prefix: /^(?:62|81)/, lengths: [16, 17, 18, 19] },
  { prefix: /^220[0-4]/, lengths: [16, 17, 18, 19] },
  { prefix: /^(?:50|5[6-8]|6[37])/, lengths: [13, 14, 15, 16, 17, 18, 19] },
];

/** Payment card numbers: an issuer's range and length, and a right check digit. */
export const detectCreditCard: Detect = (text) => {
  const spans: Span[] = [];
  RUN.lastIndex = 0;
  for (let run = RUN.exec(text); run !== null; run = RUN.exec(text)) {
    spans.push(...cardsIn(text, run.index, RUN.lastIndex));
    // A longer run is read on where this window can't hide the start of a card any more.
    if (/^(?:[ -]{0,2})\d/.test(text.slice(RUN.lastIndex, RUN.lastIndex + 3))) RUN.lastIndex -= 60;
  }
  return spans;
};

function cardsIn(text: string, from: number, to: number): Span[] {
  const at: number[] = [];
  for (let index = from; index < to; index += 1) if (isDigit(text[index])) at.push(index);
  const spans: Span[] = [];
  for (let first = 0; first + 13 <= at.length; first += 1) {
    const start = at[first] ?? to;
    // A card starts where a group of digits starts, and isn't the fraction of a decimal.
    if (isDigit(text[start - 1]) || (text[start - 1] === '.' && isDigit(text[start - 2]))) continue;
    const length = cardLength(text, at, first);
    if (length === 0) continue;
    spans.push({ start, end: (at[first + length - 1] ?? to - 1) + 1 });
    first += length - 1;
  }
  return spans;
}

function cardLength(text: string, at: readonly number[], first: number): number {
  let digits = '';
  for (const index of at.slice(first, first + 19)) digits += text[index];
  for (let length = digits.length; length >= 13; length -= 1) {
    const last = at[first + length - 1];
    if (last === undefined || isDigit(text[last + 1])) continue;
    if (isCardNumber(digits.slice(0, length))) return length;
  }
  return 0;
}

/** @param digits 13 to 19 ASCII digits */
export function isCardNumber(digits: string): boolean {
  const known = ISSUERS.some(
    ({ prefix, lengths }) => lengths.includes(digits.length) && prefix.test(digits),
  );
  return known && hasLuhnCheckDigit(digits);
}

function hasLuhnCheckDigit(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48;
    const doubled = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += index % 2 === 0 ? digit : doubled;
  }
  return sum % 10 === 0;
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= '0' && char <= '9';
}

export const CARD_PATTERNS = [RUN, ...ISSUERS.map(({ prefix }) => prefix)];
