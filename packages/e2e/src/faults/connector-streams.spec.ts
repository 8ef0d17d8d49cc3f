import { request, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { registerConnection } from '../world/admin.ts';
import { Connector } from '../world/connector.ts';
import { expect, test } from '../world/fixtures.ts';
import { serviceToken } from '../world/tokens.ts';
import type { World } from '../world/world.ts';
import { connectModernAgent, type CallingAgent } from './agent.ts';
import { freshSite, openBehindConnector } from './behind-connector.ts';
import { receiptOf } from './counting-upstream.ts';
import { startFloodingUpstream, type FloodingUpstream } from './flooding-upstream.ts';
import { factsOf } from './process-facts.ts';

test.use({ trace: 'off' });

const MIB = 1024 * 1024;
/** What the sockets of four hops and the windows between them may hold, with room. */
const MOST_UNDER_WAY = 64 * MIB;
const MODERN = '2026-07-28';

// Guarantee: who doesn't read makes nobody else wait, and nothing is heaped up for it.
test('an agent that doesn’t read what a server tells it', async ({ world }) => {
  const upstream = await startFloodingUpstream();
  const servers = { flooding: { http: { url: upstream.url } } };
  const connector = await Connector.start(world, { site: freshSite(), servers });
  try {
    const url = connector.address('flooding');
    const { endpoint } = await registerConnection(world, {
      slug: 'f',
      url,
      defaultEffect: 'allow',
    });
    const agent = await connectModernAgent({ world, endpoint, clientId: 'second-agent' });
    await noted(agent, 'before');
    const before = factsOf(connector.pid).residentBytes;

    const deaf = await askAndDontRead(world, endpoint);
    await untilStill(upstream);
    expect(upstream.written).toBeLessThan(MOST_UNDER_WAY);
    for (let count = 0; count < 20; count += 1) await noted(agent, `beside-${count}`);
    const grown = factsOf(connector.pid).residentBytes - before;
    expect(grown, `the connector grew by ${grown} bytes`).toBeLessThan(MOST_UNDER_WAY);

    // It reads on, and the server goes on telling.
    const told = upstream.written;
    deaf.resume();
    await expect.poll(() => upstream.written).toBeGreaterThan(told + 4 * MIB);
    deaf.destroy();
    await expect.poll(() => upstream.floods, 'the server sees that it left').toBe(0);
    await expect.poll(async () => (await connector.view())?.openStreams).toBe(0);
  } finally {
    await connector.remove();
    await upstream.close();
  }
});

async function noted(agent: CallingAgent, key: string): Promise<void> {
  expect((await agent.call({ tool: 'note', key })).raw).toContain('noted');
}

/** Waits until the flood stands still. */
async function untilStill(upstream: FloodingUpstream): Promise<void> {
  await expect.poll(() => upstream.written).toBeGreaterThan(0);
  await expect
    .poll(
      async () => {
        const before = upstream.written;
        await sleep(1500);
        return upstream.written - before;
      },
      { timeout: 60_000 },
    )
    .toBe(0);
}

/** A call of `flood` whose answer begins, and isn't read. */
async function askAndDontRead(world: World, endpoint: string): Promise<IncomingMessage> {
  const token = await serviceToken(world, 'demo-agent', endpoint);
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': MODERN,
    'io.modelcontextprotocol/clientCapabilities': {},
    'io.modelcontextprotocol/clientInfo': { name: 'e2e-deaf', version: '1.0.0' },
    'io.modelcontextprotocol/logLevel': 'info',
  };
  const params = { name: 'flood', arguments: {}, _meta };
  return new Promise((resolve, reject) => {
    const asking = request(endpoint, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': MODERN,
        'mcp-method': 'tools/call',
        'mcp-name': 'flood',
      },
    });
    asking.on('error', reject);
    asking.on('response', (response) => {
      response.on('error', () => undefined);
      response.pause();
      resolve(response);
    });
    asking.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }));
  });
}

// Guarantee: a connector that no longer takes what it is sent costs the calls that it had, and no others.
test('a connector that stops reading beside one that reads', async ({ world }) => {
  test.setTimeout(3 * 60_000);
  const behind = await openBehindConnector(world);
  const { arena, proxy } = behind;
  const { endpoint, upstream } = arena;
  try {
    const other = await behind.addConnector();
    const agent = await connectModernAgent({ world, endpoint, clientId: 'demo-agent' });
    const gateway = world.started.pids.gateway;
    const before = factsOf(gateway).residentBytes;
    proxy.stall();
    const keys = Array.from({ length: 40 }, (_, index) => `stalled-${index}`);
    const answers = keys.map((key) =>
      agent.call({ tool: 'note', key, filler: 'x'.repeat(MIB / 2) }),
    );
    const raws = (await Promise.all(answers)).map(({ raw }) => raw);
    const grown = factsOf(gateway).residentBytes - before;
    const ran = keys.filter((key, index) => raws[index]?.includes(receiptOf(key)) === true);
    const unknown = keys.filter((_key, index) => raws[index]?.includes('may have run') === true);
    expect(ran.length + unknown.length, 'each is answered or unknown').toBe(keys.length);
    expect(ran.length, `the other one served\n${other.log}`).toBeGreaterThanOrEqual(
      keys.length / 4,
    );
    expect(unknown.length, 'some were with the one that stood still').toBeGreaterThan(0);
    for (const key of ran) expect(upstream.runs.get(key)).toBe(1);
    for (const key of unknown) expect(upstream.runs.get(key)).toBeUndefined();
    expect(grown, `the gateway grew by ${grown} bytes`).toBeLessThan(256 * MIB);
  } finally {
    await behind.close();
  }
});
