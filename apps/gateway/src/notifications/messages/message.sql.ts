import { approvalStateSchema, ASKING_EVENTS, messageStateSchema } from '@holdpoint/contracts';
import { z } from 'zod';
import type { Queryable } from '../../platform/database.ts';
import type { Lane } from '../job-queue.ts';

/** First try and eight more, over half an hour to an hour. */
export const MAX_ATTEMPTS = 9;
/** Longer than one attempt can take: whoever had it until then is gone. */
export const LEASE = `interval '90 seconds'`;
export const OPEN = `('pending', 'retrying')`;
const IS_OF_LANE = `coalesce(channel_id, connection_id) = $1 and thread = $2 and recipient = $3`;

export interface NewMessage {
  readonly id: string;
  readonly channelId: string | null;
  readonly connectionId: string | null;
  readonly recipient: string;
  readonly personKey: string | null;
  readonly thread: string;
  readonly seq: string;
  readonly event: string;
  readonly eventId: string | null;
  readonly approvalId: string | null;
  readonly body: string | null;
  readonly isFollowUp: boolean;
  /** Not before, and then with what else waits for the recipient. */
  readonly heldBackUntil: Date | null;
}

export async function insertMessage(client: Queryable, message: NewMessage): Promise<void> {
  await client.query(
    `insert into notification_message (id, channel_id, connection_id, recipient, thread, seq, event, event_id,
       approval_id, body, is_follow_up, person_key, held_back_until, next_attempt_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, coalesce($13, now()))`,
    [
      message.id,
      message.channelId,
      message.connectionId,
      message.recipient,
      message.thread,
      message.seq,
      message.event,
      message.eventId,
      message.approvalId,
      message.body,
      message.isFollowUp,
      message.personKey,
      message.heldBackUntil,
    ],
  );
}

/**
 * What a message told is told to another recipient, too, for whom the other side had no time: as a
 * message of its own, in a lane of its own, so that those who got it don't wait for it.
 */
export async function insertPutOff(
  client: Queryable,
  { id, from, recipient, inMs }: PutOff,
): Promise<void> {
  await client.query(
    `insert into notification_message (id, channel_id, recipient, thread, seq, event, event_id, approval_id, body,
       is_follow_up, next_attempt_at)
     select $1, channel_id, $3, thread, seq, event, event_id, approval_id, body, is_follow_up,
            now() + $4 * interval '1 millisecond'
       from notification_message where id = $2`,
    [id, from, recipient, inMs],
  );
}

interface PutOff {
  readonly id: string;
  /** The message that told the others. */
  readonly from: string;
  readonly recipient: string;
  readonly inMs: number;
}

/** Whom a thread was told to so far. What was put off for one address is told to the channel's own lane. */
export async function lanesOf(
  client: Queryable,
  thread: string,
): Promise<{ channelId: string; recipient: string; personKey: string | null }[]> {
  const { rows } = await client.query<{
    channelId: string;
    recipient: string;
    personKey: string | null;
  }>(
    `select distinct channel_id as "channelId", recipient, person_key as "personKey" from notification_message
      where thread = $1 and channel_id is not null and recipient not like 'mailto:%'`,
    [thread],
  );
  return rows;
}

/** "Please decide" about something decided would only send a person to an empty page. */
export async function dropAsking(client: Queryable, thread: string): Promise<void> {
  await client.query(
    `update notification_message set state = 'dropped', next_attempt_at = null,
       last_error = 'settled before it was delivered'
      where thread = $1 and event = any($2) and state in ${OPEN}
        and (leased_until is null or leased_until < now())`,
    [thread, ASKING_EVENTS],
  );
}

export const claimedSchema = z.object({
  id: z.string(),
  channel_id: z.string().nullable(),
  connection_id: z.string().nullable(),
  recipient: z.string(),
  person_key: z.string().nullable(),
  thread: z.string(),
  event: z.string(),
  event_id: z.string().nullable(),
  body: z.string().nullable(),
  is_follow_up: z.boolean(),
  is_held_back: z.boolean(),
  attempts: z.number().int(),
  /** As it is now, not as the message says. */
  approval_state: approvalStateSchema.nullable(),
});
export type ClaimedMessage = z.infer<typeof claimedSchema>;

/** Of a message `m`. */
export const CLAIMED = `id, channel_id, connection_id, recipient, person_key, thread, event, event_id, body,
  is_follow_up, held_back_until is not null as is_held_back, attempts,
  (select a.state from approval a where a.id = m.approval_id) as approval_state`;

/**
 * The lane's next message, if it is its time: in order, one at a time, by one process.
 * INVARIANT: nothing overtakes a message of its lane that is still to be sent.
 */
export async function claimNext(
  on: Queryable,
  { place, thread, recipient }: Lane,
): Promise<ClaimedMessage | undefined> {
  const { rows } = await on.query(
    `update notification_message m set leased_until = now() + ${LEASE}
      where m.id = (select id from notification_message
                     where ${IS_OF_LANE} and state in ${OPEN} order by seq, id limit 1)
        and m.state in ${OPEN} and m.next_attempt_at <= now()
        and (m.leased_until is null or m.leased_until < now())
      returning ${CLAIMED}`,
    [place, thread, recipient],
  );
  return rows.length === 0 ? undefined : claimedSchema.parse(rows[0]);
}

/** Whether an earlier message of the same lane arrived. */
export async function wasTold(on: Queryable, id: string): Promise<boolean> {
  const { rowCount } = await on.query(
    `select from notification_message m
      where m.id = $1 and exists (select from notification_message e
        where e.channel_id = m.channel_id and e.recipient = m.recipient and e.thread = m.thread
          and e.seq < m.seq and e.state = 'delivered')`,
    [id],
  );
  return rowCount === 1;
}

/** Before an attempt that shows arguments and their digest: whoever got it may answer before its outcome is kept. */
export async function noteShown(on: Queryable, id: string): Promise<void> {
  await on.query('update notification_message set shows_arguments = true where id = $1', [id]);
}

export interface Outcome {
  readonly state: 'delivered' | 'retrying' | 'failed' | 'dropped';
  readonly status: number | null;
  readonly answer: string;
  /** Only for `retrying`. */
  readonly inMs: number;
}

/** The end of an attempt. What was dropped was not tried. */
export async function recordOutcome(
  client: Queryable,
  id: string,
  { state, status, answer, inMs }: Outcome,
  tookMs: number,
): Promise<void> {
  const { rows } = await client.query<{ attempts: number }>(
    `update notification_message set state = $2, attempts = attempts + $6, last_status = $3,
       last_error = case when $2 = 'delivered' then null else $4 end, leased_until = null,
       next_attempt_at = case when $2 = 'retrying' then now() + $5 * interval '1 millisecond' end,
       delivered_at = case when $2 = 'delivered' then now() end
      where id = $1 and state in ${OPEN} returning attempts`,
    [id, state, status, answer, inMs, state === 'dropped' ? 0 : 1],
  );
  const [row] = rows;
  if (row === undefined || state === 'dropped') return;
  await client.query(
    `insert into notification_attempt (message_id, number, took_ms, delivered, status, answer)
     values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
    [id, row.attempts, Math.round(tookMs), state === 'delivered', status, answer],
  );
}

/** Its channel rests: not an attempt. */
export async function postpone(client: Queryable, id: string, inMs: number): Promise<void> {
  await client.query(
    `update notification_message set leased_until = null, next_attempt_at = now() + $2 * interval '1 millisecond'
      where id = $1 and state in ${OPEN}`,
    [id, inMs],
  );
}

/** Dead letters go out once more, with all their attempts. Answers their lanes. */
export async function revive(
  client: Queryable,
  place: string,
  messageId: string | null,
): Promise<{ id: string; lane: Lane }[]> {
  const { rows } = await client.query<{ id: string; thread: string; recipient: string }>(
    `update notification_message set state = 'pending', attempts = 0, next_attempt_at = now(), held_back_until = null
      where coalesce(channel_id, connection_id) = $1 and state = 'failed' and event <> 'channel.test'
          and ($2::uuid is null or id = $2)
      returning id, thread, recipient`,
    [place, messageId],
  );
  // Attempts count from one again; what was answered to the earlier ones makes room.
  await client.query('delete from notification_attempt where message_id = any($1::uuid[])', [
    rows.map(({ id }) => id),
  ]);
  return rows.map(({ id, thread, recipient }) => ({ id, lane: { place, thread, recipient } }));
}

/** Lanes whose next message waits for a job that was lost with a process. */
export async function forgottenLanes(on: Queryable, limit: number): Promise<Lane[]> {
  const { rows } = await on.query<Lane>(
    `select distinct coalesce(channel_id, connection_id)::text as place, thread, recipient
       from notification_message
      where state in ${OPEN} and next_attempt_at < now() - interval '2 minutes'
        and (leased_until is null or leased_until < now()) limit $1`,
    [limit],
  );
  return rows;
}

/** What an older gateway queued for webhooks of connections goes on here, under the same ids. */
export async function adoptOlder(on: Queryable, limit: number): Promise<number> {
  const { rowCount } = await on.query(
    `with moved as (delete from webhook_delivery where id in (select id from webhook_delivery limit $1) returning *)
     insert into notification_message (id, connection_id, thread, seq, event, approval_id, body, state, attempts,
       last_status, last_error, next_attempt_at, created_at, delivered_at)
     select id, connection_id, approval_id::text, 0, event, approval_id, payload, state, attempts, last_status,
       last_error, case when state in ${OPEN} then now() - interval '3 minutes' end, created_at, delivered_at
       from moved on conflict do nothing`,
    [limit],
  );
  return rowCount ?? 0;
}

/**
 * Of what happened to a thread, `o`: nobody is asked by it, and nothing of it is still to be told. INVARIANT:
 * whom something was told to is known until they are told how it ended, and a step may take a year, a
 * person's quiet hours most of a week.
 */
const IS_OVER = `not exists (select from approval a where a.id = o.approval_id and a.state = 'held')
  and not exists (select from notification_event e where e.thread = o.thread and e.at > now() - interval '1 day')
  and not exists (select from notification_message w where w.thread = o.thread and w.state in ${OPEN})`;

/** The log of what was sent is kept for a month. */
export async function forgetOld(on: Queryable, days: number, limit: number): Promise<void> {
  await on.query(
    `delete from notification_message where id in (
       select id from notification_message o
        where created_at < now() - $1 * interval '1 day' and state not in ${OPEN} and ${IS_OVER} limit $2)`,
    [days, limit],
  );
  await on.query(
    `delete from notification_event where id in (
       select id from notification_event o
        where at < now() - $1 * interval '1 day' and ${IS_OVER}
          and not exists (select from notification_message m where m.event_id = o.id) limit $2)`,
    [days, limit],
  );
}

const listedSchema = z.object({
  id: z.string(),
  event: z.string(),
  approval_id: z.string().nullable(),
  recipient: z.string(),
  recipient_name: z.string().nullable(),
  state: messageStateSchema,
  attempts: z.number().int(),
  last_status: z.number().int().nullable(),
  last_error: z.string().nullable(),
  next_attempt_at: z.date().nullable(),
  held_back_until: z.date().nullable(),
  created_at: z.date(),
  delivered_at: z.date().nullable(),
});
export type ListedMessage = z.infer<typeof listedSchema>;

/** Newest first; `place` is a channel, or a connection with a webhook. */
export async function listMessages(
  on: Queryable,
  place: { readonly channelId: string } | { readonly connectionId: string },
  { state, before, limit }: { state: string | null; before: string | null; limit: number },
): Promise<readonly ListedMessage[]> {
  const [column, id] =
    'channelId' in place ? ['channel_id', place.channelId] : ['connection_id', place.connectionId];
  const { rows } = await on.query(
    `select m.id, m.event, m.approval_id, coalesce(m.person_key, m.recipient) as recipient, p.name as recipient_name, m.state, m.attempts,
       m.last_status, m.last_error, m.next_attempt_at, m.held_back_until, m.created_at, m.delivered_at
     from notification_message m left join person p on p.key = coalesce(m.person_key, m.recipient)
     where m.${column} = $1 and ($2::text is null or m.state = $2) and ($3::uuid is null or m.id < $3)
     order by m.id desc limit $4`,
    [id, state, before, limit],
  );
  return z.array(listedSchema).parse(rows);
}

const attemptSchema = z.object({
  message_id: z.string(),
  number: z.number().int(),
  at: z.date(),
  took_ms: z.number().int(),
  delivered: z.boolean(),
  status: z.number().int().nullable(),
  answer: z.string(),
});

export async function attemptsOf(
  on: Queryable,
  ids: readonly string[],
): Promise<readonly z.infer<typeof attemptSchema>[]> {
  const { rows } = await on.query(
    `select message_id, number, at, took_ms, delivered, status, answer from notification_attempt
      where message_id = any($1::uuid[]) order by message_id, number`,
    [[...ids]],
  );
  return z.array(attemptSchema).parse(rows);
}

const countsSchema = z.object({
  channel_id: z.string(),
  open: z.coerce.number().int(),
  dead: z.coerce.number().int(),
  last: z.date().nullable(),
});

/** What waits and what was given up, by channel. A test is sent once: whoever sent it saw what came of it. */
export async function countMessages(
  on: Queryable,
): Promise<ReadonlyMap<string, z.infer<typeof countsSchema>>> {
  const { rows } = await on.query(
    `select channel_id, count(*) filter (where state in ${OPEN}) as open,
       count(*) filter (where state = 'failed' and event <> 'channel.test') as dead, max(delivered_at) as last
     from notification_message where channel_id is not null group by channel_id`,
  );
  return new Map(
    z
      .array(countsSchema)
      .parse(rows)
      .map((row) => [row.channel_id, row]),
  );
}
