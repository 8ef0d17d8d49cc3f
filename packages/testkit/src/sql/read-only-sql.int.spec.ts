import { loadSqlParser, sqlFacts } from '@holdpoint/policy';
import {
  PURE_FUNCTIONS,
  PURE_OPERATORS,
  SQL_CORPUS,
  SQL_FIXTURE,
  type SqlCase,
} from '@holdpoint/policy/testing/sql-corpus';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgres, type EmbeddedDatabase } from '../postgres/start-postgres.ts';
import { contentsOf, effectsOf } from './effect-witness.ts';

let home: string;
let server: EmbeddedDatabase;
/** Three databases of the same contents; everything runs as superuser, who may do the most. */
let readOnly: Client;
let readWrite: Client;
let spoiled: Client;
let allCases: readonly SqlCase[];
let reads: readonly SqlCase[];

beforeAll(async () => {
  await loadSqlParser();
  allCases = Object.values(SQL_CORPUS).flat();
  reads = allCases.filter(({ sql }) => !sqlFacts(sql).mutates);
  home = await mkdtemp(join(tmpdir(), 'holdpoint-sql-'));
  server = await startPostgres({ dataDir: join(home, 'postgres'), durable: false });
  const admin = await connect('postgres');
  // Its housekeeping would look like effects.
  await admin.query('alter system set autovacuum = off');
  await admin.query('select pg_reload_conf()');
  for (const name of ['read_only', 'read_write', 'spoiled']) {
    await admin.query(`create database ${name}`);
  }
  await admin.end();
  readOnly = await connect('read_only');
  readWrite = await connect('read_write');
  spoiled = await connect('spoiled');
  for (const client of [readOnly, readWrite, spoiled]) await client.query(SQL_FIXTURE);
});

afterAll(async () => {
  await Promise.all([readOnly?.end(), readWrite?.end(), spoiled?.end()]);
  await server?.stop();
  await rm(home, { recursive: true, force: true });
});

async function connect(database: string): Promise<Client> {
  const password = (await readFile(join(home, 'postgres-password'), 'utf8')).trim();
  const address = { host: '127.0.0.1', port: server.port, user: 'postgres' };
  const client = new Client({ ...address, password, database, statement_timeout: 10_000 });
  await client.connect();
  return client;
}

/** What each of the statements did; those that did nothing or couldn't run are left out. */
async function effects(
  client: Client,
  cases: readonly SqlCase[],
  access: 'read only' | 'read write',
) {
  const found: Record<string, readonly string[]> = {};
  const failed: Record<string, string> = {};
  for (const { name, sql } of cases) {
    try {
      const seen = await effectsOf(client, sql, access);
      if (seen.length > 0) found[name] = seen;
    } catch (error) {
      failed[name] = error instanceof Error ? error.message : String(error);
    }
  }
  return { found, failed };
}

// Guarantees that what `sql(…).mutates` calls a read changes nothing, whoever runs it.
describe('statements that count as reads', () => {
  it('write nothing in a transaction that could', async () => {
    const before = await contentsOf(readWrite);
    const { found } = await effects(readWrite, reads, 'read write');
    expect(found).toEqual({});
    expect(await contentsOf(readWrite)).toEqual(before);
  });

  it('need nothing that a read-only transaction forbids', async () => {
    const { found, failed } = await effects(readOnly, reads, 'read only');
    expect(found).toEqual({});
    const refused = Object.entries(failed).filter(([, message]) => /read-only/.test(message));
    expect(refused).toEqual([]);
  });

  it('write nothing where a backslash escapes in every text', async () => {
    const before = await contentsOf(readWrite);
    await readWrite.query('set standard_conforming_strings = off');
    const { found } = await effects(readWrite, reads, 'read write');
    await readWrite.query('reset standard_conforming_strings');
    expect(found).toEqual({});
    expect(await contentsOf(readWrite)).toEqual(before);
  });

  it('run at all, so that the above says something', async () => {
    const { failed } = await effects(readOnly, SQL_CORPUS['only reads'], 'read only');
    expect(failed).toEqual({});
    expect(SQL_CORPUS['only reads'].length).toBeGreaterThan(100);
    expect(allCases.length).toBeGreaterThanOrEqual(300);
  });

  it('leave other sessions alone', async () => {
    const { rows } = await spoiled.query('select 1 as alive');
    expect(rows).toEqual([{ alive: 1 }]);
  });
});

/** Values of the common argument types, so that strict functions really run. */
const SAMPLES: Readonly<Record<string, string>> = {
  anyarray: "'{1,2}'::int[]",
  anycompatible: '1',
  anycompatiblearray: "'{1,2}'::int[]",
  anyelement: '1',
  anynonarray: '1',
  bigint: '2',
  boolean: 'true',
  bytea: "'a'::bytea",
  date: "date '2026-11-22'",
  'double precision': '0.5::float8',
  inet: "inet '10.0.0.1'",
  integer: '2',
  interval: "interval '1 day'",
  json: `json '{"a": 1}'`,
  jsonb: `jsonb '{"a": 1}'`,
  jsonpath: "jsonpath '$.a'",
  name: "'customers'::name",
  numeric: '2::numeric',
  oid: "'customers'::regclass::oid",
  real: '0.5::float4',
  record: "row(1, 'a')",
  regclass: "'customers'::regclass",
  smallint: '2::int2',
  text: "'a'::text",
  'text[]': "'{a}'::text[]",
  'timestamp with time zone': 'now()',
  'timestamp without time zone': 'localtimestamp',
  tsquery: "'a'::tsquery",
  tsvector: "'a'::tsvector",
  xml: "xml '<a/>'",
};

/** A call of every allowed function, overloads included, whose arguments have a sample. */
async function callsOfPureFunctions(): Promise<readonly SqlCase[]> {
  const { rows } = await readWrite.query<{ name: string; types: readonly string[] }>(
    `select proname as name, array(select format_type(t, null) from unnest(proargtypes) t) as types
       from pg_proc
      where pronamespace = 'pg_catalog'::regnamespace and prokind = 'f' and proname = any ($1)`,
    [[...PURE_FUNCTIONS]],
  );
  return rows.flatMap(({ name, types }) => {
    const values = types.flatMap((type) => SAMPLES[type] ?? []);
    if (values.length < types.length) return [];
    const sql = `select pg_catalog."${name}"(${values.join(', ')})`;
    return [{ name: sql, sql, facts: {} }];
  });
}

describe('the allowed functions and operators', () => {
  it('are Postgres’ own: a name that isn’t would call what somebody defined', async () => {
    const known = async (sql: string) => {
      const { rows } = await readWrite.query<{ name: string }>(sql);
      return new Set(rows.map(({ name }) => name));
    };
    const functions = await known(
      "select proname as name from pg_proc where pronamespace = 'pg_catalog'::regnamespace",
    );
    const operators = await known(
      "select oprname as name from pg_operator where oprnamespace = 'pg_catalog'::regnamespace",
    );
    expect([...PURE_FUNCTIONS].filter((name) => !functions.has(name))).toEqual([]);
    expect([...PURE_OPERATORS].filter((name) => !operators.has(name))).toEqual([]);
  });

  it('do nothing but answer when they are called', async () => {
    const calls = await callsOfPureFunctions();
    expect(calls.filter(({ sql }) => sqlFacts(sql).mutates)).toEqual([]);
    const before = await contentsOf(readWrite);
    const { found, failed } = await effects(readWrite, calls, 'read write');
    expect(found).toEqual({});
    expect(await contentsOf(readWrite)).toEqual(before);
    // Some refuse their sample; most must have run.
    expect(calls.length - Object.keys(failed).length).toBeGreaterThan(400);
  });
});

describe('the witness', () => {
  it.each([
    ['insert into u values (3)', 'transaction id'],
    ['with x as (update u set id = id returning 1) select 1', 'transaction id'],
    ['select * from u for update', 'transaction id'],
    ['select txid_current()', 'transaction id'],
    ["select nextval('s')", 'sequences'],
    ["select setval('s', 7)", 'sequences'],
    ['select lo_unlink(4711)', 'transaction id'],
    ["select query_to_xml('select setval(''s'', 8)', true, true, '')", 'sequences'],
    [
      "select * from ts_stat('select to_tsvector(set_config(''custom.mark'', ''y'', false))')",
      'custom setting',
    ],
    ["select set_config('work_mem', '1MB', false)", 'settings'],
    ["select set_config('custom.mark', 'x', false)", 'custom setting'],
    ['set role pg_monitor', 'role'],
    ['select pg_advisory_lock(1)', 'locks'],
    ['select pg_try_advisory_xact_lock(2)', 'locks'],
    ['lock table u in share mode', 'locks'],
    ['listen a', 'channels'],
    ['prepare p as select 1', 'prepared statements'],
    ['declare c cursor for select 1', 'cursors'],
  ])('sees what %s does, which counts as mutating', async (sql, fact) => {
    expect(sqlFacts(sql).mutates).toBe(true);
    const seen = await effectsOf(spoiled, sql, 'read write');
    await spoiled.query('discard all');
    expect(seen.join('\n')).toContain(fact);
  });

  it('sees a write in what elsewhere is a text', async () => {
    const sql = "select '\\' || '; delete from b; --'";
    expect(sqlFacts(sql)).toMatchObject({ valid: false, mutates: true });
    expect(await effectsOf(spoiled, sql, 'read write')).toEqual([]);
    await spoiled.query('set standard_conforming_strings = off');
    const seen = await effectsOf(spoiled, sql, 'read write');
    await spoiled.query('discard all');
    expect(seen.join('\n')).toContain('transaction id');
  });

  it('sees changed rows, locked rows and sequences', async () => {
    const before = await contentsOf(spoiled);
    await spoiled.query('update orders set total = total; select * from a for share');
    await spoiled.query("select nextval('s'); select lo_create(4712)");
    const after = await contentsOf(spoiled);
    const changed = [...after].filter(([name, digest]) => before.get(name) !== digest);
    expect(changed.map(([name]) => name)).toEqual(
      expect.arrayContaining([
        'public.orders',
        'public.a',
        'public.s',
        'pg_catalog.pg_largeobject_metadata',
      ]),
    );
  });
});
