import type { Pool, PoolClient } from 'pg';
import { until } from './mcp-bench.ts';

/** A transaction that goes step by step, beside what is tested. */
export async function beside<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}

/** Resolves once something waits for a lock that this transaction has. */
export async function isWaitedFor(pool: Pool, client: PoolClient): Promise<void> {
  const pid = await pidOf(client);
  await until(
    async () => (await queueBehind(pool, pid)) > 0,
    'somebody waits for the lock',
    30_000,
  );
}

/**
 * Whether `attempt` ends while this transaction and those that wait for it stand still; `false` once it
 * waits behind them, as one more than `others`.
 */
export async function getsThrough(
  pool: Pool,
  client: PoolClient,
  attempt: Promise<unknown>,
  others: number,
): Promise<boolean> {
  const pid = await pidOf(client);
  let isDone = false;
  const done = () => (isDone = true);
  attempt.then(done, done);
  return until(async () => {
    const waits = (await queueBehind(pool, pid)) > others;
    return (isDone || waits) && { isDone };
  }, 'it ends, or waits').then((now) => now.isDone);
}

async function pidOf(client: PoolClient): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid ?? 0;
}

/** How many wait for a process, or for one that does. */
async function queueBehind(pool: Pool, pid: number): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    `with recursive queue(pid) as (
       select $1::int
       union select a.pid from pg_stat_activity a join queue q on q.pid = any(pg_blocking_pids(a.pid)))
     select count(*)::int - 1 as n from queue`,
    [pid],
  );
  return rows[0]?.n ?? 0;
}
