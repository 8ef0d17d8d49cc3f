/** What went wrong, for a program; the message is one sentence for the person at the terminal. */
export type TestkitErrorCode =
  | 'port_taken'
  | 'data_corrupt'
  | 'folder_read_only'
  | 'folder_not_ours'
  | 'already_running'
  | 'production_refused'
  | 'not_loopback'
  | 'start_failed'
  | 'stopped_unexpectedly';

const CODES: ReadonlySet<string> = new Set<TestkitErrorCode>([
  'port_taken',
  'data_corrupt',
  'folder_read_only',
  'folder_not_ours',
  'already_running',
  'production_refused',
  'not_loopback',
  'start_failed',
  'stopped_unexpectedly',
]);

/** The only error this package throws on purpose. */
export class TestkitError extends Error {
  readonly code: TestkitErrorCode;

  constructor(code: TestkitErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TestkitError';
    this.code = code;
  }
}

/** Whether a string that came from another process is one of our codes. */
export function isTestkitErrorCode(code: string): code is TestkitErrorCode {
  return CODES.has(code);
}

/** The system's error code (`EACCES`, `EADDRINUSE` …), when the thrown value carries one. */
export function systemErrorCode(error: unknown): string | undefined {
  // Not `instanceof Error`: a test runner's sandbox has an Error of its own.
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
