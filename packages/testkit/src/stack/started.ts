import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { readJson } from './home.ts';

/** What `started.json` holds while a stack runs (mode 0600: it carries passwords). */
const startedSchema = z.object({
  /** The origin people open. */
  console: z.string(),
  /** The demo connection's MCP endpoint. */
  mcp: z.string(),
  issuer: z.string(),
  tokenEndpoint: z.string(),
  agents: z.array(
    z.object({
      clientId: z.string(),
      clientSecret: z.string(),
      groups: z.array(z.string()),
      /** The owner's e-mail address. */
      owner: z.string().nullable(),
    }),
  ),
  people: z.array(
    z.object({
      email: z.string(),
      password: z.string(),
      name: z.string(),
      roles: z.array(z.string()),
      groups: z.array(z.string()),
    }),
  ),
  /** The gateway's database. */
  database: z.string(),
  /** The demo upstream's "production" database. */
  demoDatabase: z.string(),
  /** The identity provider's database, where it is told of changed groups and of an outage. */
  identityDatabase: z.string(),
  demoUpstream: z.string(),
  /** The file server behind the demo's connector, where there is one. */
  files: z.object({ mcp: z.string(), folder: z.string() }).nullable().default(null),
  pids: z.object({
    launcher: z.int(),
    gateway: z.int(),
    console: z.int(),
    demoUpstream: z.int(),
    identityProvider: z.int(),
    database: z.int(),
  }),
});
export type Started = z.infer<typeof startedSchema>;

/** Reads a running stack's facts; `undefined` when none runs in that home. */
export async function readStarted(file: string): Promise<Started | undefined> {
  const content = await readJson(file);
  return content === undefined ? undefined : startedSchema.parse(content);
}

const LEFTOVER_MS = 12_000;

/**
 * After a launcher was killed its processes end on their own, within seconds. Waits for them, so
 * that the next start doesn't find its own ports taken.
 */
export async function waitForLeftovers(file: string): Promise<void> {
  const started = startedSchema.safeParse(await readJson(file).catch(() => undefined));
  if (!started.success) return;
  const { launcher: _gone, ...pids } = started.data.pids;
  for (let waitedMs = 0; waitedMs < LEFTOVER_MS; waitedMs += 100) {
    if (!Object.values(pids).some(isRunning)) return;
    await sleep(100);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
