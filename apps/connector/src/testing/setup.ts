import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { enroll } from '../commands/enroll.ts';
import { type Config, configSchema } from '../config/config.ts';
import { loadState } from '../config/state.ts';
import { Connector } from '../connector.ts';
import { FarEnd } from './far-end.ts';

/** Waits for what must come true; a bound against hangs, not a measure of speed. */
export async function until(
  isTrue: () => boolean | Promise<boolean>,
  what: string,
  withinMs = 60_000,
): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await isTrue())) {
    if (Date.now() > end) throw new Error(`never came true: ${what}`);
    await sleep(20);
  }
}

/** A folder that is gone afterwards. */
export function scratch(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'connector-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Whether a process of that number runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export const NODE = process.execPath;

/** A connector in this process, enrolled at a far end of its own and linked to it. */
export class Setup {
  readonly far: FarEnd;
  readonly connector: Connector;
  readonly lines: string[];
  readonly state: string;
  readonly #remove: () => void;

  private constructor(facts: {
    far: FarEnd;
    connector: Connector;
    lines: string[];
    state: string;
    remove: () => void;
  }) {
    this.far = facts.far;
    this.connector = facts.connector;
    this.lines = facts.lines;
    this.state = facts.state;
    this.#remove = facts.remove;
  }

  static async start(
    servers: Record<string, unknown>,
    more: Record<string, unknown> = {},
    env: NodeJS.ProcessEnv = process.env,
  ): Promise<Setup> {
    const far = await FarEnd.start();
    const { path, remove } = scratch();
    await enrolAt(far, path);
    const config: Config = configSchema.parse({ servers, ...more });
    const lines: string[] = [];
    const connector = new Connector({
      config,
      state: loadState(path),
      version: '0.1.0',
      env,
      write: (line) => lines.push(line),
    });
    connector.start({ revoked: () => undefined });
    await until(() => far.isLinked, 'the connector is linked');
    return new Setup({ far, connector, lines, state: path, remove });
  }

  /** Where an MCP client finds a server. */
  url(server: string): URL {
    return new URL(`/mcp/${server}`, this.far.origin);
  }

  async stop(): Promise<void> {
    await this.connector.stop();
    await this.far.close();
    this.#remove();
  }
}

export function enrolAt(far: FarEnd, state: string, token = 'good'): Promise<string> {
  return enroll({
    gateway: far.origin,
    token,
    name: 'test',
    state,
    version: '0.1.0',
    force: false,
    allowPlainHttp: false,
    ca: undefined,
    proxy: 'none',
  });
}
