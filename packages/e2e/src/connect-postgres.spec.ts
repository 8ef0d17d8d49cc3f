import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectionInputSchema, connectionSavedSchema } from '@holdpoint/contracts';
import { findFreePort } from '@holdpoint/testkit';
import pg from 'pg';
import { installed } from './clients/installed.ts';
import { ConnectPostgres } from './postgres/document.ts';
import { runCommand, startScript, type RunningScript } from './postgres/shell.ts';
import {
  approvalDetail,
  approve,
  clearInbox,
  deny,
  heldCall,
  policySource,
  publishPolicy,
  untilState,
} from './world/admin.ts';
import { expect, test } from './world/fixtures.ts';
import { serviceToken } from './world/tokens.ts';
import { tapUpstream, type UpstreamTap } from './world/upstream-tap.ts';
import { INITIALIZE } from './world/wire-agent.ts';
import type { World } from './world/world.ts';

// docs/connect-postgres.md, step by step: its SQL, its commands, its connection, its policy, its
// agent. What stock programs answered is what the page shows.

/** Inside the repository `npx` finds the pinned packages. */
const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const SERVER = installed(import.meta.resolve('mcp-postgres-server/package.json'));
const BRIDGE = installed(import.meta.resolve('mcp-proxy/package.json'));
const DEMO_ORIGIN = 'http://localhost:4600';
const ORDERS = 'SELECT count(*)::int AS n FROM orders';

let page: ConnectPostgres;
let bridge: RunningScript;
let tap: UpstreamTap;
let database: pg.Pool;
let originalPolicy: string;
let folder: string;
let token: string;

test.beforeAll(async ({ world }) => {
  page = await ConnectPostgres.read();
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-shop-'));
  const server = await administrator(world);
  database = await makeDatabase(server);
  const port = await findFreePort();
  bridge = await startBridge(port, server.port);
  tap = await tapUpstream(`http://127.0.0.1:${port}/mcp`);
  const endpoint = await register(world, tap.url);
  originalPolicy = await policySource(world);
  await publishPolicy(world, withRules(originalPolicy, block('yaml')));
  token = await serviceToken(world, 'demo-agent', endpoint);
  const config = block('json', 1).replaceAll(DEMO_ORIGIN, world.started.console);
  await writeFile(join(folder, 'mcporter.json'), config);
});

test.afterAll(async ({ world }) => {
  await publishPolicy(world, originalPolicy);
  await clearInbox(world);
  await database.end();
  await tap.close();
  await bridge.stop();
  await rm(folder, { recursive: true, force: true });
});

test('a statement that reads runs at once, and addresses are masked', async ({ world }) => {
  const sql = 'SELECT name, email FROM customers ORDER BY id';
  const said = await transcript(world, 'select', 'query', sql);
  expect(said).toContain('Ada Berger');
  expect(said).not.toContain('example.net');
});

test('a statement that writes is held, and runs once when it was approved', async ({ world }) => {
  const sql = 'DELETE FROM orders WHERE id = 7';
  const said = transcript(world, 'delete', 'execute', sql);
  const { id } = await heldCall(world, sql);
  expect((await approvalDetail(world, id)).why).toContain('A person looks at every write');
  expect(await orders()).toBe(3);
  await approve(world, id);
  expect(await said).toContain('DELETE');
  expect(await orders()).toBe(2);
  expect(sent(sql)).toBe(1);
  await untilState(world, id, 'delivered');
});

// The server sends a write through `query` as readily: only the statement says what it is.
test('a write through the tool that is meant for reading is held too', async ({ world }) => {
  const sql = 'UPDATE orders SET status = 1 WHERE id = 8';
  const said = transcript(world, 'denied', 'query', sql);
  const { id } = await heldCall(world, sql);
  await deny(world, id, 'Use the word, not a number.');
  expect(await said).toContain('Use the word, not a number.');
  expect(sent(sql)).toBe(0);
});

test('a schema change is denied by a rule, and never leaves the gateway', async ({ world }) => {
  const sql = 'DROP TABLE orders';
  const said = await transcript(world, 'drop', 'execute', sql);
  expect(said).toContain('Schema changes go through migrations.');
  expect(sent(sql)).toBe(0);
  expect(await orders()).toBe(2);
});

test('what is approved can still not exceed the rights of the role', async ({ world }) => {
  const sql = 'DELETE FROM customers WHERE id = 2';
  const said = transcript(world, 'rights', 'execute', sql);
  await approve(world, (await heldCall(world, sql)).id);
  expect(await said).toContain('permission denied for table customers');
});

test('a statement that takes too long is cut off', async ({ world }) => {
  const sql = 'SELECT pg_sleep(9)';
  const said = transcript(world, 'slow', 'query', sql);
  await approve(world, (await heldCall(world, sql)).id);
  expect(await said).toContain('canceling statement due to statement timeout');
});

test('the bridge refuses whoever has no key', async () => {
  const { status } = await fetch(tap.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: INITIALIZE,
  });
  expect(status).toBe(401);
});

test('the page names the versions that ran', async () => {
  const text = await readFile(join(PACKAGE, '../../docs/connect-postgres.md'), 'utf8');
  for (const { name, version } of [SERVER, BRIDGE, installed(import.meta.resolve('mcporter'))])
    expect(text).toContain(`\`${name}\` ${version}`);
  for (const { name, version } of [SERVER, BRIDGE])
    expect(block('sh')).toContain(`npx -y ${name}@${version}`);
});

function block(language: Parameters<ConnectPostgres['blocks']>[0], index = 0): string {
  const found = page.blocks(language)[index];
  if (found === undefined) throw new Error(`The page has no ${language} block ${index + 1}.`);
  return found;
}

interface Server {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** The stack's Postgres as its administrator. */
async function administrator(world: World): Promise<Server> {
  const { hostname, port } = new URL(world.started.database);
  const password = (await readFile(join(world.home, 'postgres-password'), 'utf8')).trim();
  return { host: hostname, port: Number(port), user: 'postgres', password };
}

async function makeDatabase(server: Server): Promise<pg.Pool> {
  const [create = '', fill = ''] = page.blocks('sql');
  const client = new pg.Client({ ...server, database: 'postgres' });
  await client.connect();
  await client.query(create);
  await client.end();
  const shop = new pg.Pool({ ...server, database: 'shop', max: 1 });
  shop.on('error', () => undefined);
  await shop.query(fill);
  return shop;
}

function startBridge(port: number, databasePort: number): Promise<RunningScript> {
  const script = block('sh')
    .replace('127.0.0.1:5432', `127.0.0.1:${databasePort}`)
    .replace('--port 8808', `--port ${port}`);
  const isReady = () =>
    fetch(`http://127.0.0.1:${port}/ping`).then(
      ({ ok }) => ok,
      () => false,
    );
  return startScript(script, isReady, { cwd: PACKAGE });
}

/** As an admin, with what the page says; only the port is this run's. */
async function register(world: World, url: string): Promise<string> {
  const input = connectionInputSchema.parse({ ...JSON.parse(block('json')), url });
  const admin = await world.person('morgan');
  const saved = await admin.post('/api/connections', input, connectionSavedSchema);
  return saved.connection.endpoint;
}

function withRules(source: string, rules: string): string {
  return `${source}\n${rules.replace(/^(?=.)/gm, '  ')}`;
}

/** Calls as the page says, and compares with what the page shows. */
async function transcript(world: World, name: string, tool: string, sql: string): Promise<string> {
  const command = `npx mcporter --config mcporter.json call shop.${tool} --args '{"sql":"${sql}"}'`;
  const output = await runCommand(command.replace('mcporter.json', join(folder, 'mcporter.json')), {
    cwd: PACKAGE,
    env: { HOLDPOINT_TOKEN: token, HOME: folder },
  });
  const made = `\`\`\`console\n$ ${command}\n${output}\n\`\`\``;
  expect(await page.transcript(name, made)).toBe(made);
  return output;
}

async function orders(): Promise<number> {
  const { rows } = await database.query<{ n: number }>(ORDERS);
  return rows[0]?.n ?? Number.NaN;
}

/** How often the gateway sent it on. */
function sent(sql: string): number {
  return tap.seen.filter(({ body }) => body.includes('"tools/call"') && body.includes(sql)).length;
}
