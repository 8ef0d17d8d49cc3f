import { z } from 'zod';
import type { Queryable } from '../../platform/database.ts';

/** What became of a press: what its person is told. */
export const pressOutcomeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('recorded') }),
  z.object({ kind: z.literal('refused'), why: z.string() }),
  /** Nobody said that the account is theirs. */
  z.object({ kind: z.literal('untied') }),
  /** Whoever it is has no session of the console that is open. */
  z.object({ kind: z.literal('signed-out') }),
]);
export type PressOutcome = z.infer<typeof pressOutcomeSchema>;

const pressSchema = z
  .object({
    id: z.string(),
    channel_id: z.string(),
    sealed: z.instanceof(Uint8Array),
    attempts: z.number().int(),
    outcome: pressOutcomeSchema.nullable(),
    is_late: z.boolean(),
  })
  .transform(({ channel_id: channelId, is_late: isLate, ...row }) => ({
    ...row,
    channelId,
    isLate,
  }));
export type PressRow = z.infer<typeof pressSchema>;

/** How long after the press an approval is still what its person wants. */
const LATE = `interval '10 minutes'`;
/** Longer than pg-boss keeps a job: whatever is there yet is nobody's work any more. */
const KEPT = `interval '15 days'`;

export async function insertPress(
  client: Queryable,
  { id, channelId, sealed }: { id: string; channelId: string; sealed: Uint8Array },
): Promise<void> {
  await client.query('insert into slack_press (id, channel_id, sealed) values ($1, $2, $3)', [
    id,
    channelId,
    sealed,
  ]);
}

/** Counts the attempt before it is made: a process that dies in it had one. */
export async function takePress(on: Queryable, id: string): Promise<PressRow | undefined> {
  const { rows } = await on.query(
    `update slack_press set attempts = attempts + 1 where id = $1
      returning id, channel_id, sealed, attempts, outcome, at < now() - ${LATE} as is_late`,
    [id],
  );
  return rows.length === 0 ? undefined : pressSchema.parse(rows[0]);
}

/** False where something else became of it already. */
export async function recordPress(client: Queryable, id: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `update slack_press set outcome = '{"kind":"recorded"}' where id = $1 and outcome is null`,
    [id],
  );
  return rowCount === 1;
}

/**
 * The first outcome stays, and is answered. It waits for a transaction that is about to record the
 * verdict. `undefined` where its person was told already.
 */
export async function settlePress(
  on: Queryable,
  id: string,
  outcome: PressOutcome,
): Promise<PressOutcome | undefined> {
  const { rows } = await on.query<{ outcome: unknown }>(
    'update slack_press set outcome = coalesce(outcome, $2) where id = $1 returning outcome',
    [id, JSON.stringify(outcome)],
  );
  return rows[0] && pressOutcomeSchema.parse(rows[0].outcome);
}

export async function deletePress(on: Queryable, id: string): Promise<void> {
  await on.query('delete from slack_press where id = $1', [id]);
}

/** Presses that nothing works on any more, and signatures of requests that are long stale. */
export async function forgetPresses(on: Queryable): Promise<void> {
  await on.query(`delete from slack_press where at < now() - ${KEPT}`);
  await on.query(`delete from slack_request where at < now() - interval '1 hour'`);
}
