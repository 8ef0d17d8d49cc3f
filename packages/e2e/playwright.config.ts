import { defineConfig } from '@playwright/test';
import { z } from 'zod';
import { findBrowser } from './src/browser.ts';

const browser = await findBrowser();
/** What takes too long for every change lies in `src/long/`; `npm run test:long` runs it, and only it. */
const which = z
  .enum(['browser', 'alone', 'long'])
  .default('browser')
  .parse(process.env['HOLDPOINT_E2E']);

/** With no browser beside them: a matter of moments, or of answers within half a second. */
const ALONE = [/\/src\/faults\/.*\.spec\.ts$/, /\/conformance(-connector)?\.spec\.ts$/];

export default defineConfig({
  testDir: which === 'long' ? './src/long' : './src',
  testMatch: which === 'alone' ? ALONE : /.*\.spec\.ts/,
  testIgnore: which === 'browser' ? [/\/src\/long\//, ...ALONE] : [],
  outputDir: './test-results/artifacts',
  globalSetup: './src/global-setup.ts',
  // A stack for each worker, with its one counter of executions: two tests at once on the same stack
  // could not tell whose call ran.
  workers: which === 'long' ? 1 : 2,
  fullyParallel: false,
  // A test that passes on the second try has found something; the gate tries again, and names it.
  retries: 0,
  // A run that hangs says so, instead of being cut off.
  globalTimeout: (which === 'long' ? 10 * 60 : 45) * 60_000,
  forbidOnly: process.env['CI'] !== undefined,
  timeout: 180_000,
  expect: { timeout: 30_000 },
  reporter: [['list'], ['json', { outputFile: './test-results/results.json' }]],
  use: {
    browserName: 'chromium',
    viewport: { width: 1280, height: 800 },
    actionTimeout: 30_000,
    navigationTimeout: 60_000,
    // The page at each step can be looked at; pictures of it all the while cost the machine too much.
    trace: { mode: 'retain-on-failure', screenshots: false },
    launchOptions: browser,
  },
});
