import { startStack, TestkitError } from '@holdpoint/testkit';
import { WORLD_HOME } from './world/world.ts';

/** One real stack for most tests: database, identity provider, demo upstream, gateway and console. */
export default async function globalSetup(): Promise<() => Promise<void>> {
  const stack = await startStack().catch((error: unknown) => {
    if (error instanceof TestkitError) {
      throw new Error(
        `${error.message}\nThese tests run what is built: npm run build comes first.`,
        {
          cause: error,
        },
      );
    }
    throw error;
  });
  process.env[WORLD_HOME] = stack.home;
  return () => stack.stop();
}
