import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ShellOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Pinned packages come from where they are installed; nothing is fetched. */
function environment(env: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, ...rest } = process.env;
  return { ...rest, npm_config_offline: 'true', npm_config_loglevel: 'error', ...env };
}

export interface RunningScript {
  stop(): Promise<void>;
}

/** Runs a script of the document until it is stopped, with whatever it started. */
export async function startScript(
  script: string,
  isReady: () => Promise<boolean>,
  { cwd, env }: ShellOptions,
): Promise<RunningScript> {
  const child = spawn('sh', ['-c', script], {
    cwd,
    env: environment(env),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
    await ended;
  };
  for (let tries = 0; tries < 300; tries += 1) {
    if (child.exitCode !== null) throw new Error(`The script ended:\n${output}`);
    if (await isReady()) return { stop };
    await sleep(100);
  }
  await stop();
  throw new Error(`The script did not get ready:\n${output}`);
}

/** Runs one command to its end and tells what it printed; its complaints where it printed nothing. */
export function runCommand(command: string, { cwd, env }: ShellOptions): Promise<string> {
  const child = spawn('sh', ['-c', command], {
    cwd,
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [output, complaints] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve((output === '' ? complaints : output).trim()));
  });
}
