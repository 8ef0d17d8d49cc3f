import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
} from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  LoggingMessageNotificationSchema,
  ListRootsRequestSchema,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { startEverything } from '../testing/everything.ts';
import { startMcpBench, until, type McpBench } from '../testing/mcp-bench.ts';

let bench: McpBench;
let servers: readonly { close(): Promise<void> }[];

const UPSTREAMS = ['sse', 'streamable-http'] as const;

beforeAll(async () => {
  bench = await startMcpBench();
  const [sse, http] = await Promise.all([
    startEverything('sse'),
    startEverything('streamableHttp'),
  ]);
  servers = [sse, http];
  // Nobody says which is which: `auto` finds out.
  await bench.connect({ slug: 'sse', url: sse.url, defaultEffect: 'allow' });
  await bench.connect({ slug: 'streamable-http', url: http.url, defaultEffect: 'allow' });
  await bench.publish(`
rules:
  - { id: sums, match: { tools: [get-sum] }, effect: hold }
  - { id: replies, match: { methods: [sampling/createMessage, elicitation/create, roots/list] }, effect: allow }
  - { id: people, match: { connections: ["*"] }, mask: [{ detect: [email], as: redact }] }
`);
}, 120_000);
afterAll(async () => {
  await bench.close();
  for (const server of servers) await server.close();
});

async function connect(kind: 'sse' | 'streamable-http', slug: string) {
  const { url, token } = await bench.agent(`robot-${kind}`, slug);
  const capabilities = { sampling: {}, elicitation: {}, roots: {} };
  const client = new Client({ name: 'stock', version: '1' }, { capabilities });
  client.setRequestHandler(CreateMessageRequestSchema, async () => ({
    model: 'm',
    role: 'assistant' as const,
    content: { type: 'text' as const, text: 'sampled words' },
  }));
  client.setRequestHandler(ElicitRequestSchema, async () => ({ action: 'decline' as const }));
  client.setRequestHandler(ListRootsRequestSchema, async () => ({ roots: [] }));
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(
    kind === 'sse'
      ? new SSEClientTransport(new URL(`${url}/sse`), { requestInit })
      : new StreamableHTTPClientTransport(new URL(url), { requestInit }),
  );
  return client;
}

/** As it comes in: the SDK tells nobody of progress that comes in one piece with the answer behind it. */
function progressTo({ transport }: Client): readonly unknown[] {
  if (transport === undefined) throw new Error('It is not connected.');
  const told: unknown[] = [];
  const { onmessage } = transport;
  transport.onmessage = (message, extra) => {
    if ('method' in message && message.method === 'notifications/progress')
      told.push(message.params?.['progress']);
    onmessage?.(message, extra);
  };
  return told;
}

const pairs = UPSTREAMS.flatMap((upstream) =>
  UPSTREAMS.map((client) => [client, upstream] as const),
);

describe.each(pairs)('a stock client over %s of the reference server over %s', (kind, upstream) => {
  let client: Client;
  beforeAll(async () => {
    client = await connect(kind, upstream);
  });
  afterAll(() => client.close());

  it('lists tools, prompts, resources and their templates, and completes', async () => {
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('echo');
    expect((await client.listPrompts()).prompts.length).toBeGreaterThan(0);
    expect((await client.listResources()).resources.length).toBeGreaterThan(0);
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates.length).toBeGreaterThan(0);
    const { completion } = await client.complete({
      ref: { type: 'ref/prompt', name: 'completable-prompt' },
      argument: { name: 'department', value: 'E' },
    });
    expect(completion.values).toContain('Engineering');
  });

  it('calls, masked, with progress', async () => {
    const echo = await client.callTool({ name: 'echo', arguments: { message: 'kim@example.com' } });
    expect(JSON.stringify(echo)).toContain('Echo');
    expect(JSON.stringify(echo)).not.toContain('kim@example.com');
    const told = progressTo(client);
    const { content } = await client.callTool(
      { name: 'trigger-long-running-operation', arguments: { duration: 0.2, steps: 4 } },
      undefined,
      { onprogress: () => undefined },
    );
    expect(JSON.stringify(content)).toContain('completed');
    expect(told).toEqual([1, 2, 3, 4]);
  });

  it('is asked for a sample and for input while a call runs', async () => {
    const sampled = await client.callTool({
      name: 'trigger-sampling-request',
      arguments: { prompt: 'p', maxTokens: 5 },
    });
    expect(JSON.stringify(sampled)).toContain('sampled words');
    const asked = await client.callTool({ name: 'trigger-elicitation-request', arguments: {} });
    expect(JSON.stringify(asked)).toContain('declined');
  });

  it('hears logging and the changes of what it subscribed to', async () => {
    const heard: string[] = [];
    client.setNotificationHandler(LoggingMessageNotificationSchema, () => void heard.push('log'));
    client.setNotificationHandler(
      ResourceUpdatedNotificationSchema,
      ({ params }) => void heard.push(params.uri),
    );
    await client.setLoggingLevel('debug');
    await client.callTool({ name: 'toggle-simulated-logging', arguments: {} });
    await until(async () => heard.includes('log'), 'a message is logged');
    await client.callTool({ name: 'toggle-simulated-logging', arguments: {} });
    await client.subscribeResource({ uri: 'demo://resource/dynamic/text/1' });
    await client.callTool({ name: 'toggle-subscriber-updates', arguments: {} });
    await until(async () => heard.some((each) => each.startsWith('demo:')), 'a change is told');
    await client.callTool({ name: 'toggle-subscriber-updates', arguments: {} });
  });

  it('waits for an approval, reads a denial, and collects what it left', async () => {
    const sum = (a: number, signal?: AbortSignal) =>
      client.callTool({ name: 'get-sum', arguments: { a, b: 1 } }, undefined, {
        ...(signal !== undefined && { signal }),
      });
    const approved = sum(1);
    await bench.decide('approve');
    expect(JSON.stringify(await approved)).toContain('2');
    const denied = sum(2);
    await bench.decide('deny');
    expect(JSON.stringify(await denied)).toContain('Not today.');
    const leaving = new AbortController();
    const left = sum(3, leaving.signal);
    const { id } = await bench.approval('held');
    leaving.abort();
    await expect(left).rejects.toThrow();
    await until(async () => {
      const { rows } = await bench.database.pool.query<{ waiter_id: string | null }>(
        'select waiter_id from approval where id = $1',
        [id],
      );
      return rows[0]?.waiter_id === null;
    }, 'the waiter is gone');
    await bench.decide('approve', id);
    expect(JSON.stringify(await sum(3))).toContain('4');
  });
});

describe.each(UPSTREAMS)('a client that tries the stateless era first', (upstream) => {
  // Guarantee: an older upstream answers it so that it falls back by itself.
  it(`falls back and calls the reference server over ${upstream}`, async () => {
    const { url, token } = await bench.agent('robot-auto', upstream);
    const client = new ClientV2(
      { name: 'newer', version: '1' },
      { versionNegotiation: { mode: 'auto' } },
    );
    const requestInit = { headers: { authorization: `Bearer ${token}` } };
    await client.connect(new TransportV2(new URL(url), { requestInit }));
    const echo = await client.callTool({ name: 'echo', arguments: { message: 'hello' } });
    expect(JSON.stringify(echo)).toContain('hello');
    await client.close();
  });
});
