import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startPostgres } from '@holdpoint/testkit';
import { Pool } from 'pg';
import { applyMigrations } from './schema-engine.ts';

const PRISMA = fileURLToPath(new URL('../../../../../prisma/', import.meta.url));

/** In a process of its own: one process can't open Prisma's engine twice. */
const DESCRIBE = `
  import { diffSchemas } from ${JSON.stringify(new URL('./schema-engine.ts', import.meta.url).href)};
  process.stdout.write(await diffSchemas(process.argv[1], '', process.argv[2]));
  process.exit(0);
`;

async function sqlOf(url: string): Promise<string> {
  const schema = await readFile(join(PRISMA, 'schema.prisma'), 'utf8');
  const args = ['--input-type=module', '--eval', DESCRIBE, url, schema];
  return (await promisify(execFile)(process.execPath, args)).stdout;
}

/** What Prisma can say of a table, as the database has it. */
const COLUMNS = `select table_name || '.' || column_name || ' ' || udt_name ||
    coalesce('(' || coalesce(datetime_precision, character_maximum_length) || ')', '') ||
    case is_nullable when 'NO' then ' not null' else '' end as line
  from information_schema.columns
  where table_schema = 'public' and table_name not like '\\_prisma%' order by 1`;

let home: string;
let postgres: Awaited<ReturnType<typeof startPostgres>>;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'holdpoint-schema-'));
  postgres = await startPostgres({ dataDir: join(home, 'postgres'), durable: false });
});

afterAll(async () => {
  await postgres.stop();
  await rm(home, { recursive: true, force: true });
});

/** A connection that is being closed while Postgres stops says so to whoever listens, or to the whole process. */
function poolOf(connectionString: string): Pool {
  return new Pool({ connectionString, max: 1 }).on('error', () => undefined);
}

async function columnsOf(name: string, fill: (url: string) => Promise<unknown>) {
  await postgres.createDatabase(name);
  await fill(postgres.url(name));
  const pool = poolOf(postgres.url(name));
  try {
    const { rows } = await pool.query<{ line: string }>(COLUMNS);
    return rows.map(({ line }) => line);
  } finally {
    await pool.end();
  }
}

describe('prisma/schema.prisma', () => {
  it('has the columns that the migrations make', async () => {
    const migrated = await columnsOf('migrated', (url) =>
      applyMigrations(url, join(PRISMA, 'migrations')),
    );
    const described = await columnsOf('described', async (url) => {
      const sql = await sqlOf(url);
      const pool = poolOf(url);
      await pool.query(sql).finally(() => pool.end());
    });
    expect(described.length).toBeGreaterThan(100);
    expect(migrated).toEqual(described);
  });
});
