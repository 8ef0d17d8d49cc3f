import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

/** The sets of requirements that the suite froze, by the revision they belong to. */
export const REQUIREMENTS = ['2025-11-25', '2026-07-28'] as const;
export type Requirements = (typeof REQUIREMENTS)[number];

export interface SuiteRun {
  /** Whether every scenario that counts for the revision passed. */
  readonly conforms: boolean;
  readonly passed: number;
  readonly failed: number;
  /** Scenario → what each of its checks came to, in order. */
  readonly scenarios: Readonly<Record<string, readonly string[]>>;
}

const require = createRequire(import.meta.url);
const packageFile = require.resolve('@modelcontextprotocol/conformance/package.json');
const packageSchema = z.object({ bin: z.object({ conformance: z.string() }) });
const checksSchema = z.array(
  z.object({
    id: z.string(),
    name: z.string(),
    status: z.enum(['SUCCESS', 'FAILURE', 'WARNING', 'SKIPPED', 'INFO']),
    errorMessage: z.string().optional(),
  }),
);
/** `server-{scenario}-{time}` */
const FOLDER = /^server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$/;

/** Runs the official conformance suite, as its command line does, on a server. */
export async function runSuite(url: string, requirements: Requirements): Promise<SuiteRun> {
  const { bin } = packageSchema.parse(JSON.parse(await readFile(packageFile, 'utf8')));
  const results = await mkdtemp(join(tmpdir(), 'holdpoint-conformance-'));
  try {
    const conforms = await succeeds([
      join(packageFile, '..', bin.conformance),
      ...['server', '--url', url, '--requirements', requirements, '-o', results],
    ]);
    return { conforms, ...(await readResults(results)) };
  } finally {
    await rm(results, { recursive: true, force: true });
  }
}

function succeeds(args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 }, (error) =>
      resolve(error === null),
    );
  });
}

async function readResults(folder: string): Promise<Omit<SuiteRun, 'conforms'>> {
  const scenarios: Record<string, readonly string[]> = {};
  const count = { passed: 0, failed: 0 };
  for (const name of (await readdir(folder)).sort()) {
    const scenario = FOLDER.exec(name)?.[1];
    if (scenario === undefined) throw new Error(`The suite left something unknown: ${name}`);
    const checks = checksSchema.parse(
      JSON.parse(await readFile(join(folder, name, 'checks.json'), 'utf8')),
    );
    scenarios[scenario] = checks.map(({ id, name, status }) => `${status} ${id} ${name}`);
    count.passed += checks.filter(({ status }) => status === 'SUCCESS').length;
    count.failed += checks.filter(({ status }) => status === 'FAILURE').length;
  }
  return { ...count, scenarios };
}
