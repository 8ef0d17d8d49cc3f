import { execFileSync } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { TestkitError, systemErrorCode } from '../testkit.error.ts';

/**
 * Makes this process the only one that runs a stack in a home. A lock whose holder is gone (or whose
 * pid now belongs to another process) is taken over.
 *
 * @returns a function that gives the lock back.
 * @throws TestkitError `already_running`
 */
export async function lockHome(lockFile: string, home: string): Promise<() => Promise<void>> {
  const mine = `${process.pid} ${startTime(process.pid)}`;
  if (!(await tryLock(lockFile, mine))) {
    const holder = await readFile(lockFile, 'utf8').catch(() => '');
    if (isAlive(holder)) {
      const pid = holder.split(' ')[0] ?? '';
      throw new TestkitError(
        'already_running',
        `Holdpoint already runs in ${home} (pid ${pid}); stop it first, or set HOLDPOINT_HOME and HOLDPOINT_PORT for a second one.`,
      );
    }
    await rm(lockFile, { force: true });
    if (!(await tryLock(lockFile, mine))) {
      throw new TestkitError('already_running', `Another start in ${home} was faster.`);
    }
  }
  return () => rm(lockFile, { force: true });
}

/** Whether a lock's content names a process that still runs: same pid and same start time. */
export function isAlive(holder: string): boolean {
  const [pid = '', ...time] = holder.trim().split(' ');
  const started = startTime(Number.parseInt(pid, 10));
  return started !== '' && started === time.join(' ');
}

async function tryLock(lockFile: string, content: string): Promise<boolean> {
  try {
    await writeFile(lockFile, content, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

function startTime(pid: number): string {
  if (!Number.isSafeInteger(pid) || pid < 1) return '';
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
    })
      .trim()
      .replace(/\s+/g, ' ');
  } catch {
    return '';
  }
}
