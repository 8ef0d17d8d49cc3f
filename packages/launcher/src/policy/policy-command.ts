import { createReadStream } from 'node:fs';
import { parseArgs } from 'node:util';
import { runCase } from '@holdpoint/policy/cases';
import { LauncherError } from '../launcher.error.ts';
import { gatewayAddress } from './gateway-api.ts';
import { judgeLines } from './judge.ts';
import { readCases, readPolicy, testsFileOf, unreadable } from './policy-file.ts';
import { apply, diff, exportTo } from './sync.ts';

const USAGE = `Usage: holdpoint policy judge <policy.yaml> <calls.jsonl>
       holdpoint policy test <policy.yaml> [<tests.yaml>]
       holdpoint policy diff <policy.yaml> [--server <url>]
       holdpoint policy apply <policy.yaml> [--note <text>] [--propose] [--overwrite] [--server <url>]
       holdpoint policy export <policy.yaml> [--server <url>]

  judge   judges every call of a file (- for standard input), one line in, one line out
  test    runs the tests beside the policy: policy.tests.yaml for policy.yaml
  diff    compares the file with what is in force
  apply   tests the file and publishes it; --propose leaves that to an admin in the console,
          --overwrite takes back what was published in the console
  export  writes what is in force to a new file

judge and test need no gateway. The others take its address from --server or HOLDPOINT_URL, and
their right from the policy token in HOLDPOINT_POLICY_TOKEN.

Exit code: 0 fine, 1 a call that can't be read, a test that failed or a difference,
           2 a policy, file or gateway that can't be used
`;

/**
 * `holdpoint policy …`. Only results go to standard output.
 *
 * @returns the exit code
 */
export async function policy(args: readonly string[]): Promise<number> {
  const [command, ...files] = args;
  const [policyFile = '', second] = files;
  try {
    enterFolderOfCaller();
    // Each write reports its own failure; without a listener the event would end the process first.
    process.stdout.on('error', () => undefined);
    if (command === 'judge' && files.length === 2) return await judge(policyFile, second ?? '');
    if (command === 'test' && (files.length === 1 || files.length === 2)) {
      return await test(policyFile, second ?? testsFileOf(policyFile));
    }
    if (command === 'diff' || command === 'apply' || command === 'export') {
      return await sync(command, files);
    }
    process.stderr.write(USAGE);
    return 2;
  } catch (error) {
    if (isClosedPipe(error)) return 0;
    if (!(error instanceof LauncherError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

/**
 * npx first changes into the workspace that it was called in. Only where it started this command
 * itself: a program that npx started may run us in a folder of its choice.
 */
function enterFolderOfCaller(): void {
  const {
    npm_lifecycle_event: event,
    npm_lifecycle_script: script,
    INIT_CWD: folder,
  } = process.env;
  const byNpx = event === 'npx' && /^'?holdpoint'?(?:\s|$)/.test(script ?? '');
  if (byNpx && folder !== undefined) process.chdir(folder);
}

async function judge(policyFile: string, callsFile: string): Promise<number> {
  const compiled = await readPolicy(policyFile);
  let failed = false;
  for await (const answer of judgeLines(compiled, chunksOf(callsFile), () => new Date())) {
    failed ||= 'error' in answer;
    await print(`${JSON.stringify(answer)}\n`);
  }
  return failed ? 1 : 0;
}

async function test(policyFile: string, testsFile: string): Promise<number> {
  const compiled = await readPolicy(policyFile);
  const cases = await readCases(testsFile);
  const results = cases.map((one) => runCase(compiled, one, new Date()));
  for (const { case: one, differences } of results) {
    if (differences.length === 0) {
      await print(`✓ ${one.description}\n`);
    } else {
      const details = differences.map((difference) => `    ${difference}\n`).join('');
      await print(`✗ ${one.description} (${testsFile}:${one.line})\n${details}`);
    }
  }
  const failed = results.filter(({ differences }) => differences.length > 0).length;
  await print(`\n${results.length - failed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

/** The commands that talk to a gateway. */
async function sync(
  command: 'diff' | 'apply' | 'export',
  args: readonly string[],
): Promise<number> {
  const { values, positionals } = syncArguments(args);
  const [file, ...rest] = positionals;
  if (file === undefined || rest.length > 0) throw new LauncherError('bad_option', USAGE);
  const gateway = gatewayAddress(values.server, process.env);
  if (command === 'diff') return diff(file, gateway, print);
  if (command === 'export') return exportTo(file, gateway, print);
  const { note, propose = false, overwrite = false } = values;
  return apply(file, gateway, { note, propose, overwrite }, print);
}

function syncArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        server: { type: 'string' },
        note: { type: 'string' },
        propose: { type: 'boolean' },
        overwrite: { type: 'boolean' },
      },
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'Unknown options.';
    throw new LauncherError('bad_option', `${reason}\n\n${USAGE}`, { cause });
  }
}

async function* chunksOf(file: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    const stream: AsyncIterable<Uint8Array> = file === '-' ? process.stdin : createReadStream(file);
    yield* stream;
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

/** Waits for a slow reader, so that a long file doesn't pile up in memory. */
function print(text: string): Promise<void> {
  return new Promise((done, fail) => {
    process.stdout.write(text, (error) => (error == null ? done() : fail(error)));
  });
}

/** `… | head` has read enough. */
function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}
