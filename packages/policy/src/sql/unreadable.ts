import { PolicyError } from '../policy-error.ts';

/** Longest SQL text that is read. Longer text can't be told apart and counts as mutating. */
export const MAX_SQL_LENGTH = 256 * 1024;

/** "Can't tell": the text counts as mutating, and asking for any other fact of it errs. */
export function unreadable(message: string, options?: ErrorOptions): PolicyError {
  return new PolicyError('sql_unreadable', message, options);
}

/** What no dialect reads. @throws PolicyError `sql_unreadable` */
export function refuseBrokenText(text: string): void {
  if (text.length > MAX_SQL_LENGTH) throw unreadable('the text is longer than 256 kB');
  // A parser that takes a C string would read `select 1\0; drop table t` as its first half.
  if (text.includes('\0')) throw unreadable('the text contains a NUL character');
  if (!text.isWellFormed()) throw unreadable('the text is not valid Unicode');
  if (text.trim() === '') throw unreadable('the text is empty');
}
