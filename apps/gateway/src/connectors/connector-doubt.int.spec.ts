import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { wasSent } from '../connections/outgoing-failure.ts';
import { GatewayInstance } from '../platform/gateway-instance.ts';
import { toolCall } from '../testing/agent.ts';
import { startMcpBench, until, type McpBench } from '../testing/mcp-bench.ts';
import {
  dial,
  enrolTestConnector,
  type TestConnector,
  type TestIdentity,
} from '../testing/test-connector.ts';
import { LinkDirectory } from './link-directory.ts';
import { RelayClient } from './relay-client.ts';

/** What is not known for certain is taken for the worse. */
const WAIT_MS = 60_000;
let bench: McpBench;
let identity: TestIdentity;
let connector: TestConnector | undefined;

beforeAll(async () => {
  // How soon a network that swallows everything is noticed.
  bench = await startMcpBench({ HOLDPOINT_DATABASE_WAIT_MS: '5000' });
  identity = await enrolTestConnector(bench.context, 'plant');
  await bench.connect({ slug: 'near', url: 'connector://plant/scripted' });
});
afterAll(async () => {
  await connector?.close();
  await bench.close();
});

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('It listens nowhere.');
  return address.port;
}

describe('a database that doesn’t answer', () => {
  // Guarantee: what could have been revoked meanwhile gets no call, however the rest of the database fares.
  it('takes its connectors from the gateway until it answers again', async () => {
    connector = await dial(bench, identity, { servers: { scripted: bench.upstream.url } });
    const agent = await bench.agent('robot', 'near');
    await agent.initialize();
    const blocker = await bench.database.pool.connect();
    try {
      await blocker.query('begin');
      await blocker.query('lock table connector_link in access exclusive mode');
      const directory = bench.context.get(LinkDirectory);
      await until(async () => !directory.isCurrent, 'it is noticed', WAIT_MS);
      const refused = await agent.post(toolCall(90, 'read'));
      expect(await refused.last()).toContain('which connectors are revoked');
      expect(bench.upstream.calls()).toEqual([]);
    } finally {
      await blocker.query('rollback');
      blocker.release();
    }
    await until(async () => bench.context.get(LinkDirectory).isCurrent, 'it is back', WAIT_MS);
    expect(await (await agent.post(toolCall(91, 'read'))).last()).toContain('done');
  });

  it('leaves no row of a link that ended meanwhile', async () => {
    const { rows } = await bench.database.pool.query<{ id: string }>(
      `insert into connector_link (id, connector_id, instance_id, affinity, since)
       select gen_random_uuid(), c.id, $2, 'gone', now() - interval '1 minute' from connector c where c.id = $1
       returning id`,
      [identity.connectorId, bench.context.get(GatewayInstance).id],
    );
    const [lost] = rows;
    expect(lost).toBeDefined();
    await until(
      async () => {
        const left = await bench.database.pool.query('select 1 from connector_link where id = $1', [
          lost?.id,
        ]);
        return left.rows.length === 0;
      },
      'it is forgotten',
      WAIT_MS,
    );
  });
});

describe('a gateway that answers another', () => {
  // Guarantee (invariant 2): nobody between two gateways can have a call run twice by saying that it didn't run.
  it('is believed that nothing left only by a word of the installation', async () => {
    const between = createServer((_request, response) =>
      response.writeHead(502, { 'x-holdpoint-relay-unsent': 'x'.repeat(43) }).end(),
    );
    await once(between.listen(0, '127.0.0.1'), 'listening');
    const row = {
      ...{ id: crypto.randomUUID(), connectorId: crypto.randomUUID(), site: 's', instanceId: 1 },
      ...{ instanceUrl: `http://127.0.0.1:${portOf(between)}`, affinity: 'a', kinds: new Map() },
      ...{ gateway: 'g', since: new Date(), load: 0, isDraining: false, isRevoked: false },
    };
    const head = { server: 'scripted', method: 'POST', headers: {} } as const;
    const options = { method: 'POST', body: '{}', allowPrivate: true } as const;
    const asked = bench.context.get(RelayClient).request(row, head, options);
    const failure: unknown = await asked.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(wasSent(failure)).toBe(true);
    between.close();
  });
});
