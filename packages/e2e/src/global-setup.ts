import { startStack, type Stack } from '@holdpoint/testkit';
import type { FullConfig } from '@playwright/test';
import { COMPILED_ONCE } from './world/compiled.ts';
import { worldHome } from './world/world.ts';

/**
 * Real stacks for most tests, one for each worker: database, identity provider, demo upstream, gateway
 * and console. They run what is built; without a build the error says so.
 */
export default async function globalSetup(config: FullConfig): Promise<() => Promise<void>> {
  const stacks: Stack[] = [];
  const stop = async () => void (await Promise.all(stacks.map((stack) => stack.stop())));
  try {
    for (let worker = 0; worker < config.workers; worker += 1) {
      const stack = await startStack({ gatewayEnv: COMPILED_ONCE });
      stacks.push(stack);
      process.env[worldHome(worker)] = stack.home;
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}
