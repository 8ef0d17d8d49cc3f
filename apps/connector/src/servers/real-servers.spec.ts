// MCP servers and clients as they are in the field, through the connector and back.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  Client as CurrentClient,
  StreamableHTTPClientTransport as CurrentTransport,
} from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { startModernHttp } from '../testing/sdk-server.ts';
import { NODE, scratch, Setup, until } from '../testing/setup.ts';

const require = createRequire(import.meta.url);
const beside = (manifest: string) => join(dirname(manifest), 'dist/index.js');
const EVERYTHING = beside(require.resolve('@modelcontextprotocol/server-everything/package.json'));
const FILESYSTEM = beside(require.resolve('@modelcontextprotocol/server-filesystem/package.json'));
const SDK_SERVER = fileURLToPath(new URL('../testing/sdk-server.process.ts', import.meta.url));

let setup: Setup;
let everything: ChildProcess;
let modern: Server;
const folder = scratch();

beforeAll(async () => {
  const port = await freePort();
  everything = spawn(NODE, [EVERYTHING, 'streamableHttp'], {
    env: { ...process.env, PORT: String(port) },
    stdio: 'ignore',
  });
  const http = `http://127.0.0.1:${port}/mcp`;
  await until(
    () =>
      fetch(http).then(
        () => true,
        () => false,
      ),
    'server-everything listens',
  );
  const current = await startModernHttp();
  modern = current.server;
  mkdirSync(join(folder.path, 'files'));
  writeFileSync(join(folder.path, 'files/hello.txt'), 'good morning');
  setup = await Setup.start({
    own: { stdio: { command: NODE, args: [EVERYTHING, 'stdio'] } },
    shared: { stdio: { command: NODE, args: [EVERYTHING, 'stdio'], sessions: 'shared' } },
    http: { http: { url: http } },
    files: { stdio: { command: NODE, args: [FILESYSTEM, 'files'], cwd: folder.path } },
    'sdk-stdio': { stdio: { command: NODE, args: [SDK_SERVER] } },
    'sdk-http': { http: { url: current.url } },
  });
});

afterAll(async () => {
  await setup.stop();
  everything.kill('SIGKILL');
  modern.closeAllConnections();
  modern.close();
  folder.remove();
});

describe.each(['own', 'shared', 'http'])('server-everything (%s)', (server) => {
  it('serves two clients at once, with progress, questions back and log messages', async () => {
    const clients = await Promise.all([legacyClient(server), legacyClient(server)]);
    await Promise.all(
      clients.map(async ({ client, logged }, index) => {
        const { tools } = await client.listTools();
        expect(tools.map(({ name }) => name)).toContain('echo');
        const echo = await client.callTool({
          name: 'echo',
          arguments: { message: `call ${index}` },
        });
        expect(JSON.stringify(echo.content)).toContain(`call ${index}`);

        const progress: number[] = [];
        await client.callTool(
          { name: 'trigger-long-running-operation', arguments: { duration: 1, steps: 4 } },
          undefined,
          { onprogress: (note) => progress.push(note.progress) },
        );
        // The last one and the answer are two messages in one stream.
        expect(progress.slice(0, 3)).toEqual([1, 2, 3]);
        expect(logged).toEqual([]);
      }),
    );
    await Promise.all(clients.map(({ client }) => client.close()));
  });

  it('asks its client during a call', async () => {
    const { client } = await legacyClient(server);
    const { tools } = await client.listTools();
    const name = tools.find((tool) => /sampling/.test(tool.name))?.name ?? '';
    const answer = await client.callTool({ name, arguments: { prompt: 'hello', maxTokens: 10 } });
    expect(JSON.stringify(answer.content)).toContain('a sampled answer');
    await client.close();
  });

  it('stops at a cancelled call, and serves on', async () => {
    const { client } = await legacyClient(server);
    const left = new AbortController();
    const call = client.callTool(
      { name: 'trigger-long-running-operation', arguments: { duration: 30, steps: 30 } },
      undefined,
      { signal: left.signal, onprogress: () => left.abort() },
    );
    await expect(call).rejects.toThrow();
    const echo = await client.callTool({ name: 'echo', arguments: { message: 'still here' } });
    expect(JSON.stringify(echo.content)).toContain('still here');
    await client.close();
  });
});

describe('server-filesystem', () => {
  it('reads and writes in the folder that the file gives it, and nowhere else', async () => {
    const { client } = await legacyClient('files', false);
    const read = await client.callTool({
      name: 'read_text_file',
      arguments: { path: 'hello.txt' },
    });
    expect(JSON.stringify(read.content)).toContain('good morning');
    const path = join(folder.path, 'files/new.txt');
    await client.callTool({ name: 'write_file', arguments: { path, content: 'written' } });
    expect(readFileSync(path, 'utf8')).toBe('written');
    const outside = await client.callTool({
      name: 'read_text_file',
      arguments: { path: '/etc/hostname' },
    });
    expect(outside.isError).toBe(true);
    await client.close();
  });
});

describe.each([
  ['sdk-stdio', 'auto'],
  ['sdk-stdio', { pin: '2026-07-28' }],
  ['sdk-http', { pin: '2026-07-28' }],
] as const)('the current SDK (%s, %j)', (server, mode) => {
  it('lists, calls, reports progress and is cancelled, without a session', async () => {
    const client = new CurrentClient(
      { name: 'spec', version: '1' },
      { versionNegotiation: { mode } },
    );
    await client.connect(new CurrentTransport(setup.url(server)));
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('count');
    const progress: number[] = [];
    const counted = await client.callTool(
      { name: 'count', arguments: {} },
      { onprogress: (note) => progress.push(note.progress) },
    );
    expect(JSON.stringify(counted.content)).toContain('counted');
    expect(progress).toEqual([1, 2, 3]);

    const left = new AbortController();
    const name = `${server}-${JSON.stringify(mode)}`.replaceAll(/\W/g, '');
    const call = client.callTool({ name: 'wait', arguments: { name } }, { signal: left.signal });
    call.catch(() => undefined);
    // Nothing tells when the server has it: it is cancelled until it has been.
    const cancelled = async () =>
      JSON.stringify(await client.callTool({ name: 'cancelled', arguments: {} }));
    await cancelled();
    left.abort();
    await until(async () => (await cancelled()).includes(name), 'the server knows');
    await client.close();
  });
});

async function legacyClient(server: string, samples = true) {
  const client = new Client(
    { name: 'spec', version: '1' },
    { capabilities: samples ? { sampling: {}, roots: {} } : {} },
  );
  const logged: unknown[] = [];
  if (samples) {
    client.setRequestHandler(CreateMessageRequestSchema, () => ({
      role: 'assistant' as const,
      model: 'test',
      content: { type: 'text' as const, text: 'a sampled answer' },
    }));
    client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [] }));
  }
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => {
    if (params.level === 'error') logged.push(params);
  });
  // The SDK's own types disagree under exactOptionalPropertyTypes.
  const transport: unknown = new StreamableHTTPClientTransport(setup.url(server));
  await client.connect(transport as Parameters<Client['connect']>[0]);
  return { client, logged };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('a request without a session that the server refuses', () => {
  const ask = (server: string, method: string, version: string) =>
    fetch(setup.url(server), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': version,
        'mcp-method': method,
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method,
        params: {
          _meta: {
            'io.modelcontextprotocol/protocolVersion': version,
            'io.modelcontextprotocol/clientInfo': { name: 'spec', version: '1' },
            'io.modelcontextprotocol/clientCapabilities': {},
          },
        },
      }),
    });

  it.each([
    ['tools/list', '2026-07-28', 200],
    ['no/such/method', '2026-07-28', 404],
  ] as const)('is refused over stdio as over HTTP: %s', async (method, version, status) => {
    for (const server of ['sdk-stdio', 'sdk-http']) {
      const answer = await ask(server, method, version);
      expect([server, answer.status]).toEqual([server, status]);
      await answer.text();
    }
  });
});
