export type MaskingErrorCode =
  'unknown_detector' | 'unknown_form' | 'no_detectors' | 'bad_field_pattern' | 'over_budget';

/**
 * A mask rule that can't be compiled. Refused whole: a rule that is skipped would let data through.
 *
 * `over_budget` never leaves the package: a message that takes too much is an expected outcome, and
 * is told in the result.
 */
export class MaskingError extends Error {
  override readonly name = 'MaskingError';
  readonly code: MaskingErrorCode;
  readonly ruleIndex: number;

  constructor(code: MaskingErrorCode, ruleIndex: number, message: string) {
    super(message);
    this.code = code;
    this.ruleIndex = ruleIndex;
  }
}
