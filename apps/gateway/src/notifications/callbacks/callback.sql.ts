import { callbackAnswerSchema, ERRORS, type ErrorCode } from '@holdpoint/contracts';
import { z } from 'zod';
import type { Queryable } from '../../platform/database.ts';

const codeSchema = z.custom<ErrorCode>(
  (value) => typeof value === 'string' && Object.hasOwn(ERRORS, value),
);
const outcomeSchema = z.union([
  callbackAnswerSchema,
  z.object({ code: codeSchema, message: z.string() }),
]);
/** What a message was answered with: done, or refused for good. */
export type CallbackOutcome = z.infer<typeof outcomeSchema>;

/** A message by the id that its sender gave it: the same one where its body is the same, too. */
export interface CallbackKey {
  readonly channelId: string;
  readonly id: string;
  /** SHA-256, hexadecimal. */
  readonly bodyHash: string;
}

const callbackSchema = z.object({ body_hash: z.string(), outcome: outcomeSchema });

export async function findCallback(
  on: Queryable,
  { channelId, id }: Pick<CallbackKey, 'channelId' | 'id'>,
): Promise<{ readonly bodyHash: string; readonly outcome: CallbackOutcome } | undefined> {
  const { rows } = await on.query(
    'select body_hash, outcome from channel_callback where channel_id = $1 and id = $2',
    [channelId, id],
  );
  if (rows.length === 0) return undefined;
  const { body_hash: bodyHash, outcome } = callbackSchema.parse(rows[0]);
  return { bodyHash, outcome };
}

/** Once for an id. False where it has an outcome; waits for a transaction that is about to give it one. */
export async function settleCallback(
  on: Queryable,
  { channelId, id, bodyHash }: CallbackKey,
  outcome: CallbackOutcome,
): Promise<boolean> {
  const { rowCount } = await on.query(
    `insert into channel_callback (channel_id, id, body_hash, outcome) values ($1, $2, $3, $4)
     on conflict do nothing`,
    [channelId, id, bodyHash, JSON.stringify(outcome)],
  );
  return rowCount === 1;
}

/** Far longer than a signature is fresh, so that no message is taken twice. */
export async function forgetCallbacks(on: Queryable): Promise<void> {
  await on.query(`delete from channel_callback where at < now() - interval '30 days'`);
}

/** An event that asked a channel, and whether a message of it left with the arguments and their digest. */
export interface Asked {
  readonly eventId: string;
  readonly isShown: boolean;
}

/** Events that asked this channel about an approval. A channel decides only about what it was told of. */
export async function askedBy(
  on: Queryable,
  channelId: string,
  approvalId: string,
  asking: readonly string[],
): Promise<readonly Asked[]> {
  const { rows } = await on.query<Asked>(
    `select event_id as "eventId", bool_or(shows_arguments) as "isShown" from notification_message
      where thread = $2 and channel_id = $1 and event_id is not null and event = any($3) group by event_id`,
    [channelId, approvalId, asking],
  );
  return rows;
}
