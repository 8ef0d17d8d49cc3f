import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { toolCall } from '../testing/agent.ts';
import { startMcpBench, until, type McpBench } from '../testing/mcp-bench.ts';
import { dial, enrolTestConnector, type TestIdentity } from '../testing/test-connector.ts';
import { ConnectorLinks } from './connector-links.ts';
import { LinkDirectory } from './link-directory.ts';

const CYCLES = 1000;
const SITE = 'cycles';
const WAIT_MS = 60_000;
let bench: McpBench;
let identity: TestIdentity;

beforeAll(async () => {
  bench = await startMcpBench();
  identity = await enrolTestConnector(bench.context, SITE);
  await bench.connect({ slug: 'near', url: `connector://${SITE}/scripted` });
});
afterAll(() => bench.close());

/** Sockets and timers of this process, which is the gateway's. */
const resources = () => process.getActiveResourcesInfo().filter((kind) => kind !== 'Immediate');

// Guarantee: a connector that comes and goes a thousand times leaves nothing behind, however it goes.
it(`${CYCLES} links, ended in order or cut, leave no socket, timer, row or place`, async () => {
  const servers = { scripted: bench.upstream.url };
  const links = bench.context.get(ConnectorLinks);
  const cycle = async (number: number) => {
    const connector = await dial(bench, identity, { servers, instance: `process-${number % 7}` });
    if (number % 2 === 0) await connector.close();
    else {
      connector.cut();
      await connector.ended;
    }
  };
  const settled = () => until(async () => links.all().length === 0, 'no link is left', WAIT_MS);
  for (let number = 0; number < 20; number += 1) await cycle(number);
  await settled();
  const before = resources().length;
  for (let number = 0; number < CYCLES; number += 1) await cycle(number);
  await settled();
  await until(async () => resources().length <= before + 10, 'its resources are free', WAIT_MS);
  await until(
    async () => {
      const { rows } = await bench.database.pool.query('select 1 from connector_link');
      return rows.length === 0;
    },
    'no row is left',
    WAIT_MS,
  );
  const directory = bench.context.get(LinkDirectory);
  await directory.refresh();
  expect(directory.ofSite(SITE)).toEqual([]);

  // And the next one is served as the first was.
  const connector = await dial(bench, identity, { servers });
  const agent = await bench.agent('robot', 'near');
  expect(await (await agent.post(toolCall(1, 'read'))).last()).toContain('done');
  await connector.close();
});
