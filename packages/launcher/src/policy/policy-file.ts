import { readFile } from 'node:fs/promises';
import {
  compilePolicy,
  loadSqlParser,
  type CompiledPolicy,
  type PolicyIssue,
} from '@holdpoint/policy';
import { parseCases, type PolicyCase } from '@holdpoint/policy/cases';
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
  throw new LauncherError('bad_policy', faults(file, result.issues));
}

/** `orders.yaml` is tested by `orders.tests.yaml` beside it. */
export function testsFileOf(policyFile: string): string {
  const match = /^(.*?)(\.ya?ml)?$/s.exec(policyFile);
  return `${match?.[1] ?? policyFile}.tests${match?.[2] ?? '.yaml'}`;
}

/**
 * Reads the test cases of a policy.
 *
 * @throws LauncherError `unreadable_file`, or `bad_tests` with every issue as `file:line:column`
 */
export async function readCases(file: string): Promise<readonly PolicyCase[]> {
  const parsed = parseCases(await readText(file));
  if (parsed.ok) return parsed.cases;
  throw new LauncherError('bad_tests', faults(file, parsed.issues));
}

function faults(file: string, issues: readonly PolicyIssue[]): string {
  return issues
    .map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`)
    .join('\n');
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
