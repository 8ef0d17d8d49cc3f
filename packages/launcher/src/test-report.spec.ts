import { readJestReport, readPlaywrightReport, tallyOf } from './test-report.ts';

describe('the closing tally', () => {
  it('reads Jest, counting a suite that did not load as a failure', () => {
    const report = { numPassedTests: 7, numFailedTests: 1, numRuntimeErrorTestSuites: 2 };
    expect(readJestReport(JSON.stringify(report))).toEqual({ passed: 7, failed: 3 });
  });

  it('reads Playwright', () => {
    const report = { stats: { expected: 3, unexpected: 1, flaky: 1 }, errors: [] };
    expect(readPlaywrightReport(JSON.stringify(report))).toEqual({ passed: 4, failed: 1 });
  });

  it.each([
    ['a missing report fails', 0, undefined, { passed: 0, failed: 1 }],
    ['an unreadable report fails', 0, '{', { passed: 0, failed: 1 }],
    [
      'a failing exit without a failed test fails',
      1,
      '{"numPassedTests":2,"numFailedTests":0}',
      { passed: 2, failed: 1 },
    ],
    ['a clean run passes', 0, '{"numPassedTests":2,"numFailedTests":0}', { passed: 2, failed: 0 }],
  ])('%s', (_description, exitCode, report, expected) => {
    expect(tallyOf(exitCode, report, readJestReport)).toEqual(expected);
  });
});
