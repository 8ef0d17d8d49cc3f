import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPostgres, type EmbeddedDatabase } from '@holdpoint/testkit';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client } from 'pg';

const MIGRATIONS = fileURLToPath(new URL('../../../../prisma/migrations', import.meta.url));
const CATALOGUE = '20261122221000_catalogue';

let home: string;
let postgres: EmbeddedDatabase;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'holdpoint-upgrade-'));
  postgres = await startPostgres({ dataDir: join(home, 'postgres'), durable: false });
  await postgres.createDatabase('holdpoint');
});
afterAll(async () => {
  await postgres.stop();
  await rm(home, { recursive: true, force: true });
});

it('accepts what an installation knew before it kept catalogues, so that nothing stops', async () => {
  const client = new Client({ connectionString: postgres.url('holdpoint') });
  await client.connect();
  const migrate = async (isWanted: (name: string) => boolean) => {
    const folders = await readdir(MIGRATIONS, { withFileTypes: true });
    const names = folders.filter((each) => each.isDirectory()).map(({ name }) => name);
    for (const name of names.filter(isWanted).toSorted())
      await client.query(await readFile(join(MIGRATIONS, name, 'migration.sql'), 'utf8'));
  };
  await migrate((name) => name < CATALOGUE);
  await client.query(
    `insert into connection (id, slug, title, url, caller_groups, read_only, chain) values
       ('01900000-0000-7000-8000-000000000001', 'used', 'Used', 'http://x.example', '{}', '{}', '[]'),
       ('01900000-0000-7000-8000-000000000002', 'unused', 'Unused', 'http://y.example', '{}', '{}', '[]')`,
  );
  await client.query(
    `insert into tool_definition (connection_id, name, digest, definition)
     values ('01900000-0000-7000-8000-000000000001', 'query', 'd1', to_jsonb('{"name":"query"}'::text))`,
  );

  await migrate((name) => name >= CATALOGUE);
  const known = await client.query('select kind, name, digest, state, how from known_definition');
  expect(known.rows).toEqual([
    { kind: 'tool', name: 'query', digest: 'd1', state: 'accepted', how: 'upgrade' },
  ]);
  const connections = await client.query(
    'select slug, quarantine, first_catalogue, catalogued_kinds from connection order by slug',
  );
  // The other kinds, and the tools of a connection that was never listed, have their first list before them.
  expect(connections.rows).toEqual([
    { slug: 'unused', quarantine: 'hold', first_catalogue: 'accept', catalogued_kinds: [] },
    { slug: 'used', quarantine: 'hold', first_catalogue: 'accept', catalogued_kinds: ['tool'] },
  ]);
  await client.end();
});
