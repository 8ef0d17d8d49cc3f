import type { Database } from '../platform/database.ts';

/**
 * What waits for its next attempt, or for a rested channel, waits no longer: tests sit through no backoff.
 * Jobs come first, and all of it in one transaction: a job that ran before its message is due would find
 * nothing to do and be gone, and only the keeper would come back to that lane, minutes later. Messages come before
 * channels, as where an outcome is kept.
 *
 * @param which Of which messages, as a condition of SQL.
 */
export function hurry(
  database: Database,
  which = `state in ('pending', 'retrying')`,
): Promise<void> {
  return database.transaction(async (client) => {
    await client.query(
      `update pgboss.job set start_after = now() where state in ('created', 'retry')`,
    );
    await client.query(`update notification_message set next_attempt_at = now() where ${which}`);
    await client.query(`update notification_channel set rest_until = null`);
    // As pg-boss does for a new job: else a worker would find them only when it next looks by itself.
    await client.query(
      `select pg_notify('pgboss_' || left(encode(sha224('pgboss'), 'hex'), 24), name) from pgboss.queue`,
    );
  });
}
