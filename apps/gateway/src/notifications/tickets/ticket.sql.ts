import { z } from 'zod';
import type { Queryable } from '../../platform/database.ts';

const verdictsSchema = z.object({ approved: z.string(), denied: z.string() });
/** The statuses that a ticket says are verdicts. Those of the channel's settings may be others by now. */
export type NamedVerdicts = z.infer<typeof verdictsSchema>;

const ticketSchema = z
  .object({
    message_id: z.string(),
    channel_id: z.string(),
    thread: z.string(),
    step: z.number().int().nullable(),
    ticket_id: z.string().nullable(),
    ticket_key: z.string().nullable(),
    digest: z.string().nullable(),
    content_hash: z.string().nullable(),
    verdicts: verdictsSchema.nullable(),
    closed_at: z.date().nullable(),
  })
  .transform((row) => ({
    messageId: row.message_id,
    channelId: row.channel_id,
    /** The approval, or what is frozen. */
    thread: row.thread,
    /** Which step it asks; `null` where it asks nobody. */
    step: row.step,
    /** `null` while it is being made, or where nobody knows what became of that. */
    name:
      row.ticket_id === null ? null : { id: row.ticket_id, key: row.ticket_key ?? row.ticket_id },
    /** Of what it shows; `null` where it doesn't show all that an approval would run. */
    digest: row.digest,
    /** Of its texts as the other side gave them back. */
    contentHash: row.content_hash,
    verdicts: row.verdicts,
    isClosed: row.closed_at !== null,
  }));
export type TicketRow = z.infer<typeof ticketSchema>;

/** How the other side calls a ticket: for machines, and for people. */
export interface TicketName {
  readonly id: string;
  readonly key: string;
}

const COLUMNS =
  'message_id, channel_id, thread, step, ticket_id, ticket_key, digest, content_hash, verdicts, closed_at';

export type NewTicket = Pick<
  TicketRow,
  'messageId' | 'channelId' | 'thread' | 'step' | 'digest' | 'verdicts'
>;

/** Before the other side is asked for it. False where this message asked for it before. */
export async function insertTicket(
  on: Queryable,
  { messageId, channelId, thread, step, digest, verdicts }: NewTicket,
): Promise<boolean> {
  const { rowCount } = await on.query(
    `insert into notification_ticket (message_id, channel_id, thread, step, digest, verdicts)
     values ($1, $2, $3, $4, $5, $6) on conflict (message_id) do nothing`,
    [messageId, channelId, thread, step, digest, verdicts && JSON.stringify(verdicts)],
  );
  return rowCount === 1;
}

export async function nameTicket(
  on: Queryable,
  messageId: string,
  { id, key }: TicketName,
): Promise<void> {
  await on.query(
    'update notification_ticket set ticket_id = $2, ticket_key = $3 where message_id = $1 and ticket_id is null',
    [messageId, id, key],
  );
}

export async function keepContent(on: Queryable, messageId: string, hash: string): Promise<void> {
  await on.query(
    'update notification_ticket set content_hash = $2 where message_id = $1 and content_hash is null',
    [messageId, hash],
  );
}

/** Nobody is asked by it any more. */
export async function closeTicket(on: Queryable, messageId: string): Promise<void> {
  await on.query(
    'update notification_ticket set closed_at = now() where message_id = $1 and closed_at is null',
    [messageId],
  );
}

/** Those of one thread on one channel, in the order in which they were opened. */
export async function ticketsOf(
  on: Queryable,
  channelId: string,
  thread: string,
): Promise<readonly TicketRow[]> {
  const { rows } = await on.query(
    `select ${COLUMNS} from notification_ticket where channel_id = $1 and thread = $2
      order by at, message_id`,
    [channelId, thread],
  );
  return z.array(ticketSchema).parse(rows);
}

export async function findTicket(
  on: Queryable,
  channelId: string,
  ticketId: string,
): Promise<TicketRow | undefined> {
  const { rows } = await on.query(
    `select ${COLUMNS} from notification_ticket where channel_id = $1 and ticket_id = $2`,
    [channelId, ticketId],
  );
  return rows.length === 0 ? undefined : ticketSchema.parse(rows[0]);
}

/** What is that old asks nobody any more. */
export async function forgetTickets(on: Queryable): Promise<void> {
  await on.query(`delete from notification_ticket where at < now() - interval '180 days'`);
}

/** The channel leads to another system: there the same ids are tickets of somebody else. */
export async function forgetTicketsOf(client: Queryable, channelId: string): Promise<void> {
  await client.query('delete from notification_ticket where channel_id = $1', [channelId]);
}
