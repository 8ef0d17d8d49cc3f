/** Why there is no result; the message is one sentence for the person at the terminal. */
export type BenchErrorCode =
  | 'bad_option'
  /** The database would not keep its promises, so its numbers would mean nothing. */
  | 'unsafe_database'
  | 'too_few_files'
  | 'worker_failed'
  | 'wrong_answer'
  | 'sign_in_failed';

/** The only error this package throws on purpose. */
export class BenchError extends Error {
  readonly code: BenchErrorCode;

  constructor(code: BenchErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BenchError';
    this.code = code;
  }
}
