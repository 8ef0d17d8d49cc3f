import { frozenSince } from '../freezes/freeze.sql.ts';
import type { Queryable } from '../platform/database.ts';
import { IS_ANSWERED_FOR } from './owners.sql.ts';
import { WAITER_LEASE, type Waiter } from './approval.sql.ts';

/** Gives the waiter's place to another one; the caller holds the row and has looked at who has it. */
export async function handOverPlace(
  client: Queryable,
  approvalId: string,
  waiter: Waiter,
): Promise<void> {
  await client.query(
    `update approval set waiter_id = $2, waiter_instance = $3, waiter_until = now() + ${WAITER_LEASE} where id = $1`,
    [approvalId, waiter.id, waiter.instance],
  );
}

/** The place of a waiter that is about to come back, for so long; then the same call takes it. */
export async function keepPlace(
  on: Queryable,
  approvalId: string,
  waiterId: string,
  withinMs: number,
): Promise<void> {
  await on.query(
    `update approval set waiter_until = now() + $3 * interval '1 millisecond' where id = $1 and waiter_id = $2`,
    [approvalId, waiterId, withinMs],
  );
}

export interface ContinuationClaim {
  readonly approvalId: string;
  readonly callerKey: string;
  readonly connectionId: string;
  readonly method: string;
  readonly target: string;
  /** The frame of the answer that asked for input: it is continued once. */
  readonly answerFrameId: string;
  readonly toolDigest: string;
  readonly policyVersion: number;
  readonly freezeEpoch: number;
  readonly waiter: Waiter;
}

/**
 * INVARIANT: the only way from an answer that asked for input to the next request of the same held
 * call. One conditional update: that very answer is the approval's latest and was not continued yet,
 * and what is in force is what the caller judged by, in the database now.
 */
export async function claimContinuation(
  client: Queryable,
  claim: ContinuationClaim,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update approval a set state = 'claimed', claimed_at = now(), claimed_by = $11, policy_version = $8,
        answer_frame_id = null, answered_at = null, delivered_at = null,
        waiter_id = $10, waiter_instance = $11, waiter_until = now() + ${WAITER_LEASE}
      where id = $1 and caller_key = $2 and connection_id = $3 and method = $4 and target = $5
        and state in ('answered', 'delivered') and answer_frame_id = $6
        and tool_digest = $7 and freeze_epoch = $9
        and $8 = (select max(number) from policy_version)
        and exists (select 1 from connection c where c.id = a.connection_id and c.freeze_epoch = $9 and c.frozen_at is null)
        and not ${frozenSince('a.caller_key', 'a.held_at')} and ${IS_ANSWERED_FOR}`,
    [
      claim.approvalId,
      claim.callerKey,
      claim.connectionId,
      claim.method,
      claim.target,
      claim.answerFrameId,
      claim.toolDigest,
      claim.policyVersion,
      claim.freezeEpoch,
      claim.waiter.id,
      claim.waiter.instance,
    ],
  );
  return rowCount === 1;
}
