/** What the launcher itself refuses; the message is one sentence for the person at the terminal. */
export type LauncherErrorCode =
  | 'bad_option'
  | 'build_failed'
  | 'not_running'
  | 'demo_failed'
  | 'bench_failed'
  | 'unreadable_file'
  | 'bad_policy'
  | 'gateway_refused'
  | 'gateway_unreachable'
  | 'bad_tests';

/** The only error this package throws on purpose. */
export class LauncherError extends Error {
  readonly code: LauncherErrorCode;

  constructor(code: LauncherErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LauncherError';
    this.code = code;
  }
}
