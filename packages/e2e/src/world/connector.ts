import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  connectorSitesSchema,
  enrolmentCreatedSchema,
  type Connector as ConnectorView,
} from '@holdpoint/contracts';
import { z } from 'zod';
import type { World } from './world.ts';

/** As `holdpoint-connector` starts it on a Node that is old: with a channel that tells of its starter's end. */
const PROGRAM = fileURLToPath(
  new URL('../../../../apps/connector/bin/holdpoint-connector-source.mjs', import.meta.url),
);
const LOOK_AGAIN_MS = 100;
const LINKED_WITHIN_MS = 90_000;
const stateSchema = z.object({ connectorId: z.string() });

export interface ConnectorPlan {
  /** Connectors of one site serve the same servers. */
  readonly site: string;
  /** As in the connector's file. */
  readonly servers: Readonly<Record<string, unknown>>;
  /** It dials through this HTTP proxy. */
  readonly proxy?: string;
  /** The gateway that it dials, where it isn't the world's own. */
  readonly gateway?: string;
}

/** A connector as an operator runs it: a process of its own, enrolled once. */
export class Connector {
  readonly id: string;
  readonly site: string;
  readonly #world: World;
  readonly #folder: string;
  #child: ChildProcess | undefined;
  #log = '';

  private constructor(world: World, site: string, folder: string, id: string) {
    this.#world = world;
    this.site = site;
    this.#folder = folder;
    this.id = id;
  }

  /** Enrols with a token that an admin makes, runs, and waits until it is linked. */
  static async start(world: World, plan: ConnectorPlan): Promise<Connector> {
    const folder = await mkdtemp(join(tmpdir(), 'holdpoint-connector-'));
    const admin = await world.person('morgan');
    const input = { site: plan.site };
    const { token } = await admin.post('/api/connectors/enrolments', input, enrolmentCreatedSchema);
    const gateway = plan.gateway ?? world.started.console;
    const enrolling = run(['enroll', gateway, '--state', folder, '--name', plan.site], {
      HOLDPOINT_ENROLMENT_TOKEN: token,
    });
    let said = '';
    enrolling.stderr?.on('data', (text: Buffer) => (said += text.toString('utf8')));
    const [code] = await once(enrolling, 'close');
    if (code !== 0) throw new Error(`It was not enrolled: ${said}`);
    // JSON is YAML.
    const file = {
      state: folder,
      gateway: { proxy: plan.proxy ?? 'none' },
      servers: plan.servers,
      limits: { drainSeconds: 30 },
    };
    await writeFile(join(folder, 'connector.yaml'), JSON.stringify(file));
    const state: unknown = JSON.parse(await readFile(join(folder, 'connector.json'), 'utf8'));
    const { connectorId } = stateSchema.parse(state);
    const connector = new Connector(world, plan.site, folder, connectorId);
    connector.run();
    await connector.untilLinked();
    return connector;
  }

  /** Where the connections of this site's servers lead. */
  address(server: string): string {
    return `connector://${this.site}/${server}`;
  }

  /** What it wrote to its standard error, over all its lives. */
  get log(): string {
    return this.#log;
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('The connector does not run.');
    return pid;
  }

  /** Starts it again, with the key that it has. */
  run(): void {
    const child = run(['run', '--config', join(this.#folder, 'connector.yaml')], {});
    child.stderr?.on('data', (text: Buffer) => (this.#log += text.toString('utf8')));
    this.#child = child;
  }

  /** SIGTERM: it drains, and ends. Answers its exit code. */
  stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  /** SIGKILL. */
  kill(): Promise<number | null> {
    return this.#end('SIGKILL');
  }

  /** Resolves when it has ended by itself. */
  async ended(): Promise<number | null> {
    const child = this.#child;
    if (child === undefined) throw new Error('The connector does not run.');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return child.exitCode;
  }

  /** As the console shows it. */
  async view(): Promise<ConnectorView | undefined> {
    const admin = await this.#world.person('morgan');
    const { items } = await admin.get('/api/connectors', connectorSitesSchema);
    return items.flatMap(({ connectors }) => connectors).find(({ id }) => id === this.id);
  }

  untilLinked(): Promise<void> {
    return this.#until(({ state, links }) => state === 'connected' && links.length === 1);
  }

  untilOffline(): Promise<void> {
    return this.#until(({ state }) => state === 'offline' || state === 'revoked');
  }

  async #until(isSo: (view: ConnectorView) => boolean): Promise<void> {
    const end = Date.now() + LINKED_WITHIN_MS;
    for (;;) {
      // A gateway that is away is asked again.
      const view = await this.view().catch(() => undefined);
      if (view !== undefined && isSo(view)) return;
      if (Date.now() > end) throw new Error(`It stays ${JSON.stringify(view)}.\n${this.#log}`);
      await sleep(LOOK_AGAIN_MS);
    }
  }

  async revoke(): Promise<void> {
    const admin = await this.#world.person('morgan');
    await admin.post(`/api/connectors/${this.id}/revoke`, {}, connectorSitesSchema);
  }

  /** Ends whatever is left of it. */
  async remove(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child === undefined) return null;
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await once(child, 'exit');
    }
    return child.exitCode;
  }
}

function run(args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  // Conditions and hooks of the test runner would change how it behaves.
  const { NODE_OPTIONS: _options, ...inherited } = process.env;
  return spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}
