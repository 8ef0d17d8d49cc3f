import type { Queryable } from '../platform/database.ts';
import type { VerdictRow } from './approval.ts';

const SELECT = `select id, approval_id, step, person_key, person_name, person_email, verdict, reason, at from verdict`;

interface Row {
  id: string;
  approval_id: string;
  step: number;
  person_key: string;
  person_name: string;
  person_email: string | null;
  verdict: string;
  reason: string | null;
  at: Date;
}

function toVerdict(row: Row): VerdictRow {
  return {
    id: row.id,
    step: row.step,
    personKey: row.person_key,
    personName: row.person_name,
    personEmail: row.person_email,
    // Anything but an explicit approve counts as a deny.
    verdict: row.verdict === 'approve' ? 'approve' : 'deny',
    reason: row.reason,
    at: row.at,
  };
}

export async function verdictsOf(
  on: Queryable,
  approvalIds: readonly string[],
): Promise<ReadonlyMap<string, readonly VerdictRow[]>> {
  const { rows } = await on.query<Row>(
    `${SELECT} where approval_id = any($1::uuid[]) order by at, id`,
    [approvalIds],
  );
  const groups = Map.groupBy(rows, (row) => row.approval_id);
  return new Map([...groups].map(([id, group]) => [id, group.map(toVerdict)]));
}

/**
 * `false` when this person already decided this step (the unique index is the judge), or when the
 * approval is past its time though nothing has settled it yet: database time decides.
 */
export async function insertVerdict(
  client: Queryable,
  approvalId: string,
  verdict: Omit<VerdictRow, 'at'>,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `insert into verdict (id, approval_id, step, person_key, person_name, person_email, verdict, reason, at)
     select $1, a.id, $3, $4, $5, $6, $7, $8, clock_timestamp() from approval a
      where a.id = $2 and a.state = 'held' and a.expires_at > now()
     on conflict (approval_id, step, person_key) do nothing`,
    [
      verdict.id,
      approvalId,
      verdict.step,
      verdict.personKey,
      verdict.personName,
      verdict.personEmail,
      verdict.verdict,
      verdict.reason,
    ],
  );
  return rowCount === 1;
}
