import type { Step } from '@holdpoint/approval';
import type { Rejudged, StoredDecision } from '@holdpoint/contracts';
import type { Queryable } from '../platform/database.ts';
import type { ApprovalRecord } from './approval.ts';
import { APPROVAL_COLUMNS, manyApprovals } from './approval.sql.ts';

const IS_OPEN = `a.state in ('held', 'approved')`;

/** What is open under an older policy, without those in `beside`. */
export function findJudgedBefore(
  on: Queryable,
  policyVersion: number,
  beside: readonly string[],
  limit: number,
): Promise<readonly ApprovalRecord[]> {
  return manyApprovals(
    on,
    `select ${APPROVAL_COLUMNS} from approval a
      where ${IS_OPEN} and a.policy_version < $1 and a.id <> all($2::uuid[])
      order by a.policy_version, a.id limit $3`,
    [policyVersion, [...beside], limit],
  );
}

/** Those that are still open and that nobody else changes just now; they stay as they are until the commit. */
export function lockOpen(
  client: Queryable,
  ids: readonly string[],
): Promise<readonly ApprovalRecord[]> {
  return manyApprovals(
    client,
    `select ${APPROVAL_COLUMNS} from approval a where a.id = any($1::uuid[]) and ${IS_OPEN}
      order by a.id for update of a skip locked`,
    [[...ids]],
  );
}

/** Judged again with the same outcome: they now stand under the newer version. */
export async function carryToPolicy(
  client: Queryable,
  approvalIds: readonly string[],
  policyVersion: number,
): Promise<void> {
  await client.query(
    `update approval a set policy_version = $2
      where a.id = any($1::uuid[]) and ${IS_OPEN} and a.policy_version < $2`,
    [[...approvalIds], policyVersion],
  );
}

export interface AskedMore {
  readonly approvalId: string;
  readonly steps: readonly Step[];
  readonly decision: StoredDecision;
  readonly rejudged: Omit<Rejudged, 'at'>;
  /** How long its reviewers have at least, from now on. */
  readonly windowMs: number;
}

/** Judged again with new steps: back to the reviewers, with the verdicts that were given. */
export async function askMore(client: Queryable, asked: AskedMore): Promise<boolean> {
  const { rowCount } = await client.query(
    `update approval a set state = 'held', steps = $2, decision = $3, policy_version = $4, settled_at = null,
        release_expires_at = null, expires_at = greatest(a.expires_at, now() + $5 * interval '1 millisecond'),
        rejudged = $6::jsonb || jsonb_build_object('at', to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
      where a.id = $1 and ${IS_OPEN}`,
    [
      asked.approvalId,
      JSON.stringify(asked.steps),
      JSON.stringify(asked.decision),
      asked.rejudged.to,
      asked.windowMs,
      JSON.stringify(asked.rejudged),
    ],
  );
  return rowCount === 1;
}
