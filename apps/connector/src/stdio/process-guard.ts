import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
/** Not at once, for a machine that can start nothing now. */
const AGAIN_MS = 1000;
const PROGRAM = fileURLToPath(new URL(`./guard.process.${EXTENSION}`, import.meta.url));

/**
 * One small process that knows every process group this connector has started, and ends them if the
 * connector goes without doing so.
 */
export class ProcessGuard {
  readonly #groups = new Set<number>();
  #process: ChildProcess | undefined;

  /** As soon as the group's first process runs. */
  watch(group: number): void {
    this.#groups.add(group);
    if (this.#process === undefined) this.#start();
    else this.#say(`+${group}`);
  }

  /** Nothing of the group is left: its number may be given to others. */
  forget(group: number): void {
    if (this.#groups.delete(group)) this.#say(`-${group}`);
  }

  close(): void {
    const guard = this.#process;
    this.#process = undefined;
    guard?.stdin?.end();
  }

  #start(): void {
    const guard = spawn(process.execPath, [PROGRAM], {
      stdio: ['pipe', 'ignore', 'ignore'],
      // In a session of its own: what a terminal sends to the connector's group isn't meant for it.
      detached: true,
      env: {},
    });
    this.#process = guard;
    guard.stdin?.on('error', () => undefined);
    guard.once('error', () => this.#lost(guard));
    guard.once('exit', () => this.#lost(guard));
    for (const group of this.#groups) this.#say(`+${group}`);
    guard.unref();
  }

  /** Somebody killed it: another one learns of all that run. */
  #lost(guard: ChildProcess): void {
    if (this.#process !== guard) return;
    this.#process = undefined;
    const again = () => {
      if (this.#process === undefined && this.#groups.size > 0) this.#start();
    };
    setTimeout(again, AGAIN_MS).unref();
  }

  #say(line: string): void {
    this.#process?.stdin?.write(`${line}\n`);
  }
}
