import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import type { FarEnd } from './far-end.ts';
import { enrolAt, NODE, scratch, until } from './setup.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/holdpoint-connector-source.mjs', import.meta.url));

/** The command as an operator runs it, in a folder of its own. */
export class ConnectorProcess {
  readonly folder: string;
  readonly removeFolder: () => void;
  #running: ChildProcess | undefined;
  output = '';

  constructor(config: object) {
    const { path, remove } = scratch();
    this.folder = path;
    this.removeFolder = remove;
    writeFileSync(join(path, 'holdpoint-connector.yaml'), stringify({ state: 'state', ...config }));
  }

  get pid(): number {
    return this.#running?.pid ?? 0;
  }

  get exitCode(): number | null {
    return this.#running?.exitCode ?? null;
  }

  get hasEnded(): boolean {
    return (
      this.#running === undefined ||
      this.#running.exitCode !== null ||
      this.#running.signalCode !== null
    );
  }

  /** Starts the command and doesn't wait. */
  start(...args: string[]): void {
    this.output = '';
    const child = spawn(NODE, ['--conditions=holdpoint-source', PROGRAM, ...args], {
      cwd: this.folder,
      env: { ...process.env, HTTP_PROXY: '', HTTPS_PROXY: '', NODE_NO_WARNINGS: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString('utf8')));
    }
    this.#running = child;
  }

  /** Runs the command to its end. @returns its exit code */
  async run(...args: string[]): Promise<number | null> {
    this.start(...args);
    const child = this.#running;
    await new Promise((resolve) => child?.once('close', resolve));
    return child?.exitCode ?? null;
  }

  async enrolAndRun(far: FarEnd): Promise<void> {
    await enrolAt(far, join(this.folder, 'state'));
    this.start('run');
    await until(() => far.isLinked, `the connector is linked: ${this.output}`);
  }

  kill(signal: NodeJS.Signals): void {
    this.#running?.kill(signal);
  }
}
