import type { Queryable } from '../../platform/database.ts';

/** These ask anew: what was asked before is not asked any more. */
export const ASKS_ANEW: readonly string[] = ['approval.held', 'approval.advanced'];

/**
 * Whether a step asked anew after what a message speaks of: another one, or the same with other arguments.
 * Whatever a route takes, each event of a thread is kept once its first one is. A newer policy that asks
 * more is said as held, too, while the same step goes on: whoever was asked since is still to be told.
 */
export async function wasAskedAnew(on: Queryable, id: string): Promise<boolean> {
  const { rowCount } = await on.query(
    `select from notification_message m
      where m.id = $1 and exists (select from notification_event e
        where e.thread = m.thread and e.seq > m.seq and e.event = any($2)
          and (m.event = any($2) or e.facts->'current' is distinct from
            (select own.facts->'current' from notification_event own where own.id = m.event_id)))`,
    [id, ASKS_ANEW],
  );
  return rowCount === 1;
}

/** Whether what happened later has arrived in the same lane: a message that was given up and sent again. */
export async function wasOvertaken(on: Queryable, id: string): Promise<boolean> {
  const { rowCount } = await on.query(
    `select from notification_message m
      where m.id = $1 and exists (select from notification_message e
        where e.channel_id = m.channel_id and e.recipient = m.recipient and e.thread = m.thread
          and e.seq > m.seq and e.state = 'delivered')`,
    [id],
  );
  return rowCount === 1;
}
