import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BenchError } from './bench.error.ts';
import type { Person } from './person.ts';

/** Beside what is measured: it ends with this process. */
const PROGRAM = fileURLToPath(
  new URL('../../../apps/connector/bin/holdpoint-connector-source.mjs', import.meta.url),
);
const SITE = 'bench';
const LINKED_WITHIN_MS = 30_000;
const STOP_MS = 10_000;

export interface ConnectorPlan {
  readonly gateway: string;
  readonly admin: Person;
  /** The MCP server that it fronts. */
  readonly url: string;
  readonly profileDir: string | undefined;
}

export interface BenchConnector {
  /** Where a connection leads that goes through it. */
  readonly address: string;
  stop(): Promise<void>;
}

/** A connector in front of one HTTP server, enrolled, running, and linked. */
export async function startConnector(plan: ConnectorPlan): Promise<BenchConnector> {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-bench-connector-'));
  const token = await plan.admin.inviteConnector(SITE);
  const enrolling = run(['enroll', plan.gateway, '--state', folder], {
    HOLDPOINT_ENROLMENT_TOKEN: token,
  });
  const [code] = await once(enrolling, 'exit');
  if (code !== 0) throw new BenchError('worker_failed', 'The connector could not enrol.');
  const file = join(folder, 'connector.yaml');
  const servers = { instant: { http: { url: plan.url } } };
  // JSON is YAML.
  await writeFile(file, JSON.stringify({ state: folder, gateway: { proxy: 'none' }, servers }));
  const { profileDir } = plan;
  const child = run(['run', '--config', file], {
    ...(profileDir !== undefined && {
      NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profileDir} --cpu-prof-name=connector.cpuprofile`,
    }),
  });
  for (const end = Date.now() + LINKED_WITHIN_MS; !(await plan.admin.hasConnector(SITE));) {
    if (Date.now() > end || child.exitCode !== null)
      throw new BenchError('worker_failed', 'The connector did not connect.');
    await sleep(100);
  }
  return {
    address: `connector://${SITE}/instant`,
    async stop() {
      if (child.exitCode === null) {
        child.kill('SIGTERM');
        const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
        await once(child, 'exit');
        clearTimeout(late);
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function run(args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  const { NODE_OPTIONS: _options, ...inherited } = process.env;
  return spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...inherited, ...env },
    // What it says in order is nobody's here; what goes wrong shows as an error of the measurement.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
}
