import { readFile } from 'node:fs/promises';
import { compilePolicy, loadSqlParser, type CompiledPolicy } from '@holdpoint/policy';
import { LauncherError } from '../launcher.error.ts';

/**
 * Reads and compiles a policy.
 *
 * @throws LauncherError `unreadable_file`, or `bad_policy` with every issue as `file:line:column`
 */
export async function readPolicy(file: string): Promise<CompiledPolicy> {
  const result = compilePolicy(await readText(file));
  if (result.ok) {
    await loadSqlParser();
    return result.policy;
  }
  const issues = result.issues.map(
    ({ line, column, message }) => `${file}:${line}:${column}: ${message}`,
  );
  throw new LauncherError('bad_policy', issues.join('\n'));
}

/** @throws LauncherError `unreadable_file` */
export async function readText(file: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

export function unreadable(file: string, cause: unknown): LauncherError {
  const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
  const message = missing ? `There is no file ${file}.` : `The file ${file} can't be read.`;
  return new LauncherError('unreadable_file', message, { cause });
}
