import { rejudgedSchema, storedDecisionSchema, storedStepsSchema } from '@holdpoint/contracts';
import { z } from 'zod';
import { lowestIdAt } from '../audit/leaf.sql.ts';
import type { Queryable } from '../platform/database.ts';

const heldRowSchema = z.object({
  id: z.string(),
  state: z.string(),
  held_at: z.date(),
  steps: storedStepsSchema,
  rules: storedDecisionSchema.shape.rules,
  /** Approved past its chain. */
  broken: z.boolean(),
  /** With arguments that a reviewer changed. */
  edited: z.boolean(),
  /** Denied by the deadline of a step: nobody said no. */
  late: z.boolean(),
  /** When its chain last began anew: other arguments were proposed, or taken back. */
  begun_at: z.date().nullable(),
  /** What a newer policy asked for last. */
  rejudged: rejudgedSchema
    .pick({ addedSteps: true, wasApproved: true })
    .extend({ at: z.coerce.date() })
    .nullable(),
});
export type HeldRow = z.infer<typeof heldRowSchema>;

/** What was held since then, the newest first. Ids are in the order of time, so the key finds them. */
export async function heldSince(
  on: Queryable,
  from: Date,
  limit: number,
): Promise<readonly HeldRow[]> {
  const { rows } = await on.query(
    `select id, state, held_at, steps, decision -> 'rules' as rules, edit_id is not null as edited, rejudged,
       (select max(greatest(e.proposed_at, e.ended_at)) from approval_edit e where e.approval_id = approval.id) as begun_at,
       coalesce(state = 'denied' and settled_at >= timer_ends_at, false) as late,
       exists (select 1 from break_glass b where b.approval_id = approval.id) as broken
     from approval where id >= $1::uuid order by id desc limit $2`,
    [lowestIdAt(from), limit],
  );
  return z.array(heldRowSchema).parse(rows);
}

const usesSchema = z.object({ n: z.coerce.number() });

/** How many calls grants let through since then. */
export async function grantUsesSince(on: Queryable, from: Date): Promise<number> {
  const { rows } = await on.query('select count(*) as n from call_grant_use where at >= $1', [
    from,
  ]);
  return usesSchema.parse(rows[0]).n;
}

const givenRowSchema = z.object({
  approval_id: z.string(),
  step: z.number().int(),
  person_key: z.string(),
  person_name: z.string(),
  person_email: z.string().nullable(),
  verdict: z.string(),
  at: z.date(),
  /** When this person was first shown the approval, and never before the arguments they decided about were proposed. */
  shown_at: z.date().nullable(),
});
export type GivenRow = z.infer<typeof givenRowSchema>;

/** The verdicts of the approvals from this id on, in the order they were given. */
export async function givenSince(on: Queryable, firstId: string): Promise<readonly GivenRow[]> {
  const { rows } = await on.query(
    `select v.approval_id, v.step, v.person_key, v.person_name, v.person_email, v.verdict, v.at,
       case when o.first_at is not null then greatest(o.first_at, (select max(e.proposed_at) from approval_edit e
         where e.approval_id = v.approval_id and e.proposed_at <= v.at and (e.ended_at is null or e.ended_at > v.at)))
       end as shown_at
     from verdict v
     left join approval_opening o on o.approval_id = v.approval_id and o.person_key = v.person_key
     where v.approval_id >= $1::uuid order by v.at, v.id`,
    [firstId],
  );
  return z.array(givenRowSchema).parse(rows);
}
