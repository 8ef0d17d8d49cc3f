import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IDENTITY_PREFIX } from '../identity/identity-provider.ts';
import { assertPortFree, findFreePort } from '../process/free-port.ts';
import {
  unexpectedExit,
  type ManagedProcess,
  type ProcessExit,
} from '../process/managed-process.ts';
import { TestkitError } from '../testkit.error.ts';
import type { Fault } from '../upstream/demo-server.ts';
import { demoDirectory, rolesOf, withAgents, type Directory } from './demo-directory.ts';
import { demoFilesSeed, prepareDemoFiles } from './demo-files.ts';
import { demoSeed, gatewayEnvironment, type GatewayPlace } from './gateway-environment.ts';
import { openHome, writePrivateJson, type Home } from './home.ts';
import { choosePorts } from './ports.ts';
import {
  killDatabase,
  runGatewayScript,
  startConnector,
  startConsole,
  startDatabase,
  startGateway,
  startIdentity,
  startUpstream,
  type Site,
} from './stack-processes.ts';
import { waitForLeftovers, type Started } from './started.ts';
import { createSupervisor, type Supervisor } from './supervisor.ts';

export interface StartStackOptions {
  /** A temporary folder, removed on stop, when none is named. */
  readonly home?: string;
  /** A free port when none is named. */
  readonly port?: number;
  readonly reset?: boolean;
  /** Called with each finished step. */
  readonly onStep?: (step: string) => void;
  /** Aborting stops what was started so far. */
  readonly signal?: AbortSignal;
  /** With a connector that fronts a file server over stdio, and the connection `files` that leads there. */
  readonly files?: boolean;
  /** So many agents more, `agent-1` and so on, like the demo's own. */
  readonly moreAgents?: number;
  /** Added to the gateway's environment. */
  readonly gatewayEnv?: Readonly<Record<string, string>>;
}

/** A complete running stack: database, identity provider, demo upstream, console and gateway. */
export interface Stack {
  readonly started: Started;
  readonly home: string;
  /** Resolves when one of its processes ends on its own. */
  readonly firstDeath: Promise<ProcessExit>;
  /** Stops the gateway (`kill`: by SIGKILL) and starts it again on the same port. */
  restartGateway(options?: { kill?: boolean }): Promise<void>;
  /** SIGKILL. Resolves once the process is gone; `startGateway` brings the next one. */
  killGateway(): Promise<void>;
  startGateway(): Promise<void>;
  /** A second gateway on the same database, with an origin of its own; `env` on top of the first one's. */
  startSecondGateway(env?: Readonly<Record<string, string>>): Promise<SecondGateway>;
  /** SIGKILL of the server and everything it started, as a machine that loses power. */
  killDatabase(): Promise<void>;
  /** The same data on the same port. */
  startDatabase(): Promise<void>;
  stopUpstream(): Promise<void>;
  startUpstream(fault?: Fault): Promise<void>;
  stop(): Promise<void>;
}

export interface SecondGateway {
  readonly url: string;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** Throws `production_refused` where the embedded stack must not run. */
export function refuseProduction(): void {
  if (process.env['NODE_ENV'] !== 'production') return;
  throw new TestkitError(
    'production_refused',
    'The embedded stack has demo passwords and does not run with NODE_ENV=production; see docs/install.md.',
  );
}

/**
 * Brings up the stack from what is built: `npm start` and the browser tests both use it.
 *
 * @throws TestkitError with one sentence for the person at the terminal.
 */
export async function startStack(options: StartStackOptions = {}): Promise<Stack> {
  refuseProduction();
  const temporary = options.home === undefined;
  const folder = options.home ?? (await mkdtemp(join(tmpdir(), 'holdpoint-stack-')));
  const home = await openHome(folder, { reset: options.reset === true });
  const supervisor = createSupervisor(unexpectedExit);
  let running: Promise<void> | undefined;
  let connector: ManagedProcess | undefined;
  const stop = () => (running ??= stopStack(supervisor, home, temporary, () => connector));
  try {
    return await bringUp(options, home, supervisor, stop, (started) => (connector = started));
  } catch (error) {
    await stop();
    throw error;
  }
}

async function bringUp(
  options: StartStackOptions,
  home: Home,
  supervisor: Supervisor,
  stop: () => Promise<void>,
  keep: (connector: ManagedProcess) => void,
): Promise<Stack> {
  const done = (step: string) => {
    options.signal?.throwIfAborted();
    options.onStep?.(step);
  };
  await waitForLeftovers(home.startedFile);
  const port = options.port ?? (await findFreePort());
  await assertPortFree(port);
  const ports = await choosePorts(home.portsFile);
  const site: Site = { home, ports, supervisor };
  const publicUrl = `http://localhost:${port}`;
  const issuer = publicUrl + IDENTITY_PREFIX;
  const demo = demoDirectory(home.secrets.passwords, home.secrets.agentSecrets);
  const directory = withAgents(demo, options.moreAgents ?? 0);

  let database = await startDatabase(site);
  done('Database');
  const databaseUrl = database.url('holdpoint');
  await runGatewayScript(site, 'migrate', { DATABASE_URL: databaseUrl });
  done('Migrations applied');

  const identity = await startIdentity(site, database, publicUrl, directory);
  done('Identity provider');
  let upstream = await startUpstream(site, database);
  done('Demo upstream');

  const place: GatewayPlace = {
    publicUrl,
    port,
    issuer,
    databaseUrl,
    identityUrl: `http://127.0.0.1:${ports.identityProvider}`,
    consoleUrl: `http://127.0.0.1:${ports.console}`,
  };
  const environment = { ...gatewayEnvironment(home, place), ...options.gatewayEnv };
  const upstreamUrl = `http://127.0.0.1:${ports.demoUpstream}/mcp`;
  const files = options.files === true ? await prepareDemoFiles(home, publicUrl) : undefined;
  const seed = {
    ...demoSeed(upstreamUrl, issuer, home.secrets.upstreamToken, directory),
    ...(files !== undefined && { files: demoFilesSeed(files) }),
  };
  await runGatewayScript(site, 'seed', environment, JSON.stringify(seed));
  done(files === undefined ? 'Demo connection' : 'Demo connections');

  const console = await startConsole(site, options.signal);
  done('Console');
  let gateway = await startGateway(site, environment, options.signal);
  done('Gateway');
  if (files !== undefined) {
    keep(await startConnector(site, files, { publicUrl, databaseUrl }));
    done('Connector');
  }

  const started = (): Started => ({
    ...describe(place, directory),
    database: databaseUrl,
    demoDatabase: database.url('production'),
    identityDatabase: database.url('identity'),
    demoUpstream: upstreamUrl,
    files:
      files === undefined ? null : { mcp: `${place.publicUrl}/mcp/files`, folder: files.folder },
    pids: {
      launcher: process.pid,
      gateway: gateway.pid,
      console: console.pid,
      demoUpstream: upstream.pid,
      identityProvider: identity.pid,
      database: database.process.pid,
    },
  });
  await writePrivateJson(home.startedFile, started());

  async function bringGateway(): Promise<void> {
    gateway = await startGateway(site, environment);
    await writePrivateJson(home.startedFile, started());
  }

  return {
    get started() {
      return started();
    },
    home: home.path,
    firstDeath: supervisor.firstDeath,
    stop,
    async restartGateway({ kill = false } = {}) {
      await (kill ? gateway.kill() : gateway.stop());
      await bringGateway();
    },
    killGateway: () => gateway.kill(),
    startGateway: bringGateway,
    async startSecondGateway(env = {}) {
      const secondPort = await findFreePort();
      const url = `http://localhost:${secondPort}`;
      const second = await startGateway(
        site,
        {
          ...environment,
          HOLDPOINT_PUBLIC_URL: url,
          HOLDPOINT_PORT: String(secondPort),
          HOLDPOINT_INSTANCE_URL: `http://127.0.0.1:${secondPort}`,
          ...env,
        },
        undefined,
        'second gateway',
      );
      return { url, stop: () => second.stop(), kill: () => second.kill() };
    },
    killDatabase: () => killDatabase(site, database),
    async startDatabase() {
      database = await startDatabase(site);
      await writePrivateJson(home.startedFile, started());
    },
    stopUpstream: () => upstream.stop(),
    async startUpstream(fault = {}) {
      await upstream.stop();
      upstream = await startUpstream(site, database, fault);
      await writePrivateJson(home.startedFile, started());
    },
  };
}

async function stopStack(
  supervisor: Supervisor,
  home: Home,
  temporary: boolean,
  connector: () => ManagedProcess | undefined,
): Promise<void> {
  await connector()?.stop();
  await supervisor.stopAll();
  await rm(home.startedFile, { force: true });
  await home.unlock();
  if (temporary) await rm(home.path, { recursive: true, force: true });
}

function describe(place: GatewayPlace, directory: Directory) {
  const emailOf = (sub: string | null) =>
    directory.people.find((each) => each.sub === sub)?.email ?? null;
  return {
    console: place.publicUrl,
    mcp: `${place.publicUrl}/mcp/demo`,
    issuer: place.issuer,
    tokenEndpoint: `${place.issuer}/token`,
    agents: directory.agents.map(({ clientId, clientSecret, groups, ownerSubject }) => ({
      clientId,
      clientSecret,
      groups,
      owner: emailOf(ownerSubject),
    })),
    people: directory.people.map(({ email, password, name, groups }) => ({
      email,
      password,
      name,
      roles: rolesOf(groups),
      groups,
    })),
  };
}
