import {
  policySource,
  publishPolicy,
  registerConnection,
  type ConnectionWishes,
} from '../world/admin.ts';
import type { World } from '../world/world.ts';
import { connectLegacyAgent, connectModernAgent, connectTaskAgent } from './agent.ts';
import { startCountingUpstream, type CountingUpstream } from './counting-upstream.ts';
import { Load } from './load.ts';
import { ReviewingProgram } from './reviewing-program.ts';

/** On top of the connection's default, which holds. */
const RULES = `
  - id: fault-harness-notes
    description: Notes may be taken
    match: { connections: ["faults-*"], tools: [note] }
    effect: allow
`;

/** Agents, a reviewer and an upstream around one running gateway. */
export interface Arena {
  readonly world: World;
  readonly endpoint: string;
  readonly upstream: CountingUpstream;
  readonly reviewer: ReviewingProgram;
  readonly load: Load;
  close(): Promise<void>;
}

/**
 * Registers an upstream of its own, and a program that reviews what agents of `load` ask for.
 *
 * @param reach - puts something in front of the upstream, and answers where the connection leads then.
 */
export async function openArena(
  world: World,
  wishes: Partial<ConnectionWishes> = {},
  reach: (upstreamUrl: string) => Promise<string> = (url) => Promise.resolve(url),
): Promise<Arena> {
  const load = new Load(Date.now().toString(36));
  const reviewer = new ReviewingProgram(world, (key) => load.trial(key));
  const upstream = await startCountingUpstream(
    (tool, key) => tool === 'note' || reviewer.approved.has(key),
  );
  const { endpoint } = await registerConnection(world, {
    slug: 'faults',
    url: await reach(upstream.url),
    ...wishes,
  });
  const policy = await policySource(world);
  if (!policy.includes(RULES)) await publishPolicy(world, policy + RULES);
  return {
    world,
    endpoint,
    upstream,
    reviewer,
    load,
    async close() {
      await reviewer.stop();
      await upstream.close();
    },
  };
}

/** Two callers; both eras, and tasks; more calls that are held than calls that are allowed. */
export function startAgents({ load, world, endpoint }: Arena): void {
  for (const clientId of ['demo-agent', 'second-agent']) {
    const place = { world, endpoint, clientId };
    for (let count = 0; count < 2; count += 1) load.add('pay', () => connectLegacyAgent(place));
    load.add('pay', () => connectModernAgent(place));
    load.add('pay', () => connectTaskAgent(place));
    load.add('note', () => connectLegacyAgent(place));
  }
  load.add('note', () => connectModernAgent({ world, endpoint, clientId: 'demo-agent' }));
}
