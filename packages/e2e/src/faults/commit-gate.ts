import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** What commits with one of these is stopped: an entry of the audit log, or a tree head. */
export interface Commit {
  readonly entry: string;
  /** Only entries that belong to an approval, or only those that don't. */
  readonly ofApproval?: boolean;
}

const LOOK_AGAIN_MS = 10;
const LOCK = '1634890337, 1';

/**
 * A deferred constraint trigger runs inside COMMIT: whoever commits such a row waits there for an
 * advisory lock that the test holds. So the product is stopped at one exact statement without knowing
 * of it. Only this test's database has the trigger.
 */
const INSTALL = `
create schema if not exists faults;
create table if not exists faults.armed (entry text not null, of_approval boolean);
create or replace function faults.wait() returns trigger language plpgsql as $$
declare
  kind text := coalesce(tg_argv[0], to_jsonb(new)->>'kind');
  belongs boolean := (to_jsonb(new)->>'approval_id') is not null;
begin
  if exists (select 1 from faults.armed a
              where a.entry = kind and coalesce(a.of_approval, belongs) = belongs) then
    perform pg_advisory_xact_lock_shared(${LOCK});
  end if;
  return null;
end $$;
drop trigger if exists faults_entry on entry;
create constraint trigger faults_entry after insert on entry
  deferrable initially deferred for each row execute function faults.wait();
drop trigger if exists faults_tree_head on tree_head;
create constraint trigger faults_tree_head after insert on tree_head
  deferrable initially deferred for each row execute function faults.wait('tree head');
`;

/** Stops the gateway in the middle of a COMMIT, and decides whether that commit happens. */
export class CommitGate {
  readonly #client: pg.Client;
  #isClosed = false;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async install(databaseUrl: string): Promise<CommitGate> {
    const client = new pg.Client({ connectionString: databaseUrl });
    client.on('error', () => undefined);
    await client.connect();
    await client.query(INSTALL);
    return new CommitGate(client);
  }

  /** From now on nothing of this kind commits. */
  async shut({ entry, ofApproval }: Commit): Promise<void> {
    await this.#client.query(`select pg_advisory_lock(${LOCK})`);
    this.#isClosed = true;
    await this.#client.query('insert into faults.armed values ($1, $2)', [
      entry,
      ofApproval ?? null,
    ]);
  }

  /** Resolves as soon as somebody waits in COMMIT. */
  async untilSomebodyWaits(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if ((await this.#waiting()).length > 0) return;
      await sleep(LOOK_AGAIN_MS);
    }
  }

  /** What comes from now on passes; who waits goes on waiting. */
  async disarm(): Promise<void> {
    await this.#client.query('delete from faults.armed');
  }

  /** Those who wait are rolled back: their commit never happened. */
  async undo(): Promise<void> {
    const pids = await this.#waiting();
    await this.#client.query('select pg_terminate_backend(pid) from unnest($1::int[]) as pid', [
      pids,
    ]);
    await this.#untilNobodyWaits();
  }

  /** Those who still wait commit. */
  async open(): Promise<void> {
    if (!this.#isClosed) return;
    this.#isClosed = false;
    await this.#client.query(`select pg_advisory_unlock(${LOCK})`);
    await this.#untilNobodyWaits();
  }

  async #untilNobodyWaits(): Promise<void> {
    const held = `select count(*)::int as n from pg_locks
      where locktype = 'advisory' and (classid::int, objid::int) = (${LOCK}) and pid <> pg_backend_pid()`;
    for (;;) {
      const { rows } = await this.#client.query<{ n: number }>(held);
      if (rows[0]?.n === 0) return;
      await sleep(LOOK_AGAIN_MS);
    }
  }

  async #waiting(): Promise<readonly number[]> {
    const { rows } = await this.#client.query<{ pid: number }>(
      `select pid from pg_locks
        where locktype = 'advisory' and (classid::int, objid::int) = (${LOCK}) and not granted`,
    );
    return rows.map(({ pid }) => pid);
  }

  async close(): Promise<void> {
    await this.#client.end();
  }
}
