import {
  add,
  closingLines,
  failedAs,
  failedSuitesOf,
  gistOf,
  lastLines,
  PASSED,
  readJestReport,
  readPlaywrightReport,
  readSecondTry,
  tallyOf,
} from './test-report.ts';

const JEST = {
  testResults: [
    {
      name: '/somewhere/apps/gateway/src/holds/hold.int.spec.ts',
      status: 'failed',
      message: 'the same once more, with code around it',
      assertionResults: [
        { fullName: 'a hold lives', status: 'passed', failureMessages: [] },
        {
          fullName: 'a hold ends',
          status: 'failed',
          failureMessages: [
            'Error: \u001b[2mexpect(\u001b[22mreceived).toBe(expected)\n\nExpected: 1\nReceived: 2\n    at x (/somewhere/node_modules/packages/jest.js:3:1)\n    at y (/somewhere/apps/gateway/src/holds/hold.int.spec.ts:3:1)',
          ],
        },
      ],
    },
    {
      name: '/somewhere/packages/mcp/src/frame.spec.ts',
      status: 'failed',
      message:
        '  ● Test suite failed to run\n\n    Cannot find module ./frame.ts\n\n    > 1 | import\n        | ^\n      at x',
      assertionResults: [],
    },
    { name: '/somewhere/packages/mcp/src/b.spec.ts', status: 'passed', assertionResults: [] },
  ],
};

const TWO_PASSED = JSON.stringify({
  testResults: [
    {
      name: '/somewhere/packages/mcp/src/b.spec.ts',
      status: 'passed',
      assertionResults: [
        { fullName: 'one', status: 'passed' },
        { fullName: 'two', status: 'passed' },
        { fullName: 'three', status: 'pending' },
      ],
    },
  ],
});

const PLAYWRIGHT = {
  stats: { expected: 3, unexpected: 1, flaky: 1 },
  errors: [{ message: 'Error: the stack did not start' }],
  suites: [
    {
      title: 'inbox.spec.ts',
      file: 'inbox.spec.ts',
      specs: [
        {
          title: 'a call waits',
          file: 'inbox.spec.ts',
          line: 9,
          tests: [{ status: 'expected', results: [{ errors: [] }] }],
        },
        {
          title: 'a call is sent',
          file: 'inbox.spec.ts',
          line: 44,
          tests: [
            {
              status: 'flaky',
              results: [
                { errors: [{ message: 'Error: the connection was reset' }] },
                { errors: [] },
              ],
            },
          ],
        },
      ],
      suites: [
        {
          title: 'on a phone',
          file: 'inbox.spec.ts',
          specs: [
            {
              title: 'a call is denied',
              file: 'inbox.spec.ts',
              line: 33,
              tests: [
                {
                  status: 'unexpected',
                  results: [
                    {
                      errors: [
                        { message: 'Test timeout of 90000ms exceeded.' },
                        { message: 'Error: locator.click: Target page closed\n    at x.ts:1:1' },
                      ],
                    },
                  ],
                },
              ],
            },
          ],
        },
      ],
    },
  ],
};

describe('the closing tally', () => {
  it('reads Jest, counting a suite that did not load as a failure', () => {
    expect(readJestReport(JSON.stringify(JEST))).toEqual({
      passed: 1,
      failed: 2,
      failures: [
        {
          name: 'apps/gateway/src/holds/hold.int.spec.ts › a hold ends',
          because:
            'Error: expect(received).toBe(expected) | Expected: 1 | Received: 2 (at apps/gateway/src/holds/hold.int.spec.ts:3:1)',
        },
        { name: 'packages/mcp/src/frame.spec.ts', because: 'Cannot find module ./frame.ts' },
      ],
      unsteady: [],
    });
  });

  it('reads Playwright, whose suites lie in one another', () => {
    expect(readPlaywrightReport(JSON.stringify(PLAYWRIGHT))).toEqual({
      passed: 4,
      failed: 2,
      failures: [
        {
          name: 'inbox.spec.ts:33 › on a phone › a call is denied',
          because: 'Test timeout of 90000ms exceeded. / Error: locator.click: Target page closed',
        },
        { name: 'outside of any test', because: 'Error: the stack did not start' },
      ],
      unsteady: [
        { name: 'inbox.spec.ts:44 › a call is sent', because: 'Error: the connection was reset' },
      ],
    });
  });

  it.each([
    ['a missing report fails', 0, undefined, 0, 'ended with 0 and left no report'],
    ['an unreadable report fails', 1, '{', 0, "ended with 1 and left a report that can't be read"],
    [
      'a failing exit without a failed test fails',
      1,
      TWO_PASSED,
      2,
      'ended with 1, though no test failed',
    ],
  ])('%s', (_description, exitCode, report, passed, because) => {
    expect(tallyOf('test:unit', exitCode, report, readJestReport)).toEqual({
      passed,
      failed: 1,
      failures: [{ name: 'test:unit', because }],
      unsteady: [],
    });
  });

  it('a clean run passes', () => {
    expect(tallyOf('test:unit', 0, TWO_PASSED, readJestReport)).toEqual({
      passed: 2,
      failed: 0,
      failures: [],
      unsteady: [],
    });
  });
});

describe('a second try', () => {
  const first = JSON.stringify(JEST);
  const [holds, frame, other] = JEST.testResults;
  const passed = {
    ...holds,
    status: 'passed',
    assertionResults: [
      { fullName: 'a hold lives', status: 'passed' },
      { fullName: 'a hold ends', status: 'passed' },
    ],
  };

  it('is of the suites that failed', () => {
    expect(failedSuitesOf(first)).toEqual([holds?.name, frame?.name]);
    expect(other?.status).toBe('passed');
  });

  it('counts instead of the first, and what it changed is named', () => {
    const second = JSON.stringify({ testResults: [passed, frame] });
    const tally = readSecondTry(first)(second);
    expect(tally).toMatchObject({ passed: 2, failed: 1 });
    expect(tally.unsteady.map(({ name }) => name)).toEqual([
      'apps/gateway/src/holds/hold.int.spec.ts › a hold ends',
    ]);
    expect(tally.failures.map(({ name }) => name)).toEqual(['packages/mcp/src/frame.spec.ts']);
  });

  // Guarantee: a second run that ends too early hides nothing.
  it('changes nothing about a suite that it did not run', () => {
    const { failed } = readSecondTry(first)(JSON.stringify({ testResults: [passed] }));
    expect(failed).toBe(1);
    expect(tallyOf('test:int', 1, undefined, readSecondTry(first)).failed).toBe(1);
  });

  it('that fails elsewhere names that, too', () => {
    const worse = {
      ...passed,
      status: 'failed',
      assertionResults: [{ fullName: 'a hold lives', status: 'failed', failureMessages: ['no'] }],
    };
    const tally = readSecondTry(first)(JSON.stringify({ testResults: [worse, frame] }));
    expect(tally.failures.map(({ name }) => name)).toEqual([
      'apps/gateway/src/holds/hold.int.spec.ts › a hold lives',
      'packages/mcp/src/frame.spec.ts',
    ]);
  });
});

describe('the closing lines', () => {
  it('name everything that failed right above the last line', () => {
    const total = [
      PASSED,
      failedAs('lint', lastLines('a.ts\n  3:1  error  no-console\n\n✖ 1 problem\n')),
      readJestReport(JSON.stringify(JEST)),
      readPlaywrightReport(JSON.stringify(PLAYWRIGHT)),
    ].reduce(add);
    expect(closingLines(total)).toBe(`
Passed only when tried again:
  ~ inbox.spec.ts:44 › a call is sent
      Error: the connection was reset

Failed:
  ✗ lint
      a.ts
        3:1  error  no-console
      ✖ 1 problem
  ✗ apps/gateway/src/holds/hold.int.spec.ts › a hold ends
      Error: expect(received).toBe(expected) | Expected: 1 | Received: 2 (at apps/gateway/src/holds/hold.int.spec.ts:3:1)
  ✗ packages/mcp/src/frame.spec.ts
      Cannot find module ./frame.ts
  ✗ inbox.spec.ts:33 › on a phone › a call is denied
      Test timeout of 90000ms exceeded. / Error: locator.click: Target page closed
  ✗ outside of any test
      Error: the stack did not start

6 passed, 5 failed`);
  });

  it('are one line when nothing failed', () => {
    expect(closingLines(PASSED)).toBe('\n1 passed, 0 failed');
  });

  it('keep a long message short', () => {
    const gist = gistOf(`Error: no\n${'x'.repeat(10_000)}`);
    expect(gist).toHaveLength(600);
    expect(gistOf('')).toBe('it said nothing');
    expect(lastLines(Array.from({ length: 500 }, (_, n) => n).join('\n'))).toMatch(/^480\n/);
  });
});
