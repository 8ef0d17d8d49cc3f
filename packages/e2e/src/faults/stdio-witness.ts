import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./counting-stdio.process.ts', import.meta.url));

/** What stdio servers of a test wrote down, whatever became of them. */
export interface StdioWitness {
  /** One server of a connector's file. */
  server(sessions: 'per-session' | 'shared'): Readonly<Record<string, unknown>>;
  runsOf(key: string): number;
  /** The process that ran this call. */
  pidOf(key: string): number;
  /** Every process that was started, and is there now. */
  alive(): readonly number[];
  remove(): void;
}

export function openStdioWitness(): StdioWitness {
  const folder = mkdtempSync(join(tmpdir(), 'holdpoint-stdio-'));
  const file = join(folder, 'runs');
  const lines = () => {
    try {
      return readFileSync(file, 'utf8').trimEnd().split('\n');
    } catch {
      return [];
    }
  };
  const runs = (key: string) => lines().filter((line) => line.endsWith(` ran ${key}`));
  return {
    server: (sessions) => ({
      stdio: {
        command: process.execPath,
        args: ['--disable-warning=ExperimentalWarning', PROGRAM],
        env: { HOLDPOINT_RUNS: file },
        sessions,
      },
    }),
    runsOf: (key) => runs(key).length,
    pidOf: (key) => Number(runs(key)[0]?.split(' ')[0]),
    alive: () => [...new Set(lines().map((line) => Number(line.split(' ')[0])))].filter(isAlive),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
