import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { z } from 'zod';
import { installed } from './installed.ts';
import {
  seenCall,
  seenResult,
  type ClientWishes,
  type MatrixClient,
  type OpenClient,
  type Seen,
} from './matrix-client.ts';

const MCP_REMOTE = installed(import.meta.resolve('mcp-remote/package.json'));
const MCPORTER = installed(import.meta.resolve('mcporter'));
const INSPECTOR = installed(import.meta.resolve('@modelcontextprotocol/inspector/package.json'));

/** What a child needs and nothing of the test runner's; its files go where the test says. */
function environment(folder: string): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: folder, NO_COLOR: '1' };
}

/** A desktop application that only starts local servers: SDK v1 over stdio, with the bridge behind. */
const mcpRemote: MatrixClient = {
  label: 'mcp-remote',
  package: MCP_REMOTE,
  introducesItselfAs: 'matrix-desktop (via mcp-remote',
  revision: '2025-11-25',
  shortTimeoutMs: 1_500,
  async open({ endpoint, token, timeoutMs, folder }) {
    const client = new Client({ name: 'matrix-desktop', version: '1.0.0' });
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [
          MCP_REMOTE.command('mcp-remote'),
          ...[endpoint, '--allow-http', '--header', 'Authorization:${AUTH_HEADER}', '--silent'],
        ],
        env: {
          ...environment(folder),
          MCP_REMOTE_CONFIG_DIR: folder,
          AUTH_HEADER: `Bearer ${token}`,
        },
        stderr: 'ignore',
      }),
    );
    const options = timeoutMs === undefined ? {} : { timeout: timeoutMs };
    return {
      call: (name, args) =>
        seenCall(client.callTool({ name, arguments: { ...args } }, undefined, options)),
      close: () => client.close(),
    };
  },
};

/**
 * The same without a token: a person signs in, with a client id that the provider knows. `signIn` gets
 * the address that would open in a browser.
 */
export async function openSignedInRemote(
  { endpoint, folder }: Pick<ClientWishes, 'endpoint' | 'folder'>,
  callbackPort: number,
  clientId: string,
  signIn: (address: string) => Promise<void>,
): Promise<OpenClient> {
  const client = new Client({ name: 'matrix-desktop', version: '1.0.0' });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [
      MCP_REMOTE.command('mcp-remote'),
      ...[endpoint, String(callbackPort), '--allow-http'],
      ...['--static-oauth-client-info', JSON.stringify({ client_id: clientId })],
    ],
    env: { ...environment(folder), MCP_REMOTE_CONFIG_DIR: folder },
    stderr: 'pipe',
  });
  let said = '';
  const signedIn = new Promise<void>((resolve, reject) => {
    transport.stderr?.on('data', (chunk: Buffer) => {
      if (ADDRESS.test(said)) return;
      said += chunk.toString();
      const address = ADDRESS.exec(said)?.[1];
      if (address !== undefined) signIn(address).then(resolve, reject);
    });
  });
  await Promise.all([client.connect(transport), signedIn]);
  return {
    call: (name, args) => seenCall(client.callTool({ name, arguments: { ...args } })),
    close: () => client.close(),
  };
}

/** The whole address, up to the end of its line. */
const ADDRESS = /visiting:\s+(http\S+)\n/;

const mcporter: MatrixClient = {
  label: 'mcporter',
  package: MCPORTER,
  introducesItselfAs: 'mcporter',
  revision: '2025-11-25',
  shortTimeoutMs: 3_000,
  async open({ endpoint, token, timeoutMs, folder }) {
    const config = join(folder, 'mcporter.json');
    const headers = { Authorization: 'Bearer ${HOLDPOINT_TOKEN}' };
    await writeFile(
      config,
      JSON.stringify({ imports: [], mcpServers: { holdpoint: { url: endpoint, headers } } }),
    );
    return {
      call: (tool, args) =>
        run(
          MCPORTER.command('mcporter'),
          [
            ...['--config', config, 'call', `holdpoint.${tool}`],
            ...['--args', JSON.stringify(args), '--output', 'json'],
            ...(timeoutMs === undefined ? [] : ['--timeout', String(timeoutMs)]),
          ],
          { ...environment(folder), HOLDPOINT_TOKEN: token },
        ),
      close: () => Promise.resolve(),
    };
  },
};

const inspector: MatrixClient = {
  label: 'Inspector CLI',
  package: INSPECTOR,
  introducesItselfAs: 'inspector-cli',
  revision: '2025-11-25',
  // Its `requestTimeout` is for the Inspector's page; the command always waits 60 seconds.
  shortTimeoutMs: undefined,
  async open({ endpoint, token, folder }) {
    const config = join(folder, 'inspector.json');
    const holdpoint = {
      type: 'streamable-http',
      url: endpoint,
      headers: { Authorization: `Bearer ${token}` },
    };
    await writeFile(config, JSON.stringify({ mcpServers: { holdpoint } }), { mode: 0o600 });
    return {
      call: (tool, args) =>
        run(
          INSPECTOR.command('mcp-inspector'),
          [
            ...['--cli', '--config', config, '--server', 'holdpoint', '--quiet'],
            ...['--method', 'tools/call', '--tool-name', tool],
            ...['--tool-args-json', JSON.stringify(args)],
          ],
          environment(folder),
        ),
      close: () => Promise.resolve(),
    };
  },
};

/** A command prints what it got, or says on its error output why it got nothing. */
function run(script: string, args: readonly string[], env: Record<string, string>): Promise<Seen> {
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], { env }, (error, stdout, stderr) => {
      const result = resultIn(stdout);
      if (result !== undefined) resolve(seenResult(result));
      // mcporter prints the bare content of a good result, and ends well.
      else if (error === null) resolve({ kind: 'result', isError: false, text: stdout });
      else resolve({ kind: 'gave-up', text: complaintIn(stdout) ?? `${stdout}${stderr}`.trim() });
    });
  });
}

const resultSchema = z.looseObject({ content: z.array(z.unknown()) });
const complaintSchema = z.looseObject({ error: z.string() });

function resultIn(stdout: string): unknown {
  return resultSchema.safeParse(parsed(stdout)).data;
}

function complaintIn(stdout: string): string | undefined {
  return complaintSchema.safeParse(parsed(stdout)).data?.error;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Clients that are processes of their own. */
export const COMMAND_CLIENTS: readonly MatrixClient[] = [mcpRemote, mcporter, inspector];
