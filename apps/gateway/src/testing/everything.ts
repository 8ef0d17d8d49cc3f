import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { findFreePort } from '@holdpoint/testkit';

const READY_MS = 60_000;

/** `@modelcontextprotocol/server-everything`, the reference server, as a process of its own. */
export async function startEverything(mode: 'sse' | 'streamableHttp') {
  const port = await findFreePort();
  const require = createRequire(import.meta.url);
  const program = require.resolve('@modelcontextprotocol/server-everything/dist/index.js');
  const child = spawn(process.execPath, [program, mode], {
    env: { PATH: process.env['PATH'], PORT: String(port) },
    stdio: 'ignore',
  });
  const ended = once(child, 'close');
  const url = `http://127.0.0.1:${port}/${mode === 'sse' ? 'sse' : 'mcp'}`;
  for (const startedAt = Date.now(); ; await delay(50)) {
    const answer = await fetch(url, { method: 'OPTIONS' }).catch(() => undefined);
    if (answer !== undefined) break;
    if (Date.now() - startedAt > READY_MS) throw new Error(`Nothing answers at ${url}.`);
  }
  return {
    url,
    async close() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
