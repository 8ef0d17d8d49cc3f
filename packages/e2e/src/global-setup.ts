import { startStack } from '@holdpoint/testkit';
import { WORLD_HOME } from './world/world.ts';

/**
 * One real stack for most tests: database, identity provider, demo upstream, gateway and console. It
 * runs what is built; without a build its error says so.
 */
export default async function globalSetup(): Promise<() => Promise<void>> {
  const stack = await startStack();
  process.env[WORLD_HOME] = stack.home;
  return () => stack.stop();
}
