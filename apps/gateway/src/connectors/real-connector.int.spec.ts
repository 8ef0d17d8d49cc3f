import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  connectionSavedSchema,
  connectionTestSchema,
  connectorLogSchema,
  connectorSitesSchema,
  enrolmentCreatedSchema,
} from '@holdpoint/contracts';
import { Agent, toolCall } from '../testing/agent.ts';
import type { Browser } from '../testing/browser.ts';
import { AGENT, startGatewayHttp, type GatewayHttp } from '../testing/gateway-http.ts';
import { until } from '../testing/mcp-bench.ts';

/**
 * The whole way, with nothing made for the test but the configuration: the console's API, the
 * connector's own commands, and the reference server over stdio.
 */
const PROGRAM = fileURLToPath(
  new URL('../../../connector/bin/holdpoint-connector-source.mjs', import.meta.url),
);
const EVERYTHING = createRequire(import.meta.url).resolve(
  '@modelcontextprotocol/server-everything/dist/index.js',
);
const URL_OF_SERVER = 'connector://lab/everything';
const WAIT_MS = 60_000;

let gateway: GatewayHttp;
let admin: Browser;
let folder: string;
let running: ChildProcess | undefined;

beforeAll(async () => {
  gateway = await startGatewayHttp();
  admin = await gateway.signIn('adrian');
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-connector-'));
  const stdio = { command: process.execPath, args: [EVERYTHING, 'stdio'] };
  const config = { state: 'state', servers: { everything: { stdio } } };
  await writeFile(join(folder, 'holdpoint-connector.yaml'), JSON.stringify(config));
});
afterAll(async () => {
  await stop('SIGTERM');
  await gateway.close();
  await rm(folder, { recursive: true, force: true });
});

function start(...args: readonly string[]): ChildProcess {
  const { NODE_OPTIONS: _options, ...env } = process.env;
  return spawn(
    process.execPath,
    ['--conditions=holdpoint-source', '--disable-warning=ExperimentalWarning', PROGRAM, ...args],
    { cwd: folder, env, stdio: 'ignore' },
  );
}

async function stop(signal: NodeJS.Signals): Promise<void> {
  if (running === undefined) return;
  const ended = once(running, 'exit');
  running.kill(signal);
  await ended;
  running = undefined;
}

async function connectors() {
  const answer = await admin.visit('/api/connectors', { headers: { accept: 'application/json' } });
  return connectorSitesSchema.parse(await answer.json()).items[0]?.connectors ?? [];
}

async function agent(): Promise<Agent> {
  const answer = await fetch(`${gateway.issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${AGENT.clientId}:${AGENT.clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  return new Agent(`${gateway.publicUrl}/mcp/demo`, token);
}

const isConnected = async () => (await connectors()).find(({ state }) => state === 'connected');

describe('a connector of the command line', () => {
  it('enrols with the command that the console gives, once', async () => {
    const made = enrolmentCreatedSchema.parse(
      await (await admin.send('POST', '/api/connectors/enrolments', { site: 'lab' })).json(),
    );
    const [, , ...args] = made.command.split(' ');
    const [code] = (await once(start(...args, '--state', join(folder, 'state')), 'exit')) as [
      number,
    ];
    expect(code).toBe(0);
    const other = start(...args, '--state', join(folder, 'other'));
    expect(((await once(other, 'exit')) as [number])[0]).not.toBe(0);
    expect(await connectors()).toHaveLength(1);
  });

  it('connects, and offers what its file lists', async () => {
    running = start('run');
    const connector = await until(isConnected, 'it is connected', WAIT_MS);
    expect(connector.servers).toMatchObject([{ name: 'everything', kind: 'stdio' }]);
    const answer = await admin.send('POST', '/api/connections/test', { url: URL_OF_SERVER });
    expect(connectionTestSchema.parse(await answer.json())).toMatchObject({
      ok: true,
      tools: expect.arrayContaining([expect.objectContaining({ name: 'echo' })]),
    });
  });

  it('serves a connection that has no credential, and takes none', async () => {
    const input = {
      slug: 'demo',
      title: 'Everything',
      url: URL_OF_SERVER,
      callerGroups: ['agents'],
      defaultEffect: 'allow',
      chain: [{ groups: ['reviewers'] }],
    };
    const refused = await admin.send('POST', '/api/connections', {
      ...input,
      credential: { kind: 'bearer', token: 'secret' },
    });
    expect(refused.status).toBe(400);
    const elsewhere = { ...input, url: 'connector://nowhere/everything' };
    expect((await admin.send('POST', '/api/connections', elsewhere)).status).toBe(400);
    const saved = await admin.send('POST', '/api/connections', input);
    const { connection } = connectionSavedSchema.parse(await saved.json());
    expect(connection.tools.map(({ name }) => name)).toContain('echo');
  });

  it('carries calls and their progress', async () => {
    const caller = await agent();
    await caller.initialize();
    const echoed = await caller.post(toolCall(1, 'echo', '{"message":"héllo \\u0001"}'));
    expect(await echoed.last()).toContain('héllo');
    const long = await caller.post(
      toolCall(
        2,
        'trigger-long-running-operation',
        '{"duration":1,"steps":3}',
        '{"progressToken":"t"}',
      ),
    );
    const events = (await long.rest()).flatMap((event) =>
      event.kind === 'message' && event.data ? [event.data] : [],
    );
    const progress = events.filter((data) => data.includes('notifications/progress'));
    expect(progress.length).toBeGreaterThan(0);
    expect(progress.every((data) => data.includes('"progressToken":"t"'))).toBe(true);
    expect(events.at(-1)).toContain('"id":2');
  });

  it('leaves a call unknown when it is killed, and serves again after a restart', async () => {
    const caller = await agent();
    await caller.initialize();
    const call = caller.post(
      toolCall(
        3,
        'trigger-long-running-operation',
        '{"duration":60,"steps":60}',
        '{"progressToken":"u"}',
      ),
    );
    const answer = await call;
    await answer.nextData();
    await stop('SIGKILL');
    expect(await answer.last()).toContain('may have run');
    running = start('run');
    await until(isConnected, 'it is connected again', WAIT_MS);
    const again = await agent();
    await until(
      async () => {
        await again.initialize();
        return (
          await (await again.post(toolCall(4, 'echo', '{"message":"back"}'))).last()
        ).includes('back');
      },
      'calls go on',
      WAIT_MS,
    );
  });

  it('shows its log, and is over for good when it is revoked', async () => {
    const { id = '' } = (await connectors())[0] ?? {};
    const log = await until(
      async () => {
        const answer = await admin.visit(`/api/connectors/${id}/log`, {
          headers: { accept: 'application/json' },
        });
        const { lines } = connectorLogSchema.parse(await answer.json());
        return lines.length > 0 && lines;
      },
      'its log is shown',
      WAIT_MS,
    );
    expect(log.length).toBeLessThanOrEqual(200);
    const ended = once(running ?? start('run'), 'exit');
    await admin.send('POST', `/api/connectors/${id}/revoke`, {});
    await ended;
    running = undefined;
    expect((await connectors())[0]).toMatchObject({ state: 'revoked', links: [] });
  });
});
