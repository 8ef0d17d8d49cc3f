import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack, type Stack } from '@holdpoint/testkit';
import { World } from '../world/world.ts';

/** A stack of the test's own, gone afterwards: what happens here would disturb every other test. */
export async function withFreshStack<T>(
  use: (stack: Stack, world: World) => Promise<T>,
  gatewayEnv: Readonly<Record<string, string>> = {},
): Promise<T> {
  const cache = await mkdtemp(join(tmpdir(), 'holdpoint-compiled-'));
  // A gateway that is started again and again needn't compile its code each time.
  const stack = await startStack({ gatewayEnv: { NODE_COMPILE_CACHE: cache, ...gatewayEnv } });
  const world = await World.open(stack.home);
  try {
    return await use(stack, world);
  } finally {
    await world.close();
    await stack.stop();
    await rm(cache, { recursive: true, force: true });
  }
}
