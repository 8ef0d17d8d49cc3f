import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';

/** How many passed and failed, and what failed. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly failures: readonly Failure[];
  /** What failed, and passed when it was tried once more: counted as passed, and named. */
  readonly unsteady: readonly Failure[];
}

/** One thing that failed: its full name, and the first of what it said. */
export interface Failure {
  readonly name: string;
  readonly because: string;
}

const jestReport = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().default(''),
      assertionResults: z.array(
        z.object({
          fullName: z.string(),
          status: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
});
type JestSuite = z.infer<typeof jestReport>['testResults'][number];

const playwrightError = z.object({ message: z.string().default('') });
const playwrightSpec = z.object({
  title: z.string(),
  file: z.string(),
  line: z.int(),
  tests: z.array(
    z.object({
      status: z.string(),
      results: z.array(z.object({ errors: z.array(playwrightError).default([]) })),
    }),
  ),
});
const playwrightSuite = z.object({
  title: z.string(),
  file: z.string(),
  specs: z.array(playwrightSpec).default([]),
  get suites() {
    return z.array(playwrightSuite).default([]);
  },
});
type PlaywrightSuite = z.infer<typeof playwrightSuite>;
const playwrightReport = z.object({
  stats: z.object({ expected: z.int(), unexpected: z.int(), flaky: z.int().default(0) }),
  errors: z.array(playwrightError).default([]),
  suites: z.array(playwrightSuite).default([]),
});

/** Reads Jest's `--json` output. A suite that could not even load counts as one failure. */
export function readJestReport(text: string): Tally {
  return tallyOfSuites(jestReport.parse(JSON.parse(text)).testResults);
}

function tallyOfSuites(suites: readonly JestSuite[]): Tally {
  const failures = suites.flatMap(failuresOfJest);
  const passed = suites
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'passed');
  return { passed: passed.length, failed: failures.length, failures, unsteady: [] };
}

/** The files of Jest's suites with a failure. */
export function failedSuitesOf(text: string): readonly string[] {
  const { testResults } = jestReport.parse(JSON.parse(text));
  return testResults.filter((suite) => failuresOfJest(suite).length > 0).map(({ name }) => name);
}

/** Reads two runs of Jest as one: of a suite that ran in both, the second counts. */
export function readSecondTry(first: string): (second: string) => Tally {
  return (second) => {
    const again = jestReport.parse(JSON.parse(second)).testResults;
    const names = new Set(again.map(({ name }) => name));
    const before = jestReport.parse(JSON.parse(first)).testResults;
    const others = before.filter(({ name }) => !names.has(name));
    const failedBefore = before.filter(({ name }) => names.has(name)).flatMap(failuresOfJest);
    const total = tallyOfSuites([...others, ...again]);
    const stillFailing = new Set(total.failures.map(({ name }) => name));
    return { ...total, unsteady: failedBefore.filter(({ name }) => !stillFailing.has(name)) };
  };
}

function failuresOfJest({ name: path, status, message, assertionResults }: JestSuite): Failure[] {
  const suite = path.replace(/^.*?\/(?=(?:apps|packages)\/)/, '');
  const failed = assertionResults.filter((result) => result.status === 'failed');
  // One that did not load has no tests, and tells why in its own message.
  if (failed.length === 0) {
    return status === 'failed' ? [{ name: suite, because: gistOf(message) }] : [];
  }
  return failed.map(({ fullName, failureMessages }) => ({
    name: `${suite} › ${fullName}`,
    because: gistOf(failureMessages?.[0] ?? ''),
  }));
}

/** Reads the output of Playwright's JSON reporter. A test that passed only on retry passed. */
export function readPlaywrightReport(text: string): Tally {
  const { stats, errors, suites } = playwrightReport.parse(JSON.parse(text));
  return {
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected + errors.length,
    failures: [
      ...suites.flatMap((suite) => namedByPlaywright('unexpected', suite, [])),
      ...errors.map(({ message }) => ({ name: 'outside of any test', because: gistOf(message) })),
    ],
    unsteady: suites.flatMap((suite) => namedByPlaywright('flaky', suite, [])),
  };
}

function namedByPlaywright(
  wanted: 'unexpected' | 'flaky',
  suite: PlaywrightSuite,
  above: readonly string[],
): Failure[] {
  // The outermost suite is the file itself, which each spec names with its line.
  const titles = suite.title === suite.file ? above : [...above, suite.title];
  const here = suite.specs.flatMap(({ file, line, title, tests }) =>
    tests
      .filter(({ status }) => status === wanted)
      .map(({ results }) => ({
        name: [`${file}:${line}`, ...titles, title].join(' › '),
        because: results
          .flatMap((result) => result.errors)
          .map(({ message }) => gistOf(message))
          .join(' / '),
      })),
  );
  return [...here, ...suite.suites.flatMap((inner) => namedByPlaywright(wanted, inner, titles))];
}

/**
 * What a run counts for. A failing exit with no failure in the report (a crash, a missing report)
 * is a failure all the same.
 */
export function tallyOf(
  name: string,
  exitCode: number,
  report: string | undefined,
  read: (text: string) => Tally,
): Tally {
  if (report === undefined) return failedAs(name, `ended with ${exitCode} and left no report`);
  try {
    const tally = read(report);
    if (exitCode === 0 || tally.failed > 0) return tally;
    return add(tally, failedAs(name, `ended with ${exitCode}, though no test failed`));
  } catch {
    return failedAs(name, `ended with ${exitCode} and left a report that can't be read`);
  }
}

/** Where a sum begins. */
export const NOTHING: Tally = { passed: 0, failed: 0, failures: [], unsteady: [] };

/** A step that passes as a whole. */
export const PASSED: Tally = { passed: 1, failed: 0, failures: [], unsteady: [] };

/** A step that fails as a whole. */
export function failedAs(name: string, because: string): Tally {
  return { passed: 0, failed: 1, failures: [{ name, because }], unsteady: [] };
}

export function add(a: Tally, b: Tally): Tally {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    failures: [...a.failures, ...b.failures],
    unsteady: [...a.unsteady, ...b.unsteady],
  };
}

/**
 * The last lines of a run. Who reads only the end of a long output still reads what failed and why;
 * the closing line comes last, for whoever reads only that.
 */
export function closingLines({ passed, failed, failures, unsteady }: Tally): string {
  const lines = [
    ...listed('Passed only when tried again:', '~', unsteady),
    ...listed('Failed:', '✗', failures),
  ];
  return [...lines, '', `${passed} passed, ${failed} failed`].join('\n');
}

function listed(title: string, sign: string, all: readonly Failure[]): readonly string[] {
  if (all.length === 0) return [];
  return ['', title, ...all.map(({ name, because }) => `  ${sign} ${name}\n      ${because}`)];
}

const GIST_LINES = 8;
const GIST_CHARACTERS = 600;
const STACK_LINE = /^at\s/;
const CODE_AROUND = /^(>?\s*\d+)?\s*\|/;
const OUR_PLACE = /\b(?:apps|packages)\/[^\s()]+:\d+/;

/** The first lines of a message that say something, and its place in this repository. */
export function gistOf(message: string): string {
  const lines = stripVTControlCharacters(message)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('●') && !CODE_AROUND.test(line));
  const said = lines.filter((line) => !STACK_LINE.test(line)).slice(0, GIST_LINES);
  const gist = said.length === 0 ? 'it said nothing' : said.join(' | ').slice(0, GIST_CHARACTERS);
  const place = lines
    .filter((line) => STACK_LINE.test(line) && !line.includes('node_modules'))
    .flatMap((line) => OUR_PLACE.exec(line) ?? []);
  return place[0] === undefined ? gist : `${gist} (at ${place[0]})`;
}

const LAST_LINES = 20;

/** The last lines of what a check wrote: its verdict, and for a short one the whole finding. */
export function lastLines(output: string): string {
  const lines = stripVTControlCharacters(output)
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
  return lines.length === 0 ? 'it said nothing' : lines.slice(-LAST_LINES).join('\n      ');
}
