import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startPostgres, type EmbeddedDatabase } from '@holdpoint/testkit';
import { applyMigrations } from '../platform/prisma/schema-engine.ts';

const REPOSITORY = new URL('../../../../', import.meta.url);
const MIGRATIONS = fileURLToPath(new URL('prisma/migrations', REPOSITORY));
const CACHE = fileURLToPath(new URL('node_modules/.cache/holdpoint-migrated', REPOSITORY));
const MADE_BY = ['package-lock.json', 'packages/testkit/src/postgres/postgres.process.ts'];
const run = promisify(execFile);

/**
 * A server with the database `holdpoint` and its schema, in this folder: the copy of one that was made
 * and migrated once, which takes a fraction of the time. Thrown away after the test, so not durable.
 */
export async function startMigrated(home: string): Promise<EmbeddedDatabase> {
  await copyInto(await findTemplate(), home);
  const postgres = await startPostgres({ dataDir: join(home, 'postgres'), durable: false });
  await postgres.createDatabase('holdpoint');
  return postgres;
}

async function findTemplate(): Promise<string> {
  const template = join(CACHE, await stamp());
  const isThere = await access(template).then(
    () => true,
    () => false,
  );
  if (!isThere) await makeTemplate(template);
  return template;
}

/** Whoever comes first puts it there, as a whole; another one made at the same time is dropped. */
async function makeTemplate(template: string): Promise<void> {
  await dropOthers(basename(template));
  const home = await mkdtemp(join(tmpdir(), 'holdpoint-migrated-'));
  const copy = `${template}.${randomUUID()}`;
  try {
    const postgres = await startPostgres({ dataDir: join(home, 'postgres'), durable: false });
    await postgres.createDatabase('holdpoint');
    await applyMigrations(postgres.url('holdpoint'), MIGRATIONS);
    await postgres.stop();
    await mkdir(copy, { recursive: true, mode: 0o700 });
    await copyInto(home, copy);
    await rename(copy, template).catch(() => rm(copy, { recursive: true, force: true }));
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** Those of other schemas. One for this schema may be in use by now. */
async function dropOthers(name: string): Promise<void> {
  const all = await readdir(CACHE).catch(() => []);
  const others = all.filter((each) => !each.startsWith(name));
  for (const each of others) await rm(join(CACHE, each), { recursive: true, force: true });
}

/** Owners and modes are kept: Postgres refuses a folder that others may read. */
async function copyInto(from: string, to: string): Promise<void> {
  await run('cp', ['-a', `${from}/.`, to]);
}

/** Changes with whatever makes the database another one. */
async function stamp(): Promise<string> {
  const hash = createHash('sha256');
  const migrations = await readdir(MIGRATIONS, { recursive: true, withFileTypes: true });
  const files = migrations
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .concat(MADE_BY.map((file) => fileURLToPath(new URL(file, REPOSITORY))))
    .sort();
  for (const file of files) hash.update(file).update(await readFile(file));
  return hash.digest('hex').slice(0, 32);
}
