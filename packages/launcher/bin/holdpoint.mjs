#!/usr/bin/env node
// Runs on the system's Node (20 or newer) before anything is installed: `node:` imports only.
// Installs when needed, then hands over to src/main.ts on the pinned Node that the install brings.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const lockFile = join(root, 'package-lock.json');
const installed = join(root, 'node_modules/.holdpoint-install');

// A command whose output another program reads keeps its standard output to itself.
const say = process.argv[2] === 'policy' ? console.error : console.log;

const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 20) fail(`Holdpoint needs Node 20 or newer; this is ${process.versions.node}.`);

install();
handOver();

function install() {
  const stamp = createHash('sha256').update(readFileSync(lockFile)).digest('hex');
  if (readOr(installed, '') === stamp) return;
  if (!installedByHand()) {
    say('  … Installing dependencies (the first time takes a minute or two)');
    const startedAt = Date.now();
    const npm = spawnSync(
      'npm',
      ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'],
      { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
    );
    if (npm.status !== 0) fail('The dependencies could not be installed; see the lines above.');
    say(`  ✓ Dependencies installed (${Math.round((Date.now() - startedAt) / 1000)} s)`);
  }
  try {
    writeFileSync(installed, stamp);
  } catch {
    fail(`The folder ${join(root, 'node_modules')} can't be written.`);
  }
}

/** npm's own record is newer than the lock file: somebody ran the install already. */
function installedByHand() {
  const record = join(root, 'node_modules/.package-lock.json');
  return existsSync(record) && statSync(record).mtimeMs >= statSync(lockFile).mtimeMs;
}

function handOver() {
  const node = join(root, 'node_modules/.bin/node');
  const bin = join(root, 'node_modules/.bin');
  const child = spawn(
    existsSync(node) ? node : process.execPath,
    [
      '--conditions=holdpoint-source',
      '--disable-warning=ExperimentalWarning',
      join(root, 'packages/launcher/src/main.ts'),
      ...process.argv.slice(2),
    ],
    {
      // The channel tells the child when this process is gone, even by SIGKILL.
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, PATH: `${bin}:${process.env.PATH ?? ''}` },
    },
  );
  // Ctrl-C reaches the child through the terminal too; it stops the stack and then ends this process.
  // A signal sent to this process alone is passed on; stopping twice is stopping once.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill('SIGTERM'));
  }
  // npm ends without telling anybody when it is killed: the shell between it and us is gone then.
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || child.kill('SIGTERM'), 500).unref();
  child.on('error', (error) => fail(`The launcher could not be started: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
}

function readOr(file, otherwise) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return otherwise;
  }
}

function fail(message) {
  console.error(`\n  ✗ ${message}\n`);
  process.exit(1);
}
