import { z } from 'zod';
import type { Queryable } from '../../platform/database.ts';
import type { Lane } from '../job-queue.ts';
import {
  claimNext,
  type ClaimedMessage,
  claimedSchema,
  CLAIMED,
  LEASE,
  OPEN,
} from '../messages/message.sql.ts';

/** More than a person reads at once; what is left comes right after. */
const MOST = 200;

/**
 * The lane's next message; where it was held back, together with all that is due for the same recipient
 * by now. One process at a time, so that what belongs together isn't torn apart.
 * INVARIANT: nothing overtakes an earlier message of its lane.
 */
export async function claimTogether(
  client: Queryable,
  lane: Lane,
): Promise<readonly ClaimedMessage[]> {
  await client.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [
    `told:${lane.place}:${lane.recipient}`,
  ]);
  const first = await claimNext(client, lane);
  if (first === undefined) return [];
  if (!first.is_held_back) return [first];
  const { rows } = await client.query(
    `update notification_message m set leased_until = now() + ${LEASE}
      where m.id in (
        select id from notification_message c
         where c.channel_id = $1 and c.recipient = $2 and c.id <> $3 and c.held_back_until is not null
           and c.state in ${OPEN} and c.next_attempt_at <= now()
           and (c.leased_until is null or c.leased_until < now())
           and not exists (select from notification_message e
                 where e.channel_id = c.channel_id and e.recipient = c.recipient and e.thread = c.thread
                   and e.seq < c.seq and e.state in ${OPEN}
                   and (e.held_back_until is null or e.next_attempt_at > now()
                     or (e.leased_until >= now() and e.id <> $3)))
         order by c.id limit ${MOST})
      returning ${CLAIMED}`,
    [lane.place, lane.recipient, first.id],
  );
  return [first, ...z.array(claimedSchema).parse(rows)].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** Of these threads, whose next message is due: its job found the one before it on its way, and is gone. */
export async function lanesFollowed(
  on: Queryable,
  { place, recipient }: Lane,
  threads: readonly string[],
): Promise<readonly Lane[]> {
  const { rows } = await on.query<Lane>(
    `select distinct channel_id::text as place, thread, recipient from notification_message
      where channel_id = $1 and recipient = $2 and thread = any($3) and state in ${OPEN}
        and next_attempt_at <= now()`,
    [place, recipient, threads],
  );
  return rows;
}

/** What comes after them in their lane is told now, and says more than they would. */
export async function dropHeldBack(
  client: Queryable,
  { place, thread, recipient }: Lane,
): Promise<void> {
  await client.query(
    `update notification_message set state = 'dropped', next_attempt_at = null,
       last_error = 'what came after it was told at once'
      where channel_id = $1 and thread = $2 and recipient = $3 and held_back_until is not null
        and state in ${OPEN} and (leased_until is null or leased_until < now())`,
    [place, thread, recipient],
  );
}

/** Somebody wants to be told at another time: what waits for them does, too. Answers its lanes. */
export async function holdBackUntil(
  client: Queryable,
  personKey: string,
  at: Date | null,
): Promise<readonly Lane[]> {
  const { rows } = await client.query<Lane>(
    `with moved as (
       update notification_message set held_back_until = coalesce($2, now()), next_attempt_at = coalesce($2, now())
        where person_key = $1 and held_back_until is not null and state in ${OPEN}
          and (leased_until is null or leased_until < now()) returning channel_id, thread, recipient)
     select distinct channel_id::text as place, thread, recipient from moved`,
    [personKey, at],
  );
  return rows;
}

export async function countHeldBack(on: Queryable, personKey: string): Promise<number> {
  const { rows } = await on.query<{ count: string }>(
    `select count(*) from notification_message
      where person_key = $1 and held_back_until is not null and state in ${OPEN}`,
    [personKey],
  );
  return Number(rows[0]?.count ?? 0);
}
