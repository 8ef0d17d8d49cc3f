import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { PolicySyncState } from '@holdpoint/contracts';
import { runCase } from '@holdpoint/policy/cases';
import { createTwoFilesPatch } from 'diff';
import { LauncherError } from '../launcher.error.ts';
import { printable, readInForce, sendPolicy, type GatewayAddress } from './gateway-api.ts';
import { readCases, readPolicy, readText, testsFileOf } from './policy-file.ts';

/** A policy as a repository keeps it: the text, and the test cases beside it. */
interface PolicyFiles {
  readonly source: string;
  readonly cases: string;
}

export interface ApplyOptions {
  readonly note: string | undefined;
  readonly propose: boolean;
  readonly overwrite: boolean;
}

type Print = (text: string) => Promise<void>;

/** @returns 0 where the file is what is in force, 1 where it differs */
export async function diff(file: string, gateway: GatewayAddress, print: Print): Promise<number> {
  const files = await readFiles(file);
  const inForce = await readInForce(gateway);
  const patch = patchOf(file, inForce, files);
  await print(patch === '' ? `No difference: version ${inForce.number} is this file.\n` : patch);
  return patch === '' ? 0 : 1;
}

/**
 * Publishes or proposes the file. What fails its own tests isn't even sent, and the gateway runs them
 * again.
 *
 * @returns 0 where it is in force, or proposed; 1 where a test failed
 * @throws LauncherError `gateway_refused`, `bad_policy` and what reading files throws
 */
export async function apply(
  file: string,
  gateway: GatewayAddress,
  { note, propose, overwrite }: ApplyOptions,
  print: Print,
): Promise<number> {
  const files = await readFiles(file);
  const failed = await failedCases(file);
  if (failed.length > 0) {
    await print(`${failed.map((line) => `✗ ${line}\n`).join('')}\nNothing was sent.\n`);
    return 1;
  }
  const inForce = await readInForce(gateway);
  if (patchOf(file, inForce, files) === '') {
    await print(`Nothing to do: version ${inForce.number} is this file.\n`);
    return 0;
  }
  if (!inForce.byPipeline && !overwrite) throw changedInConsole(file, inForce);
  const result = await sendPolicy(gateway, {
    ...files,
    base: inForce.number,
    note: note ?? `Applied from ${file}`,
    propose,
  });
  await print(
    result.kind === 'published'
      ? `Published as version ${result.number}.\n`
      : `Proposed. An admin publishes it at ${printable(result.url)}\n`,
  );
  return 0;
}

/** Writes what is in force to a file that isn't there yet, and its test cases beside it. */
export async function exportTo(
  file: string,
  gateway: GatewayAddress,
  print: Print,
): Promise<number> {
  const testsFile = testsFileOf(file);
  const { number, source, cases } = await readInForce(gateway);
  const wanted = [
    { name: file, text: source },
    ...(cases === '' ? [] : [{ name: testsFile, text: cases }]),
  ];
  for (const { name, text } of wanted) {
    try {
      await writeFile(name, text, { flag: 'wx' });
    } catch (cause) {
      const message = existsSync(name)
        ? `${name} is there already and was left as it is.`
        : `${name} can't be written.`;
      throw new LauncherError('unreadable_file', message, { cause });
    }
    await print(`${name}: version ${number}\n`);
  }
  return 0;
}

async function readFiles(file: string): Promise<PolicyFiles> {
  const testsFile = testsFileOf(file);
  return {
    source: await readText(file),
    cases: existsSync(testsFile) ? await readText(testsFile) : '',
  };
}

async function failedCases(file: string): Promise<readonly string[]> {
  const compiled = await readPolicy(file);
  const testsFile = testsFileOf(file);
  if (!existsSync(testsFile)) return [];
  const results = (await readCases(testsFile)).map((one) => runCase(compiled, one, new Date()));
  return results.flatMap(({ case: one, differences }) =>
    differences.length === 0
      ? []
      : [`${one.description} (${testsFile}:${one.line})\n    ${differences.join('\n    ')}`],
  );
}

/** Empty where both are the same text. */
function patchOf(file: string, inForce: PolicySyncState, files: PolicyFiles): string {
  const version = `version ${inForce.number}`;
  const pairs = [
    { name: file, before: inForce.source, after: files.source },
    { name: testsFileOf(file), before: inForce.cases, after: files.cases },
  ];
  return pairs
    .filter(({ before, after }) => before !== after)
    .map(({ name, before, after }) =>
      printable(createTwoFilesPatch(`${name} (${version})`, name, before, after)),
    )
    .join('');
}

/** The file can't know what was changed elsewhere: publishing it would take that back. */
function changedInConsole(file: string, { number, publishedBy }: PolicySyncState): LauncherError {
  const by = printable(publishedBy);
  return new LauncherError(
    'gateway_refused',
    `Version ${number} was published in the console, by ${by}, so ${file} may lack what it changed.\n` +
      `Compare them with "holdpoint policy diff ${file}". To publish the file all the same, add --overwrite.`,
  );
}
