import { endOf, nextTimer, type Step } from '@holdpoint/approval';
import type { TimerEvent } from '@holdpoint/contracts';
import { z } from 'zod';
import type { Queryable } from '../platform/database.ts';
import type { ApprovalRecord } from './approval.ts';
import { APPROVAL_COLUMNS, manyApprovals } from './approval.sql.ts';

type Timed = Pick<Step, 'deadlineMs' | 'onDeadline'>;

/** How long after a step opened its first timer is due, and it ends. */
function spansOf(step: Timed): { readonly firstMs: number; readonly endMs: number } {
  const start = new Date(0);
  const first = nextTimer(step, start, 0)?.at ?? start;
  return { firstMs: first.getTime(), endMs: endOf(step, start).getTime() };
}

/** A step becomes the current one: its time runs from now on. */
export async function openStep(
  client: Queryable,
  approvalId: string,
  index: number,
  step: Timed,
): Promise<void> {
  const { firstMs, endMs } = spansOf(step);
  await client.query(
    `update approval set timer_step = $2, timer_fired = 0, timer_opened_at = now(),
        timer_at = now() + $3 * interval '1 millisecond', timer_ends_at = now() + $4 * interval '1 millisecond'
      where id = $1 and state = 'held'`,
    [approvalId, index, firstMs, endMs],
  );
}

const nowSchema = z.object({ now: z.date() });

/** The database's clock now: a transaction may have waited for locks since it began. */
export async function databaseNow(client: Queryable): Promise<Date> {
  const { rows } = await client.query('select clock_timestamp() as now');
  return nowSchema.parse(rows[0]).now;
}

/**
 * Held calls with a timer that is due, or whose timers an older process didn't set. Locked: another
 * sweeper passes them over. What has expired or is frozen isn't a timer's to settle.
 */
export function takeDueTimers(
  client: Queryable,
  limit: number,
): Promise<readonly ApprovalRecord[]> {
  return manyApprovals(
    client,
    `select ${APPROVAL_COLUMNS} from approval a join connection c on c.id = a.connection_id
      where a.state = 'held' and (a.timer_at is null or a.timer_at <= now())
        and a.expires_at > now() and c.frozen_at is null
      order by a.timer_at, a.id limit $1 for update of a skip locked`,
    [limit],
  );
}

/** Timers that fired, each once: under the row's lock, and only from the count that they were read at. */
export async function recordFired(
  client: Queryable,
  approvalId: string,
  fired: {
    readonly from: number;
    readonly to: number;
    readonly nextAt: Date;
    readonly events: readonly TimerEvent[];
  },
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update approval set timer_fired = $3, timer_at = $4, timer_log = timer_log || $5::jsonb
      where id = $1 and state = 'held' and timer_fired = $2`,
    [approvalId, fired.from, fired.to, fired.nextAt, JSON.stringify(fired.events)],
  );
  return rowCount === 1;
}
