import { startStack, type Stack } from '@holdpoint/testkit';
import { COMPILED_ONCE } from '../world/compiled.ts';
import { World } from '../world/world.ts';

/** A stack of the test's own, gone afterwards: what happens here would disturb every other test. */
export async function withFreshStack<T>(
  use: (stack: Stack, world: World) => Promise<T>,
  gatewayEnv: Readonly<Record<string, string>> = {},
): Promise<T> {
  const stack = await startStack({ gatewayEnv: { ...COMPILED_ONCE, ...gatewayEnv } });
  const world = await World.open(stack.home);
  try {
    return await use(stack, world);
  } finally {
    await world.close();
    await stack.stop();
  }
}
