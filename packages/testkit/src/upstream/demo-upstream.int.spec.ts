import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as PgClient } from 'pg';
import { startPostgres, type EmbeddedDatabase } from '../postgres/start-postgres.ts';
import { startDemoUpstream, type DemoUpstream } from './demo-upstream.ts';
import { ORDER_COUNT } from './seed-data.ts';

const TOKEN = 'only-the-gateway-has-this';

let home: string;
let database: EmbeddedDatabase;
let upstream: DemoUpstream;

function open() {
  return startDemoUpstream({ databaseUrl: database.url('production'), token: TOKEN });
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'holdpoint-upstream-'));
  database = await startPostgres({ dataDir: join(home, 'postgres'), durable: false });
  await database.createDatabase('holdpoint');
  await database.createDatabase('production', 'production_app');
  upstream = await open();
});

afterAll(async () => {
  await upstream.close();
  await database.stop();
  await rm(home, { recursive: true, force: true });
});

async function connect(era: 'legacy' | 'modern') {
  const client = new Client(
    { name: 'spec', version: '1' },
    era === 'modern' ? { versionNegotiation: { mode: { pin: '2026-07-28' } } } : {},
  );
  await client.connect(
    new StreamableHTTPClientTransport(new URL(upstream.url), {
      requestInit: { headers: { authorization: `Bearer ${TOKEN}` } },
    }),
  );
  return client;
}

async function scalar(sql: string, name = 'production'): Promise<unknown> {
  const client = new PgClient({ connectionString: database.url(name) });
  await client.connect();
  try {
    const { rows } = await client.query({ text: sql, rowMode: 'array' });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

const executions = (tool: string) =>
  scalar(`SELECT count(*)::int FROM executions WHERE tool = '${tool}'`);

describe.each(['legacy', 'modern'] as const)('in the %s era', (era) => {
  it('lists its tools with annotations and output schemas', async () => {
    const client = await connect(era);
    const { tools } = await client.listTools();
    expect(tools.map((tool) => tool.name)).toEqual([
      'query',
      'describe_table',
      'refund_order',
      'update_model_config',
    ]);
    expect(tools.every((tool) => tool.outputSchema !== undefined)).toBe(true);
    expect(tools[1]?.annotations).toMatchObject({ readOnlyHint: true });
    await client.close();
  });

  it('answers a query in both forms and counts it once', async () => {
    const client = await connect(era);
    const before = Number(await executions('query'));
    const result = await client.callTool({
      name: 'query',
      arguments: { sql: 'SELECT id, name, email FROM customers ORDER BY id LIMIT 2' },
    });
    const [block] = result.content;
    expect(result.structuredContent).toMatchObject({ command: 'SELECT', rowCount: 2 });
    expect(block?.type === 'text' && JSON.parse(block.text)).toEqual(result.structuredContent);
    expect(await executions('query')).toBe(before + 1);
    await client.close();
  });

  it('serves its resource and its prompt', async () => {
    const client = await connect(era);
    const resource = await client.readResource({ uri: 'demo://schema' });
    const prompt = await client.getPrompt({
      name: 'tidy_up_orders',
      arguments: { before: '2026-03-01' },
    });
    expect(JSON.stringify(resource)).toContain('card_number');
    expect(JSON.stringify(prompt)).toContain('2026-03-01');
    await client.close();
  });
});

it('changes settings and refunds no more than was paid', async () => {
  const client = await connect('legacy');
  const changed = await client.callTool({
    name: 'update_model_config',
    arguments: { key: 'fraud-score.threshold', value: 0.5 },
  });
  const refund = { orderId: 1_000, amountCents: 1_900, reason: 'broken' };
  const first = await client.callTool({ name: 'refund_order', arguments: refund });
  const second = await client.callTool({ name: 'refund_order', arguments: refund });
  expect(changed.structuredContent).toEqual({ key: 'fraud-score.threshold', value: 0.5 });
  expect(first.structuredContent).toMatchObject({ refundedCents: 1_900, status: 'refunded' });
  expect(second.isError).toBe(true);
  expect(await executions('refund_order')).toBe(1);
  await client.close();
});

it('answers a database error as a tool error and takes one statement only', async () => {
  const client = await connect('legacy');
  const wrong = await client.callTool({ name: 'query', arguments: { sql: 'SELEC 1' } });
  const two = await client.callTool({
    name: 'query',
    arguments: { sql: 'COMMIT; DELETE FROM orders' },
  });
  expect([wrong.isError, two.isError]).toEqual([true, true]);
  expect(await scalar('SELECT count(*)::int FROM orders')).toBe(ORDER_COUNT);
  await client.close();
});

it('may describe a tool otherwise from one moment to the next', async () => {
  const described = async () => {
    const client = await connect('modern');
    const { tools } = await client.listTools();
    await client.close();
    return tools.find(({ name }) => name === 'query')?.description;
  };
  const own = await described();
  upstream.describeTool('query', 'Runs SQL. And more.');
  expect(await described()).toBe('Runs SQL. And more.');
  upstream.describeTool('query', undefined);
  expect(await described()).toBe(own);
});

it('refuses whoever lacks the credential', async () => {
  const answer = await fetch(upstream.url, { method: 'POST', body: '{}' });
  expect(answer.status).toBe(401);
});

it('keeps a deletion across a restart', async () => {
  const client = await connect('legacy');
  await client.callTool({
    name: 'query',
    arguments: { sql: 'DELETE FROM orders WHERE id = 1002' },
  });
  await client.close();
  await upstream.close();
  upstream = await open();
  expect(await scalar('SELECT count(*)::int FROM orders')).toBe(ORDER_COUNT - 1);
});

it('keeps the gateway out of the production database', async () => {
  const url = new URL(database.url('holdpoint'));
  url.pathname = '/production';
  const client = new PgClient({ connectionString: url.href });
  await expect(client.connect()).rejects.toThrow('permission denied');
});
