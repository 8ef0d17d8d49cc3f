import { spawn } from 'node:child_process';
import { cp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestkitError, lockHome } from '@holdpoint/testkit';
import { contentStamp } from './content-stamp.ts';
import { LauncherError } from './launcher.error.ts';
import { ROOT } from './paths.ts';

const INPUTS = [
  'apps/gateway',
  'apps/console',
  'apps/connector',
  'packages/contracts',
  'packages/mcp',
  'packages/policy',
  'packages/approval',
  'packages/masking',
  'packages/audit-log',
  'packages/tunnel',
  'prisma',
  'package-lock.json',
  'tsconfig.base.json',
  'turbo.json',
];

const OUTPUTS = [
  'apps/gateway/dist/main.js',
  'apps/connector/dist/cli.js',
  'apps/console/.next/standalone/apps/console/server.js',
];
const STAMP = join(ROOT, 'node_modules/.holdpoint-build');
const LAST_LINES = 30;

/**
 * Builds the gateway, the console and the connector unless the last build was made from the same sources.
 *
 * @returns whether something was built.
 */
export async function ensureBuilt(signal: AbortSignal, onStart: () => void): Promise<boolean> {
  const unlock = await lockBuild(signal);
  try {
    const stamp = await contentStamp(ROOT, INPUTS);
    if (await isBuilt(stamp)) return false;
    onStart();
    await rm(STAMP, { force: true });
    await runTurbo(signal);
    await completeConsole();
    await writeFile(STAMP, stamp);
    return true;
  } finally {
    await unlock();
  }
}

/** Two launchers in one clone take turns. */
async function lockBuild(signal: AbortSignal): Promise<() => Promise<void>> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await lockHome(join(ROOT, 'node_modules/.holdpoint-build.lock'), ROOT);
    } catch (error) {
      if (!(error instanceof TestkitError) || error.code !== 'already_running') throw error;
      await sleep(500);
    }
  }
}

async function isBuilt(stamp: string): Promise<boolean> {
  const last = await readFile(STAMP, 'utf8').catch(() => '');
  if (last !== stamp) return false;
  const present = await Promise.all(OUTPUTS.map((output) => exists(join(ROOT, output))));
  return present.every(Boolean);
}

/** The standalone server serves its static files only from beside itself. */
async function completeConsole(): Promise<void> {
  const app = join(ROOT, 'apps/console');
  const standalone = join(app, '.next/standalone/apps/console');
  await cp(join(app, '.next/static'), join(standalone, '.next/static'), { recursive: true });
  if (await exists(join(app, 'public'))) {
    await cp(join(app, 'public'), join(standalone, 'public'), { recursive: true });
  }
}

function runTurbo(signal: AbortSignal): Promise<void> {
  const args = [
    ...['run', 'build', '--filter=@holdpoint/gateway', '--filter=@holdpoint/console'],
    '--filter=@holdpoint/connector',
    ...['--output-logs=errors-only', '--no-daemon', '--ui=stream'],
  ];
  return new Promise((resolve, reject) => {
    const turbo = spawn(join(ROOT, 'node_modules/.bin/turbo'), args, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
      env: {
        ...process.env,
        NEXT_TELEMETRY_DISABLED: '1',
        TURBO_TELEMETRY_DISABLED: '1',
        DO_NOT_TRACK: '1',
      },
    });
    let output = '';
    const collect = (chunk: Buffer) => {
      output += chunk.toString('utf8');
    };
    turbo.stdout.on('data', collect);
    turbo.stderr.on('data', collect);
    turbo.once('error', reject);
    turbo.once('close', (code) => {
      if (code === 0) resolve();
      else {
        const lines = output.trimEnd().split('\n').slice(-LAST_LINES).join('\n');
        reject(new LauncherError('build_failed', `The build failed.\n${lines}`));
      }
    });
  });
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
