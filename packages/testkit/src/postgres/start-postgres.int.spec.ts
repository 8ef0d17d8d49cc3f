import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { listenOnLoopback } from '../process/loopback-server.ts';
import { startPostgres, type EmbeddedDatabase } from './start-postgres.ts';

let home: string;
let dataDir: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'holdpoint-postgres-'));
  dataDir = join(home, 'postgres');
});

afterEach(() => rm(home, { recursive: true, force: true }));

async function run(database: EmbeddedDatabase, sql: string) {
  const client = new Client({ connectionString: database.url('holdpoint') });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('the embedded database', () => {
  it('keeps its data across a crash, with fsync on and a private password', async () => {
    const first = await startPostgres({ dataDir });
    await first.createDatabase('holdpoint');
    await run(first, 'CREATE TABLE kept AS SELECT 42 AS answer');
    // The server itself outlives its killed starter: the next start must deal with the orphan.
    await first.process.kill();

    const second = await startPostgres({ dataDir });
    await second.createDatabase('holdpoint');
    expect(await run(second, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    expect(await run(second, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
    const { mode } = await stat(join(home, 'postgres-password'));
    expect(mode & 0o777).toBe(0o600);
    await second.stop();
  });

  it('says when its port is taken', async () => {
    const other = await listenOnLoopback(0, () => undefined);
    const started = startPostgres({ dataDir, port: other.port });
    await expect(started).rejects.toMatchObject({ code: 'port_taken' });
    await other.close();
  });

  it('says when its folder is damaged', async () => {
    const database = await startPostgres({ dataDir });
    await database.stop();
    await rm(join(dataDir, 'global/pg_control'));
    await expect(startPostgres({ dataDir })).rejects.toMatchObject({ code: 'data_corrupt' });
  });
});
