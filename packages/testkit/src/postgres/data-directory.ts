import { execFileSync } from 'node:child_process';
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestkitError, systemErrorCode } from '../testkit.error.ts';

const ORPHAN_STOP_MS = 15_000;

/** Whether a cluster lives here already; a folder with something else in it is refused. */
export async function hasCluster(dataDir: string): Promise<boolean> {
  const names = await listNames(dataDir);
  if (names.includes('PG_VERSION')) return true;
  if (names.length === 0) return false;
  throw corrupt(dataDir, 'PG_VERSION is missing');
}

async function listNames(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Clears what a killed run left behind. A live server on this very directory is an orphan of ours
 * (the home's lock is held by the caller) and is shut down; a recorded pid that now belongs to
 * anything else only means that the file is stale.
 */
export async function clearLeftovers(dataDir: string): Promise<void> {
  const pidFile = join(dataDir, 'postmaster.pid');
  const content = await readFile(pidFile, 'utf8').catch(() => undefined);
  if (content === undefined) return;
  const pid = Number.parseInt(content, 10);
  if (Number.isSafeInteger(pid) && pid > 1 && servesDirectory(commandLine(pid), dataDir)) {
    await shutDown(pid, dataDir);
  }
  await rm(pidFile, { force: true });
}

/** Whether a command line is that of a Postgres server on exactly this data directory. */
export function servesDirectory(command: string, dataDir: string): boolean {
  return /postgres(\s|$)/.test(command) && command.includes(`-D ${dataDir} `);
}

function commandLine(pid: number): string {
  try {
    return execFileSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

async function shutDown(pid: number, dataDir: string): Promise<void> {
  process.kill(pid, 'SIGINT');
  for (let waitedMs = 0; waitedMs < ORPHAN_STOP_MS; waitedMs += 100) {
    if (!servesDirectory(commandLine(pid), dataDir)) return;
    await sleep(100);
  }
  throw new TestkitError(
    'already_running',
    `A database server (pid ${pid}) still uses ${dataDir} and does not stop.`,
  );
}

/**
 * SIGKILL of the server on this directory, as a crash. Its backends end when they notice; the next
 * server refuses to start before the last of them is gone, so they are waited for.
 */
export async function killServer(dataDir: string): Promise<void> {
  const content = await readFile(join(dataDir, 'postmaster.pid'), 'utf8');
  const pid = Number.parseInt(content, 10);
  if (!servesDirectory(commandLine(pid), dataDir)) return;
  const family = [pid, ...childrenOf(pid)];
  process.kill(pid, 'SIGKILL');
  for (let waitedMs = 0; waitedMs < ORPHAN_STOP_MS && family.some(isRunning); waitedMs += 20) {
    await sleep(20);
  }
}

function childrenOf(parent: number): readonly number[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  return table.split('\n').flatMap((line) => {
    const [pid = '', ppid = ''] = line.trim().split(/\s+/);
    return Number(ppid) === parent ? [Number(pid)] : [];
  });
}

function isRunning(pid: number): boolean {
  return commandLine(pid).trim() !== '' && !commandLine(pid).includes('<defunct>');
}

/** Turns what Postgres printed while it failed to start into one sentence. */
export function explainStartFailure(output: string, dataDir: string, port: number): TestkitError {
  if (/could not bind|Address already in use/i.test(output)) {
    return new TestkitError('port_taken', `Port ${port} is already in use by another program.`);
  }
  if (/Read-only file system|Permission denied/i.test(output)) {
    return new TestkitError('folder_read_only', `The database folder ${dataDir} can't be written.`);
  }
  const complaint = output
    .split('\n')
    .find((line) => /\b(FATAL|PANIC):|invalid|could not (open|read|locate)/i.test(line));
  if (complaint !== undefined) {
    return corrupt(dataDir, complaint.replace(/^.*?((FATAL|PANIC):|but)\s+/, '').trim());
  }
  return new TestkitError('start_failed', `The database in ${dataDir} did not start.`);
}

function corrupt(dataDir: string, detail: string): TestkitError {
  return new TestkitError(
    'data_corrupt',
    `The database folder ${dataDir} is damaged (${detail}); starting with --reset begins a new one.`,
  );
}
