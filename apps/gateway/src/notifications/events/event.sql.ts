import {
  callerSchema,
  approvalStateSchema,
  storedDecisionSchema,
  storedStepsSchema,
  type NotificationEvent,
} from '@holdpoint/contracts';
import { notificationEventSchema } from '@holdpoint/contracts';
import { z } from 'zod';
import type { Queryable } from '../../platform/database.ts';
import type { AskedGroups } from '../routes/routing.ts';
import { eventFactsSchema, type EventFacts } from './event-facts.ts';

const approvalRowSchema = z.object({
  state: approvalStateSchema,
  method: z.string(),
  target: z.string(),
  caller: callerSchema,
  decision: storedDecisionSchema,
  steps: storedStepsSchema,
});
const verdictRowSchema = z.object({
  step: z.number().int(),
  verdict: z.enum(['approve', 'deny']),
  person_key: z.string(),
  acting_for_key: z.string().nullable(),
  person_name: z.string(),
  reason: z.string().nullable(),
  at: z.date(),
});
const breakGlassRowSchema = z.object({ person: z.string(), reason: z.string() });

export interface ToldApproval {
  readonly approval: z.infer<typeof approvalRowSchema>;
  readonly verdicts: readonly z.infer<typeof verdictRowSchema>[];
  readonly breakGlass: z.infer<typeof breakGlassRowSchema> | undefined;
}

/** What the approval's row says within this transaction. */
export async function readApproval(client: Queryable, approvalId: string): Promise<ToldApproval> {
  const approvals = await client.query(
    'select state, method, target, caller, decision, steps from approval where id = $1',
    [approvalId],
  );
  const verdicts = await client.query(
    `select step, verdict, person_key, acting_for_key,
            person_name || coalesce(' for ' || acting_for_name, '') as person_name, reason, at
     from verdict where approval_id = $1 order by at, id`,
    [approvalId],
  );
  const broken = await client.query(
    'select person_name as person, reason from break_glass where approval_id = $1 order by at desc limit 1',
    [approvalId],
  );
  return {
    approval: approvalRowSchema.parse(approvals.rows[0]),
    verdicts: z.array(verdictRowSchema).parse(verdicts.rows),
    breakGlass: broken.rows[0] && breakGlassRowSchema.parse(broken.rows[0]),
  };
}

/**
 * Whether anybody could want to hear of it: a route that takes the event, or a channel that was told
 * of the thread before. Mostly nobody does, and then the data path writes nothing.
 */
export async function isHeard(
  client: Queryable,
  event: NotificationEvent,
  thread: string,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `select where exists (select from notification_route where enabled and match->'events' ? $1)
               or exists (select from notification_event where thread = $2)`,
    [event, thread],
  );
  return rowCount === 1;
}

export interface NewEvent {
  readonly id: string;
  readonly thread: string;
  readonly event: NotificationEvent;
  readonly approvalId: string | null;
  readonly facts: EventFacts;
}

export async function insertEvent(client: Queryable, event: NewEvent): Promise<void> {
  await client.query(
    `insert into notification_event (id, thread, event, approval_id, facts) values ($1, $2, $3, $4, $5)`,
    [event.id, event.thread, event.event, event.approvalId, JSON.stringify(event.facts)],
  );
}

const eventRowSchema = z.object({
  id: z.string(),
  seq: z.coerce.bigint().transform(String),
  thread: z.string(),
  event: notificationEventSchema,
  approval_id: z.string().nullable(),
  facts: eventFactsSchema,
  notice_sealed: z.instanceof(Uint8Array).nullable(),
  at: z.date(),
});
export type EventRow = z.infer<typeof eventRowSchema>;

const COLUMNS = 'id, seq, thread, event, approval_id, facts, notice_sealed, at';

/** One process at a time tells what happened in a thread, in the order in which it happened. */
export async function takeUnspread(client: Queryable, thread: string): Promise<EventRow[]> {
  await client.query(`select pg_advisory_xact_lock(hashtextextended('notify:' || $1, 0))`, [
    thread,
  ]);
  const { rows } = await client.query(
    `select ${COLUMNS} from notification_event where thread = $1 and spread_at is null order by seq`,
    [thread],
  );
  return z.array(eventRowSchema).parse(rows);
}

export async function findEvent(on: Queryable, id: string): Promise<EventRow | undefined> {
  const { rows } = await on.query(`select ${COLUMNS} from notification_event where id = $1`, [id]);
  return rows.length === 0 ? undefined : eventRowSchema.parse(rows[0]);
}

/** Whom escalations of a thread asked before an event. */
export async function escalatedBefore(
  on: Queryable,
  { thread, seq }: Pick<EventRow, 'thread' | 'seq'>,
): Promise<AskedGroups[]> {
  const { rows } = await on.query(
    `select facts->'asked' as asked from notification_event
      where thread = $1 and seq < $2 and event = 'approval.escalated'`,
    [thread, seq],
  );
  return z
    .array(z.object({ asked: z.object({ step: z.number().int(), groups: z.array(z.string()) }) }))
    .parse(rows)
    .map(({ asked }) => asked);
}

export async function markSpread(
  client: Queryable,
  id: string,
  noticeSealed: Uint8Array | null,
): Promise<void> {
  await client.query(
    `update notification_event set spread_at = now(), notice_sealed = $2
      where id = $1 and spread_at is null`,
    [id, noticeSealed],
  );
}

/** Threads whose events waited too long: their job was lost with a process. */
export async function forgottenThreads(on: Queryable, limit: number): Promise<string[]> {
  const { rows } = await on.query<{ thread: string }>(
    `select thread from notification_event
      where spread_at is null and at < now() - interval '1 minute'
      group by thread order by min(seq) limit $1`,
    [limit],
  );
  return rows.map(({ thread }) => thread);
}
