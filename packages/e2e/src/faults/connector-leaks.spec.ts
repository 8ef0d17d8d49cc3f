import { registerConnection } from '../world/admin.ts';
import { Connector } from '../world/connector.ts';
import { expect, test } from '../world/fixtures.ts';
import { WireAgent } from '../world/wire-agent.ts';
import { connectModernAgent } from './agent.ts';
import { freshSite } from './behind-connector.ts';
import { startCountingUpstream } from './counting-upstream.ts';
import { factsOf } from './process-facts.ts';

test.use({ trace: 'off' });

const CYCLES = 1000;
const WARM_UP = 60;
const AT_ONCE = 8;
const MIB = 1024 * 1024;
/** Sockets to clients and databases come and go by themselves, a few at a time. */
const HANDLES_OF_ITS_OWN = 24;

/** A stdio server that is up in no time, so that a process for each session costs little. */
const QUICK_SERVER = `
while IFS= read -r line; do
  id=\${line#*'"id":'}; id=\${id%%[,\\}]*}
  case "$line" in
    *'"initialize"'*) printf '{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"quick","version":"1.0.0"}}}\\n' "$id" ;;
    *'"id":'*) printf '{"jsonrpc":"2.0","id":%s,"result":{"tools":[]}}\\n' "$id" ;;
  esac
done`;

// Guarantee: whatever was opened through a connector is closed again, at both ends of its tunnel.
test(`${CYCLES} exchanges and sessions come and go, and nothing of them stays`, async ({
  world,
}) => {
  test.setTimeout(4 * 60_000);
  const upstream = await startCountingUpstream(() => true);
  const connector = await Connector.start(world, {
    site: freshSite(),
    servers: {
      counting: { http: { url: upstream.url } },
      quick: { stdio: { command: '/bin/sh', args: ['-c', QUICK_SERVER], maxSessions: 64 } },
    },
  });
  const register = async (server: string) => {
    const url = connector.address(server);
    const wishes = { slug: `faults-${server}`, url, defaultEffect: 'allow' } as const;
    return (await registerConnection(world, wishes)).endpoint;
  };
  const [counting, quick] = [await register('counting'), await register('quick')];
  const agent = await connectModernAgent({ world, endpoint: counting, clientId: 'demo-agent' });
  const { token } = await WireAgent.connect(world, { endpoint: quick });

  async function cycle(number: number): Promise<void> {
    if (number % 3 === 0) {
      const answer = await agent.call({ tool: 'note', key: `c-${number}` });
      expect(answer.raw).toContain(`ran c-${number}`);
    } else if (number % 3 === 1) {
      const leaving = AbortSignal.timeout(number % 20);
      await agent.call({ tool: 'note', key: `l-${number}` }, leaving).catch(() => undefined);
    } else {
      const { headers } = await WireAgent.connect(world, { endpoint: quick, token });
      const ended = await fetch(quick, { method: 'DELETE', headers });
      expect(ended.status).toBeLessThan(300);
    }
  }

  const idle = async () => {
    await expect.poll(async () => (await connector.view())?.openStreams, WAIT).toBe(0);
    return { connector: factsOf(connector.pid), gateway: factsOf(world.started.pids.gateway) };
  };
  try {
    await inTurns(0, WARM_UP, cycle);
    const before = await idle();
    await inTurns(WARM_UP, WARM_UP + CYCLES, cycle);
    await expect
      .poll(() => factsOf(connector.pid).children, WAIT)
      .toBeLessThanOrEqual(before.connector.children);
    await expect
      .poll(() => factsOf(connector.pid).handles, WAIT)
      .toBeLessThanOrEqual(before.connector.handles + HANDLES_OF_ITS_OWN);
    const after = await idle();
    expect(after.gateway.handles).toBeLessThanOrEqual(before.gateway.handles + HANDLES_OF_ITS_OWN);
    for (const end of ['connector', 'gateway'] as const) {
      const grown = (after[end].residentBytes - before[end].residentBytes) / MIB;
      expect(grown, `the ${end} grew by ${grown.toFixed(0)} MiB`).toBeLessThan(192);
    }
    for (const [key, runs] of upstream.runs) expect(runs, key).toBe(1);
  } finally {
    await connector.remove();
    await upstream.close();
  }
});

const WAIT = { timeout: 90_000 };

async function inTurns(
  from: number,
  to: number,
  cycle: (number: number) => Promise<void>,
): Promise<void> {
  let next = from;
  const work = async () => {
    while (next < to) {
      next += 1;
      await cycle(next);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
