// node prisma/new-migration.mjs <name>: writes the SQL from the committed schema to the edited one.
// Needs any Postgres in DATABASE_URL: the engine compares two texts, and changes nothing there.
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { diffSchemas } from '../apps/gateway/src/platform/prisma/schema-engine.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const [name = ''] = process.argv.slice(2);
const { DATABASE_URL: url } = process.env;
if (!/^[a-z][a-z0-9_]*$/.test(name)) fail('Give the migration a name like add_reminder_at.');
if (url === undefined) fail('Set DATABASE_URL: `npm start` writes one to .holdpoint/started.json.');

const before = execFileSync('git', ['show', 'HEAD:prisma/schema.prisma'], {
  cwd: root,
  encoding: 'utf8',
});
const after = await readFile(`${root}/prisma/schema.prisma`, 'utf8');
const sql = await diffSchemas(url, before, after);
if (sql.includes('This is an empty migration')) fail('The schema is as it was committed.');

const stamp = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14);
const folder = `${root}/prisma/migrations/${stamp}_${name}`;
await mkdir(folder);
await writeFile(`${folder}/migration.sql`, sql);
console.log(`Wrote ${folder}/migration.sql: read it, and add what Prisma can't say.`);
process.exit(0);

function fail(message) {
  console.error(message);
  process.exit(1);
}
