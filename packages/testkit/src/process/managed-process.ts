import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { TestkitError, isTestkitErrorCode } from '../testkit.error.ts';

const TAIL_LINES = 15;
const STOP_GRACE_MS = 15_000;

/** How a process ended, with its last lines of output for the person who has to find out why. */
export interface ProcessExit {
  readonly name: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly wanted: boolean;
  readonly tail: readonly string[];
}

/** A running child process that stops when its starter does. */
export interface ManagedProcess {
  readonly name: string;
  readonly pid: number;
  readonly exited: Promise<ProcessExit>;
  /** SIGTERM, then SIGKILL when it hasn't ended in time. */
  stop(): Promise<void>;
  /** SIGKILL at once: a crash, for tests. */
  kill(): Promise<void>;
}

export interface ManagedProcessOptions {
  readonly name: string;
  /** The script Node runs. */
  readonly script: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** A program put before Node on the command line. */
  readonly wrapper?: readonly string[];
  /** Sent once over IPC: keeps secrets off the command line and out of the environment. */
  readonly config?: unknown;
  /** Written to its standard input, which then ends. */
  readonly stdin?: string;
  /** Where its output goes; the folder is made when missing. */
  readonly logFile?: string;
  readonly log?: (line: string) => void;
}

const childReport = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), details: z.record(z.string(), z.unknown()).default({}) }),
  z.object({ type: z.literal('failed'), code: z.string(), message: z.string() }),
]);

/** Resolves a process entry beside the calling module: `.ts` from sources, `.js` once built. */
export function processEntry(base: string, name: string): string {
  return fileURLToPath(new URL(`./${name}${extname(new URL(base).pathname)}`, base));
}

/** Starts a Node process that is guarded against outliving its starter. */
export async function startProcess(options: ManagedProcessOptions): Promise<ManagedProcess> {
  return (await launch(options)).managed;
}

/** Starts one of our own process entries and waits for its `ready` report. */
export async function startReportingProcess(
  options: ManagedProcessOptions,
): Promise<ManagedProcess & { readonly details: Readonly<Record<string, unknown>> }> {
  const { child, managed } = await launch(options);
  try {
    const details = await waitForReport(child, managed);
    return { ...managed, details };
  } catch (error) {
    await managed.stop();
    throw error;
  }
}

async function launch(options: ManagedProcessOptions) {
  if (options.logFile !== undefined) await mkdir(dirname(options.logFile), { recursive: true });
  const guard = processEntry(import.meta.url, 'orphan-guard');
  const nodeArgs = [
    ...(extname(guard) === '.ts' ? ['--conditions=holdpoint-source'] : []),
    '--import',
    guard,
    options.script,
    ...(options.args ?? []),
  ];
  const [command = process.execPath, ...args] = [
    ...(options.wrapper ?? []),
    process.execPath,
    ...nodeArgs,
  ];
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...inheritedEnvironment(), ...options.env },
    stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', 'ipc'],
    // An own process group: Ctrl-C in the terminal reaches only the launcher, which stops its
    // children in order instead of all of them at once.
    detached: true,
  });
  const tail = collectOutput(child, options);
  const pid = await spawned(child, options.name);
  // A child that ends without reading breaks the pipe; its exit says why.
  child.stdin?.on('error', () => undefined).end(options.stdin);
  if (options.config !== undefined) child.send({ type: 'start', config: options.config });
  return { child, managed: manage(child, pid, options.name, tail) };
}

/** What a child may inherit. Test runners' own settings would change how it behaves. */
function inheritedEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, JEST_WORKER_ID: _worker, ...rest } = process.env;
  return rest;
}

function collectOutput(child: ChildProcess, options: ManagedProcessOptions) {
  const tail: string[] = [];
  const file =
    options.logFile === undefined
      ? undefined
      : createWriteStream(options.logFile, { flags: 'a', mode: 0o600 });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8');
    stream?.on('data', (text: string) => {
      file?.write(text);
      for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
        options.log?.(line);
        tail.push(line);
        if (tail.length > TAIL_LINES) tail.shift();
      }
    });
  }
  child.once('close', () => file?.end());
  return tail;
}

function spawned(child: ChildProcess, name: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      reject(new TestkitError('start_failed', `The ${name} could not be started.`, { cause }));
    });
    child.once('spawn', () => {
      if (child.pid !== undefined) resolve(child.pid);
    });
  });
}

function manage(
  child: ChildProcess,
  pid: number,
  name: string,
  tail: readonly string[],
): ManagedProcess {
  let wanted = false;
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('close', (code, signal) => resolve({ name, code, signal, wanted, tail: [...tail] }));
  });
  async function end(signal: NodeJS.Signals): Promise<void> {
    wanted = true;
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    const lastResort = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
    await exited;
    clearTimeout(lastResort);
  }
  return { name, pid, exited, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}

function waitForReport(child: ChildProcess, managed: ManagedProcess) {
  return new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
    child.on('message', (message) => {
      const report = childReport.safeParse(message);
      if (!report.success) return;
      if (report.data.type === 'ready') {
        resolve(report.data.details);
        return;
      }
      const code = isTestkitErrorCode(report.data.code) ? report.data.code : 'start_failed';
      reject(new TestkitError(code, report.data.message));
    });
    void managed.exited.then((exit) => reject(unexpectedExit(exit)));
  });
}

/** One sentence and the last lines of output. */
export function unexpectedExit(exit: ProcessExit): TestkitError {
  const how = exit.signal === null ? `exit code ${exit.code}` : exit.signal;
  const lines =
    exit.tail.length === 0 ? '' : `\n${exit.tail.map((line) => `    ${line}`).join('\n')}`;
  return new TestkitError('stopped_unexpectedly', `The ${exit.name} stopped (${how}).${lines}`);
}
