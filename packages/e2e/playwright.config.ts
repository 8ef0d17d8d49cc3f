import { defineConfig } from '@playwright/test';
import { findBrowser } from './src/browser.ts';

const browser = await findBrowser();
/** What takes too long for every change lies in `src/long/`; `npm run test:long` runs it, and only it. */
const isLong = process.env['HOLDPOINT_E2E_LONG'] !== undefined;

export default defineConfig({
  testDir: isLong ? './src/long' : './src',
  testIgnore: isLong ? [] : [/\/src\/long\//],
  outputDir: './test-results/artifacts',
  globalSetup: './src/global-setup.ts',
  // One stack, one counter of executions: two tests at once could not tell whose call ran.
  workers: 1,
  fullyParallel: false,
  // A test that passes on the second try has found something.
  retries: 0,
  // A run that hangs says so, instead of being cut off.
  globalTimeout: (isLong ? 10 * 60 : 45) * 60_000,
  forbidOnly: process.env['CI'] !== undefined,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json', { outputFile: './test-results/results.json' }]],
  use: {
    browserName: 'chromium',
    viewport: { width: 1280, height: 800 },
    actionTimeout: 15_000,
    navigationTimeout: 30_000,
    trace: 'retain-on-failure',
    launchOptions: browser,
  },
});
