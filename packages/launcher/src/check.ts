import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from './build.ts';
import { ROOT } from './paths.ts';
import { add, readJestReport, readPlaywrightReport, tallyOf, type Tally } from './test-report.ts';

/**
 * Checks that pass or fail as a whole, the fast ones first. Each is a script of package.json. The
 * database client comes before all: types, lint and tests look at what is generated.
 */
const STATIC_CHECKS = ['generate', 'format:check', 'lint', 'typecheck', 'arch', 'unused'];

/**
 * `npm test` and `npm run check`: everything that must hold, summed into one closing line. A failed
 * step doesn't stop the next ones: one run tells all there is to fix.
 */
export function check(): Promise<number> {
  return sumUp([
    ...STATIC_CHECKS.map((name) => () => staticCheck(name)),
    (reports) => jest('test:unit', join(reports, 'unit.json')),
    build,
    (reports) => jest('test:int', join(reports, 'integration.json')),
    (reports) => playwright('test:e2e', join(reports, 'e2e.json')),
  ]);
}

/** `npm run test:long`: what takes hours, and is run before a release instead of on every change. */
export function checkLong(): Promise<number> {
  return sumUp([
    () => staticCheck('generate'),
    build,
    (reports) => jest('test:long-specs', join(reports, 'long.json')),
    (reports) => playwright('test:long-e2e', join(reports, 'long-e2e.json')),
  ]);
}

type Step = (reports: string) => Promise<Tally>;

async function sumUp(steps: readonly Step[]): Promise<number> {
  const reports = await mkdtemp(join(tmpdir(), 'holdpoint-reports-'));
  try {
    let total: Tally = { passed: 0, failed: 0 };
    for (const step of steps) total = add(total, await step(reports));
    console.log(`\n${total.passed} passed, ${total.failed} failed`);
    return total.failed === 0 ? 0 : 1;
  } finally {
    await rm(reports, { recursive: true, force: true });
  }
}

async function staticCheck(name: string): Promise<Tally> {
  const exitCode = await runScript(name);
  return exitCode === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** The stack's tests run what is built. */
async function build(): Promise<Tally> {
  console.log('\n— build');
  try {
    await ensureBuilt(new AbortController().signal, () => undefined);
    return { passed: 1, failed: 0 };
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return { passed: 0, failed: 1 };
  }
}

async function jest(script: string, reportFile: string): Promise<Tally> {
  const exitCode = await runScript(script, ['--json', `--outputFile=${reportFile}`]);
  return tallyOf(exitCode, await readReport(reportFile), readJestReport);
}

async function playwright(script: string, reportFile: string): Promise<Tally> {
  const exitCode = await runScript(script, ['--', '--reporter=list,json'], {
    PLAYWRIGHT_JSON_OUTPUT_FILE: reportFile,
  });
  return tallyOf(exitCode, await readReport(reportFile), readPlaywrightReport);
}

function readReport(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}

function runScript(
  name: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  console.log(`\n— ${name}`);
  return new Promise((resolve, reject) => {
    const child = spawn('npm', ['run', '--silent', name, '--', ...args], {
      cwd: ROOT,
      // Jest with --json repeats the whole report on its standard output unless told a file.
      stdio: 'inherit',
      env: { ...process.env, ...env },
    });
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}
