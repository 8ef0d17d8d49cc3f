import { ExchangeError, messageOf } from '../connector.error.ts';
import type { StdioConfig } from '../config/config.ts';
import type { Credentials } from '../credentials/credentials.ts';
import { Backoff } from '../link/backoff.ts';
import type { ConnectorLog } from '../log/log.ts';
import { Child } from './child.ts';
import type { ProcessGuard } from './process-guard.ts';
import { type Sessions, StdioWire, type WireKind } from './stdio-wire.ts';

const LEAST_BACKOFF_MS = 500;
/** Who has run for so long has not failed at starting. */
const SETTLED_MS = 10_000;

/** What a program inherits of the connector's own environment: nothing that could be a secret. */
const INHERITED = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'];
const INHERITED_ON_WINDOWS = ['APPDATA', 'LOCALAPPDATA', 'SYSTEMROOT', 'TEMP', 'USERPROFILE'];

export interface RunnerFacts {
  readonly name: string;
  readonly config: StdioConfig;
  readonly maxBytes: number;
  readonly credentials: Credentials;
  readonly guard: ProcessGuard;
  readonly log: ConnectorLog;
  readonly env: NodeJS.ProcessEnv;
}

/** Starts the processes of one configured server, and waits between starts that fail. */
export class Runner {
  readonly #facts: RunnerFacts;
  readonly #backoff: Backoff;
  readonly #running = new Set<Child>();
  readonly #retiring = new Set<Child>();
  #notBefore = 0;
  #starting = 0;
  #restarts = 0;
  #lastError: string | undefined;
  #isStopped = false;

  constructor(facts: RunnerFacts) {
    this.#facts = facts;
    this.#backoff = new Backoff(LEAST_BACKOFF_MS, facts.config.maxBackoffSeconds * 1000);
  }

  get processes(): number {
    return this.#running.size + this.#retiring.size;
  }

  /** Of these, those that aren't needed any more and take their time to end. */
  get ending(): number {
    return this.#retiring.size;
  }

  get restarts(): number {
    return this.#restarts;
  }

  get lastError(): string | undefined {
    return this.#lastError;
  }

  get isStarting(): boolean {
    return this.#starting > 0;
  }

  /** Milliseconds until another start may be tried. */
  get waitMs(): number {
    return Math.max(0, this.#notBefore - performance.now());
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /**
   * @param onEnd - what had been started has ended, for any reason
   * @throws ExchangeError `unavailable`, unsent
   */
  async start(
    kind: WireKind,
    sessions: Sessions,
    onEnd: (wire: StdioWire) => void,
  ): Promise<StdioWire> {
    if (this.#isStopped) throw unavailable('The connector is stopping.');
    if (this.waitMs > 0) {
      const seconds = Math.ceil(this.waitMs / 1000);
      throw unavailable(`The server keeps failing; its next start is in ${seconds} s.`);
    }
    this.#starting += 1;
    try {
      const env = await this.#environment();
      // It may have been stopped while a credential was fetched.
      if (this.isStopped) throw unavailable('The connector is stopping.');
      return await this.#spawn(kind, sessions, env, onEnd);
    } finally {
      this.#starting -= 1;
    }
  }

  /** Ends a process that isn't needed any more: no failure. */
  async retire(wire: StdioWire): Promise<void> {
    const { child } = wire;
    if (child === undefined) return;
    this.#running.delete(child);
    this.#retiring.add(child);
    await child.stop();
    this.#retiring.delete(child);
  }

  /** Ends them all; resolves when they are gone. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#running, ...this.#retiring].map((child) => child.stop()));
  }

  #spawn(
    kind: WireKind,
    sessions: Sessions,
    env: Record<string, string>,
    onEnd: (wire: StdioWire) => void,
  ): Promise<StdioWire> {
    const { name, config, maxBytes, guard, log } = this.#facts;
    const warn = (text: string) => log.warn(text, name);
    const wire = new StdioWire({ kind, sessions, maxBytes, warn });
    const startedAt = performance.now();
    const child = new Child({
      command: config.command,
      args: config.args,
      cwd: config.cwd,
      env,
      maxLineBytes: maxBytes,
      stopMs: config.stopSeconds * 1000,
      guard,
      onLine: (line) => wire.receive(line),
      onTooLong: () =>
        warn(`A line of its output is longer than ${maxBytes} bytes and was left out.`),
      onStderr: (line) => log.info(line, name),
      onEnd: (reason) => {
        // One that was retired has been taken out before.
        if (this.#running.delete(child)) this.#ended(wire, reason, performance.now() - startedAt);
        else log.info(`Its process ${reason}.`, name);
        wire.lose(reason);
        if (child.pid !== undefined) onEnd(wire);
      },
    });
    wire.attach(child);
    this.#running.add(child);
    // Why is said in the next turn, where it also counts as a failed start.
    if (child.pid === undefined) {
      return Promise.reject(unavailable('The server’s program can’t be started.'));
    }
    log.info(`Started (process ${child.pid}).`, name);
    return Promise.resolve(wire);
  }

  #ended(wire: StdioWire, reason: string, ranMs: number): void {
    const { log, name } = this.#facts;
    if (this.#isStopped) return log.info(`Its process ${reason}.`, name);
    this.#lastError = log.clean(`Its process ${reason}.`, 300);
    this.#restarts += 1;
    // A client that can make its own process crash must not keep others from getting one.
    if (wire.kind !== 'shared' && wire.hasAnswered) {
      this.#backoff.reset();
      return log.warn(`Its process ${reason}.`, name);
    }
    if (ranMs >= SETTLED_MS) this.#backoff.reset();
    const waitMs = this.#backoff.next();
    this.#notBefore = performance.now() + waitMs;
    log.warn(
      `Its process ${reason}. Next start in ${(waitMs / 1000).toFixed(1)} s at the earliest.`,
      name,
    );
  }

  async #environment(): Promise<Record<string, string>> {
    const { config, env, credentials, log, name } = this.#facts;
    const names = [
      ...INHERITED,
      ...(process.platform === 'win32' ? INHERITED_ON_WINDOWS : []),
      ...config.passEnv,
    ];
    const inherited = names.flatMap((key) => {
      const value = env[key];
      return value === undefined ? [] : [[key, value] as const];
    });
    try {
      return { ...Object.fromEntries(inherited), ...(await credentials.resolveAll(config.env)) };
    } catch (cause) {
      this.#lastError = log.clean(`A credential is missing: ${messageOf(cause)}`, 300);
      log.warn(this.#lastError, name);
      throw unavailable('A credential of the server can’t be read.');
    }
  }
}

function unavailable(message: string): ExchangeError {
  return new ExchangeError('unavailable', false, message);
}
