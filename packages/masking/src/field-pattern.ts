import type { MaskForm } from './compile-masks.ts';
import { MaskingError } from './masking.error.ts';
import { normalise } from './normalise.ts';

export const ONE = Symbol('*');
export const ANY = Symbol('**');
type Segment = string | typeof ONE | typeof ANY;

export interface FieldRule {
  /** The pattern as the admin wrote it. */
  readonly field: string;
  readonly segments: readonly Segment[];
  readonly as: MaskForm;
  readonly ruleIndex: number;
}

/**
 * Reads `customers.*.salary`: names separated by dots, `*` for one name or index, `**` for any
 * number of them, `\.` for a dot inside a name, `[0]` and `[*]` as other spellings of `.0` and `.*`.
 *
 * @throws {@link MaskingError} `bad_field_pattern`
 */
export function parseFieldPattern(
  field: string,
  ruleIndex: number,
): Pick<FieldRule, 'field' | 'segments'> {
  const dotted = field
    .replace(/^\$\.?/, '')
    .replace(/\[(\d{1,9}|\*)\]/g, '.$1')
    .replace(/^\./, '');
  const names = dotted.split(/(?<!\\)\./).map((name) => name.replaceAll('\\.', '.'));
  if (names.some((name) => name === '') || names.length > 64) {
    throw new MaskingError(
      'bad_field_pattern',
      ruleIndex,
      'A field pattern is 1 to 64 names separated by single dots.',
    );
  }
  const segments = names.map((name) => (name === '*' ? ONE : name === '**' ? ANY : fold(name)));
  return { field, segments };
}

/**
 * More marks in a row than any writing has, by UAX #15's Stream-Safe Text Format. Composing takes the square
 * of them, and names are the upstream's: whole answers of such names would stall the process.
 */
const TOO_MANY_MARKS = /(?<!\p{M})\p{M}{31}/u;

/** As names are compared. An accented letter may be one code point or several, also with others between. */
export function fold(name: string): string {
  const plain = normalise(name).text.toLowerCase();
  return TOO_MANY_MARKS.test(plain) ? plain : plain.normalize('NFC');
}
