import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { killServer } from '../postgres/data-directory.ts';
import { startPostgres, type EmbeddedDatabase } from '../postgres/start-postgres.ts';
import {
  processEntry,
  startProcess,
  unexpectedExit,
  type ManagedProcess,
  type ProcessExit,
} from '../process/managed-process.ts';
import { TestkitError } from '../testkit.error.ts';
import type { Fault } from '../upstream/demo-server.ts';
import type { Directory } from './demo-directory.ts';
import type { DemoFiles } from './demo-files.ts';
import { CONSOLE_CLIENT_ID } from './gateway-environment.ts';
import type { Home } from './home.ts';
import type { Ports } from './ports.ts';
import type { Supervisor } from './supervisor.ts';

const READY_WITHIN_MS = 60_000;
const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url));
const GATEWAY = join(REPOSITORY, 'apps/gateway/dist');
const CONNECTOR = join(REPOSITORY, 'apps/connector/bin/holdpoint-connector-source.mjs');
const CONSOLE = join(REPOSITORY, 'apps/console/.next/standalone/apps/console/server.js');

/** Where a stack runs. */
export interface Site {
  readonly home: Home;
  readonly ports: Ports;
  readonly supervisor: Supervisor;
}

export async function startDatabase({ home, ports, supervisor }: Site): Promise<EmbeddedDatabase> {
  const database = await startPostgres({
    dataDir: home.dataDir,
    port: ports.database,
    logFile: home.logFile('database'),
  });
  supervisor.adopt(database.process);
  await database.createDatabase('holdpoint');
  await database.createDatabase('identity');
  await database.createDatabase('production', 'production_app');
  return database;
}

/** The process that looks after the server dies too: it must not mistake this for an end in order. */
export async function killDatabase({ home }: Site, database: EmbeddedDatabase): Promise<void> {
  await database.process.kill();
  await killServer(home.dataDir);
}

export function startIdentity(
  { home, ports, supervisor }: Site,
  database: EmbeddedDatabase,
  publicUrl: string,
  directory: Directory,
): Promise<ManagedProcess> {
  return supervisor.startReporting({
    name: 'identity provider',
    script: processEntry(import.meta.url, '../identity/identity.process'),
    logFile: home.logFile('identity-provider'),
    config: {
      port: ports.identityProvider,
      publicUrl,
      instance: home.instance,
      databaseUrl: database.url('identity'),
      demoConnectionUrl: `${publicUrl}/mcp/demo`,
      people: directory.people,
      agents: directory.agents,
      console: { clientId: CONSOLE_CLIENT_ID, clientSecret: home.secrets.consoleClientSecret },
    },
  });
}

export function startUpstream(
  { home, ports, supervisor }: Site,
  database: EmbeddedDatabase,
  fault: Fault = {},
): Promise<ManagedProcess> {
  return supervisor.startReporting({
    name: 'demo upstream',
    script: processEntry(import.meta.url, '../upstream/upstream.process'),
    logFile: home.logFile('demo-upstream'),
    config: {
      port: ports.demoUpstream,
      databaseUrl: database.url('production'),
      token: home.secrets.upstreamToken,
      fault,
    },
  });
}

export async function startConsole(
  { home, ports, supervisor }: Site,
  signal?: AbortSignal,
): Promise<ManagedProcess> {
  await assertBuilt(CONSOLE);
  const console = await supervisor.start({
    name: 'console',
    script: CONSOLE,
    cwd: join(CONSOLE, '..'),
    logFile: home.logFile('console'),
    env: {
      HOSTNAME: '127.0.0.1',
      PORT: String(ports.console),
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
    },
  });
  await untilReady(`http://127.0.0.1:${ports.console}`, console, signal, (status) => status < 500);
  return console;
}

export async function startGateway(
  { home, supervisor }: Site,
  environment: Readonly<Record<string, string>>,
  signal?: AbortSignal,
  name = 'gateway',
): Promise<ManagedProcess> {
  const script = join(GATEWAY, 'main.js');
  await assertBuilt(script);
  const gateway = await supervisor.start({
    name,
    script,
    logFile: home.logFile(name.replace(' ', '-')),
    env: environment,
  });
  const healthUrl = `http://127.0.0.1:${environment['HOLDPOINT_PORT'] ?? ''}/healthz`;
  await untilReady(healthUrl, gateway, signal, (status) => status === 200);
  return gateway;
}

/**
 * The demo's connector. Not among those whose end ends the stack: an admin may revoke it, and the rest
 * goes on.
 */
export async function startConnector(
  { home, supervisor }: Site,
  { configFile, stateFolder, token }: DemoFiles,
  { publicUrl, databaseUrl }: { readonly publicUrl: string; readonly databaseUrl: string },
): Promise<ManagedProcess> {
  const logFile = home.logFile('connector');
  const place = ['--config', configFile, '--state', stateFolder];
  if (token !== undefined)
    await supervisor.run({
      name: 'connector',
      script: CONNECTOR,
      args: ['enroll', publicUrl, '--force', '--name', 'Demo connector', ...place],
      // Not on the command line, which everybody on the machine can read.
      env: { HOLDPOINT_ENROLMENT_TOKEN: token },
      logFile,
    });
  const connector = await startProcess({
    name: 'connector',
    script: CONNECTOR,
    args: ['run', ...place],
    logFile,
  });
  await untilLinked(databaseUrl, connector, logFile);
  return connector;
}

/** One that was revoked ends by itself, which an admin may well have wanted: nothing waits for it. */
async function untilLinked(
  databaseUrl: string,
  connector: ManagedProcess,
  logFile: string,
): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  let isOver = false;
  void connector.exited.then(() => (isOver = true));
  try {
    for (const started = Date.now(); !isOver; await sleep(100)) {
      const { rowCount } = await client.query(
        'select 1 from connector_link l join connector c on c.id = l.connector_id where c.last_seen_at > $1',
        [new Date(started - 1000)],
      );
      if (rowCount !== null && rowCount > 0) return;
      if (Date.now() - started > READY_WITHIN_MS) {
        await connector.stop();
        throw new TestkitError('start_failed', `The connector did not connect; see ${logFile}.`);
      }
    }
  } finally {
    await client.end();
  }
}

export async function runGatewayScript(
  { home, supervisor }: Site,
  name: 'migrate' | 'seed',
  env: Readonly<Record<string, string>>,
  stdin?: string,
): Promise<void> {
  const script = join(GATEWAY, `${name}.js`);
  await assertBuilt(script);
  await supervisor.run({
    name: name === 'migrate' ? 'database migration' : 'demo seed',
    script,
    env,
    logFile: home.logFile(name),
    ...(stdin === undefined ? {} : { stdin }),
  });
}

async function assertBuilt(script: string): Promise<void> {
  await access(script).catch((cause: unknown) => {
    throw new TestkitError('start_failed', `${script} is missing; run the build first.`, { cause });
  });
}

async function untilReady(
  url: string,
  managed: ManagedProcess,
  signal: AbortSignal | undefined,
  isHealthy: (status: number) => boolean,
): Promise<void> {
  let exit: ProcessExit | undefined;
  void managed.exited.then((ended) => {
    exit = ended;
  });
  for (const started = Date.now(); Date.now() - started < READY_WITHIN_MS;) {
    signal?.throwIfAborted();
    if (exit !== undefined) throw unexpectedExit(exit);
    const status = await fetch(url, {
      redirect: 'manual',
      signal: AbortSignal.timeout(5_000),
    }).then(
      (response) => response.status,
      () => undefined,
    );
    if (status !== undefined && isHealthy(status)) return;
    await sleep(100);
  }
  throw new TestkitError('start_failed', `The ${managed.name} did not get ready at ${url}.`);
}
