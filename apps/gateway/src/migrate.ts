import { fileURLToPath } from 'node:url';
import { applyMigrations } from './platform/prisma/schema-engine.ts';

/** `node dist/migrate.js`: applies prisma/migrations to DATABASE_URL, and ends. */
const folder =
  process.env['HOLDPOINT_MIGRATIONS_DIR'] ??
  fileURLToPath(new URL('../../../prisma/migrations', import.meta.url));
const url = process.env['DATABASE_URL'];
if (!url) {
  process.stderr.write('DATABASE_URL is not set.\n');
  process.exit(1);
}
try {
  const applied = await applyMigrations(url, folder);
  process.stdout.write(
    applied.length === 0 ? 'The database is up to date.\n' : `Applied ${applied.join(', ')}.\n`,
  );
  process.exit(0);
} catch (error) {
  process.stderr.write(
    `The migrations could not be applied: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exit(1);
}
