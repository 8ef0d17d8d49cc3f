import { z } from 'zod';
import type { Queryable } from '../../platform/database.ts';

/** False for what was here before: a replay. Kept for longer than it is fresh. */
export async function takeHint(
  client: Queryable,
  channelId: string,
  signature: string,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `insert into ticket_hint (channel_id, signature) values ($1, $2) on conflict do nothing`,
    [channelId, signature],
  );
  return rowCount === 1;
}

/** A change of a ticket's status, by the id that the ticket system gave it. */
export interface TicketChange {
  readonly channelId: string;
  readonly changeId: string;
}

const outcomeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('recorded') }),
  z.object({ kind: z.literal('refused'), why: z.string() }),
]);
/** What became of a change that was to be a verdict. */
export type ChangeOutcome = z.infer<typeof outcomeSchema>;

const changeSchema = z.object({
  attempts: z.number().int(),
  outcome: outcomeSchema.nullable(),
  is_told: z.boolean(),
});

/** Counts the attempt before it is made: a process that dies in it had one. */
export async function takeChange(
  on: Queryable,
  { channelId, changeId }: TicketChange,
): Promise<z.infer<typeof changeSchema>> {
  const { rows } = await on.query(
    `insert into ticket_verdict as known (channel_id, change_id) values ($1, $2)
     on conflict (channel_id, change_id) do update set attempts = known.attempts + 1
     returning attempts, outcome, told_at is not null as is_told`,
    [channelId, changeId],
  );
  return changeSchema.parse(rows[0]);
}

/** False where something else became of it already. */
export async function recordChange(
  client: Queryable,
  { channelId, changeId }: TicketChange,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update ticket_verdict set outcome = '{"kind":"recorded"}'
      where channel_id = $1 and change_id = $2 and outcome is null`,
    [channelId, changeId],
  );
  return rowCount === 1;
}

/** The first outcome stays, and is answered. It waits for a transaction that is about to record one. */
export async function settleChange(
  on: Queryable,
  { channelId, changeId }: TicketChange,
  outcome: ChangeOutcome,
): Promise<ChangeOutcome> {
  const { rows } = await on.query<{ outcome: unknown }>(
    `update ticket_verdict set outcome = coalesce(outcome, $3)
      where channel_id = $1 and change_id = $2 returning outcome`,
    [channelId, changeId, JSON.stringify(outcome)],
  );
  return outcomeSchema.parse(rows[0]?.outcome);
}

export async function markTold(
  on: Queryable,
  { channelId, changeId }: TicketChange,
): Promise<void> {
  await on.query(
    'update ticket_verdict set told_at = now() where channel_id = $1 and change_id = $2',
    [channelId, changeId],
  );
}

/** Hints are long stale by then, and what a change came to has no ticket any more. */
export async function forgetChanges(on: Queryable): Promise<void> {
  await on.query(`delete from ticket_hint where at < now() - interval '1 day'`);
  await on.query(`delete from ticket_verdict where at < now() - interval '181 days'`);
}

/** The channel leads to another system: there the same ids are other changes. */
export async function forgetChangesOf(client: Queryable, channelId: string): Promise<void> {
  await client.query('delete from ticket_verdict where channel_id = $1', [channelId]);
}
