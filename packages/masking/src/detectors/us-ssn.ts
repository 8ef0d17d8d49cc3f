import { type Detect, spansOf } from './span.ts';

/** Grouped, one separator throughout. Areas 000, 666 and 9xx, group 00 and serial 0000 were never given out. */
const GROUPED = /(?<!\d|\d-)(?!000|666|9)\d{3}([ -])(?!00)\d{2}\1(?!0000)\d{4}(?!-?\d)/g;
/** Nine bare digits only where something calls them that. */
const LABELLED =
  /(?:ssn|social security)[a-z .#]{0,10}["']?[\s:=#]{0,6}["']?((?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4})(?!\d)/dgi;

/** Either form begins with an area; most strings have no three digits in a row. */
const HINT = /\d{3}/;

/** United States social security numbers. */
export const detectUsSsn: Detect = function* (text) {
  if (!HINT.test(text)) return;
  yield* spansOf(text, GROUPED);
  yield* spansOf(text, LABELLED);
};

const SSN_KEY = /(?:ssn|social[_ -]?security(?:[_ -]?(?:no|nr|number))?)$/i;
const SSN_VALUE = /^(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}$/;

/** The same for a member: `{"ssn": "123456789"}` reads like `ssn: 123456789`. */
export function isSsnKey(key: string): boolean {
  return key.length <= 200 && SSN_KEY.test(key);
}

export function isSsnValue(value: string): boolean {
  return SSN_VALUE.test(value);
}

export const SSN_PATTERNS = [HINT, GROUPED, LABELLED, SSN_KEY, SSN_VALUE];
