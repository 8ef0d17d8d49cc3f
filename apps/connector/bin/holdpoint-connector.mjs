#!/usr/bin/env node
// What was built runs on any Node from 22 on. In a clone where nothing is built yet, the sources run on
// the Node that the install brings, which reads TypeScript.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const isBuilt = existsSync(path('../dist/cli.js'));
const [major = 0] = process.versions.node.split('.').map(Number);

if (isBuilt && major >= 22) {
  // Started by itself on another Node, and whoever did so is gone: nobody would stop it any more.
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel?.unref();
  const { run } = await import('../dist/cli.js');
  process.exitCode = await run(process.argv.slice(2));
} else {
  const node = path('../../../node_modules/node/bin/node');
  if (!existsSync(node)) fail('It needs Node 22 or newer, and to be built: run `npm run build`.');
  const program = isBuilt
    ? [path('./holdpoint-connector.mjs')]
    : [
        '--conditions=holdpoint-source',
        '--disable-warning=ExperimentalWarning',
        path('./holdpoint-connector-source.mjs'),
      ];
  const child = spawn(node, [...program, ...process.argv.slice(2)], {
    // The channel tells the child when this process is gone, even by SIGKILL.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('error', (error) => fail(error.message));
  child.on('exit', (code) => process.exit(code ?? 1));
}

function fail(message) {
  process.stderr.write(`holdpoint-connector: ${message}\n`);
  process.exit(1);
}
