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
  | 'invalid_hours'
  | 'invalid_time_zone'
  | 'uri_not_normal'
  | 'target_unknown'
  | 'count_unknown'
  | 'not_editable'
  | 'condition_not_boolean'
  | 'bad_call';

/**
 * The one error of this package. It never leaves `compilePolicy` or `decide`: the first turns it
 * into an issue, the second into an erring rule, which denies or holds. Only `readCall`, which reads
 * a call of a file, throws one: `bad_call`.
 */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  readonly code: PolicyErrorCode;

  constructor(code: PolicyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
