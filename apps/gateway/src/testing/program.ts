import { spawn } from 'node:child_process';
import { access } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const REPOSITORY = new URL('../../../../', import.meta.url);
const READY_MS = 30_000;

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

export interface Program {
  readonly ended: Promise<Ended>;
  /** Resolves once `url` answers with a success; rejects when the program ends before. */
  untilUp(url: string): Promise<void>;
  stop(): Promise<Ended>;
}

/**
 * Starts what was built, as a production host would: a file, and an environment that holds nothing
 * but what is said here.
 */
export async function startBuilt(
  file: string,
  environment: Readonly<Record<string, string>>,
): Promise<Program> {
  const path = fileURLToPath(new URL(file, REPOSITORY));
  await access(path).catch(() => {
    throw new Error(`${path} is missing: run \`npm run build\` first.`);
  });
  const child = spawn(process.execPath, [path], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  let isOver = false;
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => {
      isOver = true;
      resolve({ code, output });
    });
  });
  return {
    ended,
    async untilUp(url) {
      for (const startedAt = Date.now(); Date.now() - startedAt < READY_MS;) {
        if (isOver) break;
        const answered = await fetch(url, { redirect: 'manual' }).catch(() => undefined);
        if (answered?.ok === true) return;
        await sleep(100);
      }
      throw new Error(`${file} did not get ready at ${url}:\n${output}`);
    },
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
