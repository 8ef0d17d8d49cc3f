import { startStack, type Stack } from '@holdpoint/testkit';
import { test as base, type Page } from '@playwright/test';
import { clearInbox } from './admin.ts';
import { World, WORLD_HOME, type PersonName } from './world.ts';

export { expect } from '@playwright/test';

/** A stack of the test's own, for what would disturb the others: restarts, a stopped upstream. */
export interface OwnStack {
  readonly stack: Stack;
  readonly world: World;
}

/** Upstreams that hang are given up after this long on the own stack. */
const IMPATIENT_MS = 3_000;

interface TestFixtures {
  /** Opens a browser window in which this person is signed in. */
  openAs: (person: PersonName, options?: WindowOptions) => Promise<Page>;
  /** Nothing waits in the shared stack's inbox when the test begins. */
  emptyInbox: undefined;
}

export interface WindowOptions {
  readonly world?: World;
  readonly phone?: boolean;
}

interface WorkerFixtures {
  world: World;
  own: OwnStack;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  world: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the parameter's shape
    async ({}, use) => {
      const home = process.env[WORLD_HOME];
      if (home === undefined) throw new Error('The global setup did not run.');
      const world = await World.open(home);
      await use(world);
      await world.close();
    },
    { scope: 'worker' },
  ],

  own: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the parameter's shape
    async ({}, use) => {
      const stack = await startStack({
        gatewayEnv: { HOLDPOINT_UPSTREAM_TIMEOUT_MS: String(IMPATIENT_MS) },
      });
      const world = await World.open(stack.home);
      await use({ stack, world });
      await world.close();
      await stack.stop();
    },
    { scope: 'worker', timeout: 120_000 },
  ],

  openAs: async ({ browser, world }, use) => {
    const open: TestFixtures['openAs'] = async (name, options = {}) => {
      const person = await (options.world ?? world).person(name);
      const context = await browser.newContext({
        baseURL: (options.world ?? world).started.console,
        storageState: await person.storageState(),
        viewport: options.phone === true ? PHONE : DESK,
        hasTouch: options.phone === true,
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
