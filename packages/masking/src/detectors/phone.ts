import { type Detect, digitsOf, spansOf } from './span.ts';

/** E.164, with the separators people put in. */
const INTERNATIONAL = /(?<![\d+])\+(?:[ .()/-]{0,2}\d){7,15}(?!\d)/g;
/** North America, grouped: `(415) 555-0132`, `415-555-0132`, `+1 415.555.0132`, `1-415-555-0132`. */
const GROUPED =
  /(?<!\d|\d\.)(?:\+?1[ .-]{0,2})?(?:\([2-9]\d{2}\)[ .-]{0,2}|[2-9]\d{2}[ .-]{1,2})[2-9]\d{2}[ .-]{1,2}\d{4}(?!\d)/g;
/** Half grouped: `(415) 5550132`, `415 5550132`. */
const HALF_GROUPED = /(?<![\d.])(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ -])[2-9]\d{6}(?!\d|[.-]\d)/g;
/** Ten bare digits of a valid North American number; not inside an id, a decimal or a UUID. */
const BARE = /(?<![\p{L}\p{N}_.-])1?[2-9]\d{2}[2-9]\d{6}(?![\p{L}\p{N}_]|[.-]\d)/gu;
/** Anything of seven digits and more that calls itself a phone number. */
const LABELLED =
  /(?:phone|mobile|whatsapp|msisdn|(?<![a-z])(?:tel|cell|fax|call))[a-z]{0,9}[\s"'.:=#]{1,6}([(]?\d(?:[ .()/-]{0,2}\d){6,14})(?!\d)/dgi;

/** Seven digits can't be written in less; most strings end here. */
const HINT = /\d[\d ()./-]{6}/;
const DATE = /^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}/;

/** Phone numbers: international, North American, or labelled as one. */
export const detectPhone: Detect = function* (text) {
  if (!HINT.test(text)) return;
  for (const pattern of [INTERNATIONAL, GROUPED, HALF_GROUPED, BARE]) yield* spansOf(text, pattern);
  for (const span of spansOf(text, LABELLED)) {
    const value = text.slice(span.start, span.end);
    if (!DATE.test(value) && digitsOf(value).length >= 7) yield span;
  }
};

const PHONE_KEY =
  /(?:phone|mobile|whatsapp|msisdn|(?:^|[_ -])(?:tel|cell|fax))(?:[_ -]?(?:no|nr|number))?$/i;
const PHONE_VALUE = /^[\d ().+/-]{7,30}$/;

/** The same for a member: `{"phone": "555-0132"}` reads like `phone: 555-0132`. */
export function isPhoneKey(key: string): boolean {
  return key.length <= 200 && PHONE_KEY.test(key);
}

export function isPhoneValue(value: string): boolean {
  if (!PHONE_VALUE.test(value) || DATE.test(value)) return false;
  const digits = digitsOf(value).length;
  return digits >= 7 && digits <= 15;
}

export const PHONE_PATTERNS = [
  HINT,
  INTERNATIONAL,
  GROUPED,
  HALF_GROUPED,
  BARE,
  LABELLED,
  DATE,
  PHONE_KEY,
  PHONE_VALUE,
];
