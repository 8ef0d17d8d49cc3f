import type { Client } from 'pg';

/** What a statement did beside answering, one sentence each. */
export type Effects = readonly string[];

/** What no read may change, as a session sees it. */
const SESSION = `
select
  coalesce(pg_current_xact_id_if_assigned()::text, 'none') as "transaction id",
  (select coalesce(string_agg(name || '=' || setting, ' ' order by name), '')
     from pg_settings) as settings,
  (select coalesce(string_agg(mode || ' ' || locktype, ' ' order by mode, locktype), '')
     from pg_locks
    where pid = pg_backend_pid()
      and (locktype = 'advisory' or mode in ('ShareUpdateExclusiveLock', 'ShareLock',
           'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'))
      and locktype <> 'virtualxid') as locks,
  (select coalesce(string_agg(concat_ws(' ', sequencename, last_value), ', '), '')
     from pg_sequences) as sequences,
  (select count(*)::text from pg_cursors where name <> '') as cursors,
  (select count(*)::text from pg_prepared_statements) as "prepared statements",
  (select count(*)::text from pg_listening_channels()) as channels,
  pg_notification_queue_usage()::text as notifications,
  current_user || ' of ' || session_user as role,
  current_setting('custom.mark', true) as "custom setting"`;

/** Every table of a database with its rows, down to the transactions that wrote or locked them. */
const TABLES = `
select format('%I.%I', nspname, relname) as name
  from pg_class c join pg_namespace n on n.oid = relnamespace
 where relkind = 'r'
   -- The statistics of the server itself.
   and relname not in ('pg_statistic')
 order by 1`;

const SEQUENCES = `
select format('%I.%I', nspname, relname) as name
  from pg_class c join pg_namespace n on n.oid = relnamespace where relkind = 'S' order by 1`;

/**
 * Runs a text as one simple query, commits it, and tells what it did to its session. Writing to
 * any table needs a transaction id, so none assigned means that no row was written or locked.
 *
 * @param access - the transaction's access mode
 * @throws the database's error; the transaction is rolled back then
 */
export async function effectsOf(
  client: Client,
  sql: string,
  access: 'read only' | 'read write',
): Promise<Effects> {
  const outside = await session(client);
  await client.query(`begin ${access}`);
  try {
    const before = await session(client);
    await client.query(sql);
    const within = differences(before, await session(client));
    await client.query('commit');
    // Some effects, such as LISTEN, come with the commit.
    const behind = differences(outside, await session(client));
    return [...new Set([...within, ...behind])];
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

/** A digest of every table and sequence of the database, catalogues and large objects included. */
export async function contentsOf(client: Client): Promise<ReadonlyMap<string, string>> {
  const contents = new Map<string, string>();
  for (const name of await names(client, TABLES)) {
    // xmax too: it is where a row lock leaves its mark.
    const rows = `select md5(string_agg(r, ',' order by r)) as digest
      from (select concat_ws(' ', ctid, xmin, xmax, x.*) as r from ${name} x) rows`;
    contents.set(name, await digest(client, rows));
  }
  for (const name of await names(client, SEQUENCES)) {
    contents.set(
      name,
      await digest(
        client,
        `select concat_ws(' ', last_value, log_cnt, is_called) as digest from ${name}`,
      ),
    );
  }
  return contents;
}

type Session = Readonly<Record<string, string | null>>;

async function session(client: Client): Promise<Session> {
  const { rows } = await client.query<Session>(SESSION);
  return rows[0] ?? {};
}

async function names(client: Client, sql: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(sql);
  return rows.map(({ name }) => name);
}

async function digest(client: Client, sql: string): Promise<string> {
  const { rows } = await client.query<{ digest: string | null }>(sql);
  return rows[0]?.digest ?? '';
}

function differences(before: Session, after: Session): Effects {
  return Object.keys(before)
    .filter((fact) => before[fact] !== after[fact])
    .map((fact) => `${fact}: ${difference(before[fact], after[fact])}`);
}

/** Settings are long: only the words that differ. */
function difference(before: string | null | undefined, after: string | null | undefined): string {
  const old = new Set((before ?? '').split(' '));
  const changed = (after ?? '').split(' ').filter((word) => !old.has(word));
  return changed.length === 0 ? `no longer ${before}` : changed.join(' ');
}
