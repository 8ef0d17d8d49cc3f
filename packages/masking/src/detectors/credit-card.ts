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
export const detectCreditCard: Detect = function* (text) {
  let from = 0;
  for (;;) {
    RUN.lastIndex = from;
    const run = RUN.exec(text);
    if (run === null) return;
    from = RUN.lastIndex;
    yield* cardsIn(text, run.index, from);
    // A longer run is read on where this window can't hide the start of a card any more.
    if (/^(?:[ -]{0,2})\d/.test(text.slice(from, from + 3))) from -= 60;
  }
};

function* cardsIn(text: string, from: number, to: number): Iterable<Span> {
  const run = new DigitRun(text, from, to);
  for (let first = 0; first + 13 <= run.length; first += 1) {
    const start = run.placeOf(first);
    // A card starts where a group of digits starts, and isn't the fraction of a decimal.
    if (isDigit(text[start - 1]) || (text[start - 1] === '.' && isDigit(text[start - 2]))) continue;
    const length = cardLength(text, run, first);
    if (length === 0) continue;
    yield { start, end: run.placeOf(first + length - 1) + 1 };
    first += length - 1;
  }
}

/** The longest card number that starts at this digit and ends where a group of digits ends; 0 for none. */
function cardLength(text: string, run: DigitRun, first: number): number {
  const lengths = LENGTHS_BY_PREFIX[run.prefix(first)] ?? 0;
  for (let length = Math.min(19, run.length - first); lengths > 0 && length >= 13; length -= 1) {
    if ((lengths & (1 << length)) === 0 || !run.hasLuhnCheckDigit(first, length)) continue;
    if (!isDigit(text[run.placeOf(first + length - 1) + 1])) return length;
  }
  return 0;
}

/** The digits of a stretch of text, with sums from which each part's check digit is told at once. */
class DigitRun {
  readonly #places: number[] = [];
  readonly #digits: number[] = [];
  /** Luhn sums of the digits in front of each position, doubling the even or the odd positions. */
  readonly #sums: readonly [number[], number[]] = [[0], [0]];

  constructor(text: string, from: number, to: number) {
    for (let index = from; index < to; index += 1) {
      const digit = text.charCodeAt(index) - 48;
      if (digit < 0 || digit > 9) continue;
      const doubled = digit > 4 ? digit * 2 - 9 : digit * 2;
      const at = this.#digits.length;
      for (const [parity, sums] of this.#sums.entries())
        sums.push((sums[at] ?? 0) + (at % 2 === parity ? doubled : digit));
      this.#places.push(index);
      this.#digits.push(digit);
    }
  }

  get length(): number {
    return this.#digits.length;
  }

  placeOf(digit: number): number {
    return this.#places[digit] ?? 0;
  }

  /** The first four digits as a number. */
  prefix(first: number): number {
    let prefix = 0;
    for (let at = first; at < first + 4; at += 1) prefix = prefix * 10 + (this.#digits[at] ?? 0);
    return prefix;
  }

  hasLuhnCheckDigit(first: number, length: number): boolean {
    // Every second digit is doubled, beginning in front of the last one.
    const sums = this.#sums[(first + length) % 2 === 0 ? 0 : 1];
    return ((sums[first + length] ?? 0) - (sums[first] ?? 0)) % 10 === 0;
  }
}

/** Of each four digits a number can start with: the lengths it may have, a bit each. */
const LENGTHS_BY_PREFIX = Int32Array.from({ length: 10_000 }, (_, number) => {
  const digits = String(number).padStart(4, '0');
  return ISSUERS.filter(({ prefix }) => prefix.test(digits))
    .flatMap(({ lengths }) => lengths)
    .reduce((bits, length) => bits | (1 << length), 0);
});

/** @param digits 13 to 19 ASCII digits */
export function isCardNumber(digits: string): boolean {
  const run = new DigitRun(digits, 0, digits.length);
  const lengths = LENGTHS_BY_PREFIX[run.prefix(0)] ?? 0;
  return (lengths & (1 << digits.length)) !== 0 && run.hasLuhnCheckDigit(0, digits.length);
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= '0' && char <= '9';
}

export const CARD_PATTERNS = [RUN, ...ISSUERS.map(({ prefix }) => prefix)];
