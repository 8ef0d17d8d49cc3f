import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { LineReader } from './line-reader.ts';
import type { ProcessGuard } from './process-guard.ts';

const MAX_STDERR_LINE = 8 * 1024;
/** How long a program that is gone may leave its output open by somebody it started. */
const LAST_OUTPUT_MS = 1000;

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly maxLineBytes: number;
  readonly stopMs: number;
  readonly guard: ProcessGuard;
  readonly onLine: (line: Uint8Array) => void;
  readonly onTooLong: () => void;
  readonly onStderr: (line: string) => void;
  /** Once, when nothing more comes. */
  readonly onEnd: (reason: string) => void;
}

/**
 * A program and everything it starts, as one process group.
 * INVARIANT: however it, the exchange that needed it or this connector ends, the whole group ends.
 */
export class Child {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #options: ChildOptions;
  readonly #ended: Promise<void>;
  #isOver = false;
  #isStopping = false;

  constructor(options: ChildOptions) {
    this.#options = options;
    this.#process = spawn(options.command, [...options.args], {
      cwd: options.cwd,
      env: options.env,
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      windowsHide: true,
    });
    if (this.#process.pid !== undefined) options.guard.watch(this.#process.pid);
    this.#read();
    this.#ended = new Promise((resolve) => this.#watch(resolve));
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Gone or going: what is written to it reaches nobody. */
  get isClosed(): boolean {
    return this.#isOver || this.#isStopping;
  }

  /** Bytes that the program hasn't read yet. */
  get queuedBytes(): number {
    return this.#process.stdin.writableLength;
  }

  /** @param line - without a line break in it; one is added */
  write(line: string): void {
    if (!this.isClosed) this.#process.stdin.write(`${line}\n`);
  }

  /** As the protocol says: close its input, ask, insist. Resolves when the group is gone. */
  async stop(): Promise<void> {
    if (!this.#isStopping && !this.#isOver) {
      this.#isStopping = true;
      this.#process.stdin.end();
      const { stopMs } = this.#options;
      if (!(await this.#within(stopMs * 0.4))) {
        this.#kill('SIGTERM');
        if (!(await this.#within(stopMs * 0.6))) this.#kill('SIGKILL');
      }
    }
    await this.#ended;
  }

  #read(): void {
    const { maxLineBytes, onLine, onTooLong, onStderr } = this.#options;
    const out = new LineReader(maxLineBytes, onLine, onTooLong);
    this.#process.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    this.#process.stdout.once('end', () => out.end());
    const log = new LineReader(
      MAX_STDERR_LINE,
      (line) => onStderr(Buffer.from(line).toString('utf8')),
      () => onStderr(`(a line of more than ${MAX_STDERR_LINE} bytes was left out)`),
    );
    this.#process.stderr.on('data', (chunk: Buffer) => log.push(chunk));
    this.#process.stderr.once('end', () => log.end());
    // A program that has closed its input, or is gone: `exit` says so.
    this.#process.stdin.on('error', () => undefined);
    this.#process.stdout.on('error', () => undefined);
    this.#process.stderr.on('error', () => undefined);
  }

  #watch(resolve: () => void): void {
    let reason = 'ended';
    let last: NodeJS.Timeout | undefined;
    const finish = () => {
      if (this.#isOver) return;
      this.#isOver = true;
      clearTimeout(last);
      this.#process.stdout.destroy();
      this.#process.stderr.destroy();
      this.#options.onEnd(reason);
      resolve();
    };
    this.#process.once('error', (error) => {
      reason = `can't be started: ${error.message}`;
      if (this.#process.pid === undefined) finish();
    });
    this.#process.once('exit', (code, signal) => {
      reason = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
      // What it started and left behind.
      this.#kill('SIGKILL');
      if (this.#process.pid !== undefined) this.#options.guard.forget(this.#process.pid);
      last = setTimeout(finish, LAST_OUTPUT_MS);
    });
    this.#process.once('close', finish);
  }

  #kill(signal: NodeJS.Signals): void {
    const { pid } = this.#process;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // Nobody of the group is left.
    }
  }

  async #within(ms: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, ms, false);
    });
    const inTime = await Promise.race([this.#ended.then(() => true), late]);
    clearTimeout(timer);
    return inTime;
  }
}
