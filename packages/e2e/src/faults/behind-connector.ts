import { approve, heldCall } from '../world/admin.ts';
import { Connector } from '../world/connector.ts';
import { send, toolCall, WireAgent, type WireAnswer } from '../world/wire-agent.ts';
import type { World } from '../world/world.ts';
import { openArena, type Arena } from './arena.ts';
import type { ToolName } from './counting-upstream.ts';
import { startCuttingProxy, type CuttingProxy } from './cutting-proxy.ts';

/** An arena whose upstream is reached through a connector, over a network in the test's hand. */
export interface BehindConnector {
  readonly arena: Arena;
  readonly proxy: CuttingProxy;
  readonly connector: Connector;
  /** One call of a client of the legacy era. */
  call(tool: ToolName, key: string, args?: Readonly<Record<string, unknown>>): Promise<WireAnswer>;
  /** Waits until the call is held, and answers how to approve it. */
  held(key: string): Promise<{ readonly id: string; approve(): Promise<void> }>;
  /** One more connector of the same site, over a network of its own; dials the world's gateway if no other. */
  addConnector(gateway?: string): Promise<Connector>;
  close(): Promise<void>;
}

let lastSite = 0;

/** A site that no other test has. */
export function freshSite(): string {
  lastSite += 1;
  return `plant-${Date.now().toString(36)}-${lastSite}`;
}

export async function openBehindConnector(world: World): Promise<BehindConnector> {
  const proxy = await startCuttingProxy();
  const connectors: Connector[] = [];
  const site = freshSite();
  let servers: Readonly<Record<string, unknown>> = {};
  async function start(route: { proxy?: string; gateway?: string }): Promise<Connector> {
    const connector = await Connector.start(world, { site, servers, ...route });
    connectors.push(connector);
    return connector;
  }
  const arena = await openArena(world, {}, async (url) => {
    servers = { counting: { http: { url } } };
    return (await start({ proxy: proxy.url })).address('counting');
  });
  const [connector] = connectors;
  if (connector === undefined) throw new Error('unreachable: the arena is reached through it');
  const { endpoint, reviewer } = arena;
  const agent = await WireAgent.connect(world, { endpoint });
  let lastId = 0;
  return {
    arena,
    proxy,
    connector,
    call(tool, key, args = {}) {
      lastId += 1;
      return send(endpoint, toolCall(lastId, tool, { key, ...args }), agent.headers);
    },
    async held(key) {
      const { id } = await heldCall(world, key);
      return {
        id,
        approve() {
          reviewer.approved.add(key);
          return approve(world, id);
        },
      };
    },
    addConnector: (gateway) => start(gateway === undefined ? {} : { gateway }),
    async close() {
      await arena.close();
      for (const each of connectors) await each.remove();
      await proxy.close();
    },
  };
}
