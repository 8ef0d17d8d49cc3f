import type { ApprovalRecord, ApprovalRow } from '@holdpoint/audit-log';
import { approvalStateSchema, callerSchema, storedDecisionSchema } from '@holdpoint/contracts';
import { z } from 'zod';
import type { Queryable } from '../platform/database.ts';

const rowSchema = z.object({
  id: z.string(),
  state: approvalStateSchema,
  state_reason: z.string().nullable(),
  method: z.string(),
  target: z.string(),
  caller: callerSchema,
  decision: storedDecisionSchema,
  held_at: z.date(),
  settled_at: z.date().nullable(),
  slug: z.string(),
  decided_by: z.array(z.string()),
  reasons: z.array(z.string()),
  position: z.coerce.number().int().nullable(),
});

const SELECT = `
  select a.id, a.state, a.state_reason, a.method, a.target, a.caller, a.decision, a.held_at,
    a.settled_at, c.slug,
    array(select v.person_name || ' (' || v.person_key || ')'
            || coalesce(' for ' || v.acting_for_name || ' (' || v.acting_for_key || ')', '') from verdict v
          where v.approval_id = a.id order by v.at, v.id)
      || array(select b.person_name || ' (' || b.person_key || ') by break-glass' from break_glass b
          where b.approval_id = a.id order by b.at) as decided_by,
    array(select v.reason from verdict v
          where v.approval_id = a.id and v.reason is not null order by v.at, v.id) as reasons,
    (select max(l.position) from entry e join leaf l on l.entry_id = e.id
     where e.approval_id = a.id) as position
  from approval a join connection c on c.id = a.connection_id`;

/**
 * The account of an approval as it stands in this transaction, for `data.approvalRecord` of the
 * entry that settles, answers or otherwise ends it. The approvals CSV is derived from these.
 */
export async function approvalRecordIn(
  client: Queryable,
  approvalId: string,
): Promise<ApprovalRecord> {
  const { rows } = await client.query(`${SELECT} where a.id = $1`, [approvalId]);
  return toRecord(rowSchema.parse(rows[0]));
}

/** Straight from the tables, for approvals whose entries carry no account. */
export async function approvalRowsHeldWithin(
  on: Queryable,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<readonly ApprovalRow[]> {
  const { rows } = await on.query(
    `${SELECT} where a.held_at >= $1 and a.held_at < $2 order by a.held_at, a.id`,
    [from, to],
  );
  return z
    .array(rowSchema)
    .parse(rows)
    .map((row) => ({ ...toRecord(row), approval: row.id, position: row.position ?? 0 }));
}

function toRecord(row: z.infer<typeof rowSchema>): ApprovalRecord {
  const what = row.target === '' ? row.method : `${row.method} ${row.target}`;
  const why = [row.decision.explanation, row.state_reason, ...row.reasons];
  return {
    askedBy: `${row.caller.displayName} (${row.caller.key})`,
    askedAt: row.held_at.toISOString(),
    connection: row.slug,
    what: what.toWellFormed(),
    decidedBy: row.decided_by,
    decidedAt: row.settled_at?.toISOString() ?? null,
    why: [...new Set(why.filter((text) => text !== null && text !== ''))].join(' | '),
    outcome: row.state,
  };
}
