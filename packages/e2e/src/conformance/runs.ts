import { registerConnection } from '../world/admin.ts';
import { serviceToken } from '../world/tokens.ts';
import type { World } from '../world/world.ts';
import { startApprovingProgram, type ApprovingProgram } from './approving-program.ts';
import { startBearerProxy } from './bearer-proxy.ts';
import { runSuite, type Requirements, type SuiteRun } from './suite.ts';

export const HELD_METHODS = ['tools/call', 'resources/read', 'prompts/get', 'completion/complete'];
/** On connections whose name begins with `conformance-hold`. */
export const HOLD_EVERYTHING = `
  - id: conformance-hold
    description: A person looks at everything that can be held
    match: { connections: ["conformance-hold-*"], methods: [${HELD_METHODS.join(', ')}] }
    effect: hold
`;

export interface GatewayRun {
  readonly through: SuiteRun;
  /** What was held, and approved, meanwhile. */
  readonly approved: ApprovingProgram['approved'];
}

/** The suite on a connection of its own that leads to `url`. */
export async function runOverGateway(
  world: World,
  slug: string,
  url: string,
  requirements: Requirements,
): Promise<GatewayRun> {
  const connection = await registerConnection(world, { slug, url, defaultEffect: 'allow' });
  const token = await serviceToken(world, 'demo-agent', connection.endpoint);
  const program = startApprovingProgram(world, connection.id);
  const through = await runThrough(connection.endpoint, token, requirements).finally(() =>
    program.stop(),
  );
  return { through, approved: program.approved };
}

/** The direct run takes the same proxy, so that what it changes can't be the difference. */
export function runDirectly(url: string, requirements: Requirements): Promise<SuiteRun> {
  return runThrough(url, 'none', requirements);
}

async function runThrough(
  url: string,
  token: string,
  requirements: Requirements,
): Promise<SuiteRun> {
  const proxy = await startBearerProxy(url, token);
  try {
    return await runSuite(proxy.url, requirements);
  } finally {
    await proxy.close();
  }
}
