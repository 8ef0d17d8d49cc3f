import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
} from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { startMcpBench, type McpBench } from '../testing/mcp-bench.ts';

let bench: McpBench;

beforeAll(async () => {
  bench = await startMcpBench();
});
afterAll(() => bench.close());
afterEach(() => bench.upstream.reset());

const INFO = { name: 'stock', version: '1' };

async function clientV1() {
  const { url, token } = await bench.agent('robot-v1');
  const client = new ClientV1(INFO);
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  const transport = new TransportV1(new URL(url), { requestInit });
  await client.connect(transport);
  return client;
}

async function clientV2() {
  const { url, token } = await bench.agent('robot-v2');
  const client = new ClientV2(INFO);
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new TransportV2(new URL(url), { requestInit }));
  return client;
}

describe.each([
  ['the v1 SDK', clientV1],
  ['the v2 SDK', clientV2],
])('a stock client of %s', (_what, connect) => {
  // Guarantee: an agent changes one thing, its endpoint's address; holds and refusals are ordinary answers to it.
  it('lists, calls, waits and reads why it was refused', async () => {
    const client = await connect();
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain('write');
    const call = (name: string, n = 0) => client.callTool({ name, arguments: { n } });
    expect(await call('read')).toMatchObject({ content: [{ text: 'done' }] });
    expect(await call('forbidden')).toMatchObject({ isError: true });

    const approved = call('write', 1);
    await bench.decide('approve');
    expect(await approved).toMatchObject({ content: [{ text: 'done' }] });
    const denied = call('write', 2);
    await bench.decide('deny');
    expect(JSON.stringify(await denied)).toContain('Not today.');
    expect(bench.upstream.calls()).toHaveLength(2);
    await client.close();
  });
});
