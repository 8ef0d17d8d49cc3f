import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { constants, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from './build.ts';
import { ROOT } from './paths.ts';
import {
  add,
  closingLines,
  failedAs,
  failedSuitesOf,
  gistOf,
  lastLines,
  NOTHING,
  PASSED,
  readJestReport,
  readPlaywrightReport,
  readSecondTry,
  tallyOf,
  type Tally,
} from './test-report.ts';

/**
 * `npm test` and `npm run check`: everything that must hold, summed into one closing line. A failed
 * step doesn't stop the next ones: one run tells all there is to fix.
 */
export function check(): Promise<number> {
  return sumUp([
    // Types, lint and tests look at the database client that is generated.
    staticCheck('generate'),
    sideBySide(
      ['arch', 'unused', 'typecheck'].map((name) => staticCheck(name)),
      [staticCheck('format:check'), BUILD],
    ),
    jest('test:unit', 'unit.json'),
    // Which waits for databases and timers a third of its time.
    sideBySide([jest('test:int', 'integration.json')], [staticCheck('lint', LEFTOVERS)]),
    playwright('test:e2e', 'e2e.json'),
    playwright('test:alone', 'alone.json'),
  ]);
}

/** `npm run test:long`: what takes hours, and is run before a release instead of on every change. */
export function checkLong(): Promise<number> {
  return sumUp([
    staticCheck('generate'),
    BUILD,
    jest('test:long-specs', 'long.json', ONCE),
    playwright('test:long-e2e', 'long-e2e.json', ONCE),
  ]);
}

interface Step {
  /** `null`: its parts have names. */
  readonly name: string | null;
  readonly run: (run: Run) => Promise<Tally>;
}

interface Run {
  /** A folder for reports. */
  readonly reports: string;
  /** How long each step took, in words. */
  readonly times: string[];
}

async function sumUp(steps: readonly Step[]): Promise<number> {
  const reports = await mkdtemp(join(tmpdir(), 'holdpoint-reports-'));
  try {
    const run: Run = { reports, times: [] };
    const total = await inTurn(steps, run);
    console.log(`\nTook: ${run.times.join(', ')}`);
    console.log(closingLines(total));
    return total.failed === 0 ? 0 : 1;
  } finally {
    await rm(reports, { recursive: true, force: true });
  }
}

async function inTurn(steps: readonly Step[], run: Run): Promise<Tally> {
  let total = NOTHING;
  for (const step of steps) {
    if (step.name !== null) console.log(`\n— ${step.name}`);
    const startedAt = performance.now();
    total = add(total, await step.run(run));
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    if (step.name !== null) run.times.push(`${step.name} ${seconds} s`);
  }
  return total;
}

/** Rows of steps at the same time, each row in turn. */
function sideBySide(...rows: readonly (readonly Step[])[]): Step {
  const run = async (of: Run): Promise<Tally> => {
    const tallies = await Promise.all(rows.map((steps) => inTurn(steps, of)));
    return tallies.reduce(add);
  };
  return { name: null, run };
}

/** Only what nothing else on the machine wants to do. */
const LEFTOVERS = constants.priority.PRIORITY_LOW;

/** A check that passes or fails as a whole: a script of package.json. */
function staticCheck(name: string, priority?: number): Step {
  const run = async (): Promise<Tally> => {
    const { exitCode, said } = await runAndCollect(name, priority);
    // At once, so that checks that run side by side don't talk into each other.
    console.log(exitCode === 0 ? `\n✓ ${name}\n${said}` : `\n✗ ${name}\n${said}`);
    return exitCode === 0 ? PASSED : failedAs(name, lastLines(said));
  };
  return { name, run };
}

/** The stack's tests run what is built. */
const BUILD: Step = {
  name: 'build',
  run: async () => {
    try {
      await ensureBuilt(new AbortController().signal, () => undefined);
      return PASSED;
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      return failedAs('build', gistOf(error instanceof Error ? error.message : String(error)));
    }
  },
};

/** What takes hours is not tried again. */
const ONCE = { triesAgain: false };
const TWICE = { triesAgain: true };
/** More suites than these don't fail by an accident of the machine. */
const SUITES_TRIED_AGAIN = 3;

/** A few suites that fail are tried once more, alone; what passes then is named at the end. */
function jest(script: string, reportFile: string, { triesAgain } = TWICE): Step {
  const once = async (file: string, only: readonly string[] = []) => {
    const child = spawnScript(script, [
      ...['--json', `--outputFile=${file}`],
      ...(only.length === 0 ? [] : ['--runTestsByPath', ...only]),
    ]);
    return { exitCode: await exitOf(child), report: await readReport(file) };
  };
  const run = async ({ reports }: Run): Promise<Tally> => {
    const first = await once(join(reports, reportFile));
    const tally = tallyOf(script, first.exitCode, first.report, readJestReport);
    if (!triesAgain || tally.failed === 0 || first.report === undefined) return tally;
    const suites = failedSuites(first.report);
    if (suites.length === 0 || suites.length > SUITES_TRIED_AGAIN) return tally;
    console.log(`\n— ${script}, what failed once more`);
    const second = await once(join(reports, `again-${reportFile}`), suites);
    return tallyOf(script, second.exitCode, second.report, readSecondTry(first.report));
  };
  return { name: script, run };
}

function failedSuites(report: string): readonly string[] {
  try {
    return failedSuitesOf(report);
  } catch {
    return [];
  }
}

/** As with Jest: what fails is tried once more, on a stack of its own. */
function playwright(script: string, reportFile: string, { triesAgain } = TWICE): Step {
  const run = async ({ reports }: Run): Promise<Tally> => {
    const file = join(reports, reportFile);
    const child = spawnScript(
      script,
      ['--', '--reporter=list,json', `--retries=${triesAgain ? 1 : 0}`],
      {
        PLAYWRIGHT_JSON_OUTPUT_FILE: file,
      },
    );
    return tallyOf(script, await exitOf(child), await readReport(file), readPlaywrightReport);
  };
  return { name: script, run };
}

function readReport(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}

function spawnScript(
  name: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  output: 'inherit' | 'pipe' = 'inherit',
): ChildProcess {
  return spawn('npm', ['run', '--silent', name, '--', ...args], {
    cwd: ROOT,
    // Jest with --json repeats the whole report on its standard output unless told a file.
    stdio: ['inherit', output, output],
    env: { ...process.env, ...env },
  });
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

async function runAndCollect(
  name: string,
  priority?: number,
): Promise<{ exitCode: number; said: string }> {
  const colours: Record<string, string> = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
  const child = spawnScript(name, [], colours, 'pipe');
  if (priority !== undefined && child.pid !== undefined) setPriority(child.pid, priority);
  let said = '';
  const keep = (chunk: Buffer): void => void (said += chunk.toString());
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return { exitCode: await exitOf(child), said };
}
