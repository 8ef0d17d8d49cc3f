/** Why a value couldn't be judged. Stable: shown in explanations and asserted by tests. */
export type PolicyErrorCode =
  | 'text_too_large'
  | 'arguments_too_large'
  | 'value_not_supported'
  | 'sql_unreadable'
  | 'invalid_glob'
  | 'invalid_pattern'
  | 'invalid_address'
  | 'invalid_duration'
  | 'uri_not_normal'
  | 'count_unknown'
  | 'condition_not_boolean';

/**
 * The one error of this package. It never leaves `compilePolicy` or `decide`: the first turns it
 * into an issue, the second into an erring rule, which denies or holds.
 */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  readonly code: PolicyErrorCode;

  constructor(code: PolicyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
