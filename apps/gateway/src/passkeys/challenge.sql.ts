import type { Queryable } from '../platform/database.ts';

/** How long a person has to touch their authenticator. */
export const CHALLENGE_MS = 120_000;

export interface Challenge {
  readonly nonce: string;
  readonly personKey: string;
  /** The approval that it is for; `null` for adding a passkey. */
  readonly approvalId: string | null;
}

/** Those that ran out are swept away on the way. */
export async function insertChallenge(on: Queryable, challenge: Challenge): Promise<void> {
  await on.query(
    `with swept as (delete from passkey_challenge where expires_at < now() - interval '1 hour')
     insert into passkey_challenge (nonce, person_key, approval_id, expires_at)
     values ($1, $2, $3, now() + $4 * interval '1 millisecond')`,
    [challenge.nonce, challenge.personKey, challenge.approvalId, CHALLENGE_MS],
  );
}

/**
 * INVARIANT: takes it once. `false` where it was taken, ran out, or is for something else. By the clock
 * as it is now: the transaction of a verdict may have waited for a lock.
 */
export async function takeChallenge(client: Queryable, challenge: Challenge): Promise<boolean> {
  const { rowCount } = await client.query(
    `update passkey_challenge set used_at = now()
      where nonce = $1 and person_key = $2 and approval_id is not distinct from $3
        and used_at is null and expires_at > clock_timestamp()`,
    [challenge.nonce, challenge.personKey, challenge.approvalId],
  );
  return rowCount === 1;
}
