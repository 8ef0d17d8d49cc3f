import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startStack, type Stack } from '@holdpoint/testkit';
import { test as base, type Page } from '@playwright/test';
import { clearInbox } from './admin.ts';
import { COMPILED_ONCE } from './compiled.ts';
import { World, worldHome, type PersonName } from './world.ts';

export { expect } from '@playwright/test';

/** A stack of the test's own, for what would disturb the others: restarts, a stopped upstream. */
export interface OwnStack {
  readonly stack: Stack;
  readonly world: World;
}

/** In a stack's home: a test failed on it, and what it left behind is anybody's guess. */
const SPOILED = 'spoiled';

/** Upstreams that hang are given up after this long on the own stack. */
const IMPATIENT_MS = 3_000;

interface TestFixtures {
  /** Opens a browser window in which this person is signed in. */
  openAs: (person: PersonName, options?: WindowOptions) => Promise<Page>;
  /** Notes that a test failed on the shared stack: whatever follows gets another one. */
  spoiling: undefined;
  /** Nothing waits in the shared stack's inbox when the test begins. */
  emptyInbox: undefined;
}

export interface WindowOptions {
  readonly world?: World;
  readonly phone?: boolean;
  readonly serviceWorkers?: 'allow';
}

interface WorkerFixtures {
  world: World;
  own: OwnStack;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  world: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the parameter's shape
    async ({}, use, { parallelIndex }) => {
      const shared = process.env[worldHome(parallelIndex)];
      if (shared === undefined) throw new Error('The global setup did not run.');
      const anew = existsSync(join(shared, SPOILED))
        ? await startStack({ gatewayEnv: COMPILED_ONCE })
        : undefined;
      const world = await World.open(anew?.home ?? shared);
      await use(world);
      await world.close();
      await anew?.stop();
    },
    { scope: 'worker', timeout: 300_000 },
  ],

  own: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the parameter's shape
    async ({}, use) => {
      const stack = await startStack({
        gatewayEnv: { ...COMPILED_ONCE, HOLDPOINT_UPSTREAM_TIMEOUT_MS: String(IMPATIENT_MS) },
      });
      const world = await World.open(stack.home);
      await use({ stack, world });
      await world.close();
      await stack.stop();
    },
    { scope: 'worker', timeout: 300_000 },
  ],

  spoiling: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the parameter's shape
    async ({}, use, testInfo) => {
      await use(undefined);
      const shared = process.env[worldHome(testInfo.parallelIndex)];
      if (testInfo.status !== testInfo.expectedStatus && shared !== undefined)
        await writeFile(join(shared, SPOILED), '');
    },
    { auto: true },
  ],

  openAs: async ({ browser, world }, use) => {
    const open: TestFixtures['openAs'] = async (name, options = {}) => {
      const person = await (options.world ?? world).person(name);
      const context = await browser.newContext({
        baseURL: (options.world ?? world).started.console,
        storageState: await person.storageState(),
        viewport: options.phone === true ? PHONE : DESK,
        hasTouch: options.phone === true,
        // A gateway that is down shows as such, not as the worker's page, unless that is the subject.
        serviceWorkers: options.serviceWorkers ?? 'block',
      });
      return context.newPage();
    };
    await use(open);
    for (const context of browser.contexts()) await context.close();
  },

  emptyInbox: async ({ world }, use) => {
    await clearInbox(world);
    await use(undefined);
  },
});

export const PHONE = { width: 390, height: 844 };
export const DESK = { width: 1280, height: 800 };
