import { z } from 'zod';

/** How many passed and failed. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

const jestReport = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numRuntimeErrorTestSuites: z.int().default(0),
});

const playwrightReport = z.object({
  stats: z.object({ expected: z.int(), unexpected: z.int(), flaky: z.int().default(0) }),
  errors: z.array(z.unknown()).default([]),
});

/** Reads Jest's `--json` output. A suite that could not even load counts as one failure. */
export function readJestReport(text: string): Tally {
  const report = jestReport.parse(JSON.parse(text));
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
  };
}

/** Reads the output of Playwright's JSON reporter. A test that passed only on retry passed. */
export function readPlaywrightReport(text: string): Tally {
  const { stats, errors } = playwrightReport.parse(JSON.parse(text));
  return { passed: stats.expected + stats.flaky, failed: stats.unexpected + errors.length };
}

/**
 * What a run counts for. A failing exit with no failure in the report (a crash, a missing report)
 * is a failure all the same.
 */
export function tallyOf(
  exitCode: number,
  report: string | undefined,
  read: (text: string) => Tally,
): Tally {
  const crashed = { passed: 0, failed: 1 };
  if (report === undefined) return crashed;
  try {
    const tally = read(report);
    return exitCode !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally;
  } catch {
    return crashed;
  }
}

export function add(a: Tally, b: Tally): Tally {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed };
}
