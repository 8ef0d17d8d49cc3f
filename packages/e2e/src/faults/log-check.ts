import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkpointSchema, type Checkpoint } from '@holdpoint/contracts';
import type { World } from '../world/world.ts';

const VERIFY = fileURLToPath(
  new URL('../../../audit-log/bin/holdpoint-verify.mjs', import.meta.url),
);

/** A signed head of the log, kept where the gateway can't reach it. */
export async function keepCheckpoint(world: World): Promise<Checkpoint> {
  return (await world.person('jordan')).get('/api/audit/checkpoint', checkpointSchema);
}

/**
 * Exports the whole log as an auditor and verifies it offline, against a checkpoint that was kept
 * before. Answers what is wrong with it; nothing, where it is intact.
 */
export async function checkLog(world: World, kept: Checkpoint): Promise<readonly string[]> {
  const { code, output } = await verifyLog(world, kept);
  return code === 0 ? [] : [`The log does not verify (exit code ${code}):\n${output}`];
}

/** What `holdpoint-verify` says of the whole log. */
export async function verifyLog(
  world: World,
  kept: Checkpoint,
  ...flags: readonly string[]
): Promise<{ code: number; output: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-faults-'));
  try {
    const auditor = await world.person('jordan');
    const period = `from=2020-01-01T00:00:00.000Z&to=${new Date().toISOString()}`;
    const files = { log: join(folder, 'export.ndjson'), note: join(folder, 'checkpoint.txt') };
    await writeFile(files.log, await auditor.download(`/api/audit/export?${period}`));
    await writeFile(files.note, kept.note);
    return await verify(files.log, '--checkpoint', files.note, '--vkey', kept.vkey, ...flags);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function verify(...args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [VERIFY, ...args], (_error, out, error) =>
      resolve({ code: child.exitCode ?? 1, output: out + error }),
    );
  });
}
