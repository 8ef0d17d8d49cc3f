import type { Queryable } from '../platform/database.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import type { ApprovalRecord } from './approval.ts';
import { ownersFault } from './owners.sql.ts';
import type { Objection } from './rejudgement.ts';
import { ownersNow } from './verdict.sql.ts';

/**
 * INVARIANT: who owns the calling service counts as it is when something is decided, under the lock of
 * its registration: a service that nobody owns any more is decided about by nobody.
 *
 * @param deciding - whoever decides, and in whose place
 */
export async function checkOwners(
  client: Queryable,
  { caller }: Pick<ApprovalRecord, 'caller'>,
  deciding: readonly (string | null)[],
): Promise<void> {
  if (caller.kind !== 'service') return;
  const owners = await ownersNow(client, caller);
  if (owners.length === 0) {
    throw new GatewayError(
      'unowned_service',
      'Nothing was recorded: nobody owns the service identity that made this call any more, so it can’t be shown that you are not behind it. Ask an admin to register it with its owner, then look again.',
    );
  }
  if (deciding.some((key) => key !== null && owners.includes(key))) {
    throw new GatewayError(
      'own_service',
      'Nothing was recorded: this call was made by a service identity that you, or the person in whose place you decide, own by now, so somebody else has to decide about it.',
    );
  }
}

/** An approval adds to those before it: none of them may be the owner's by now. After `checkOwners`. */
export async function checkEarlierApprovers(
  client: Queryable,
  { id }: Pick<ApprovalRecord, 'id'>,
): Promise<void> {
  if ((await ownersFault(client, id)) === undefined) return;
  throw new GatewayError(
    'own_service',
    'Nothing was recorded: somebody who approved this call before you owns the service identity that made it by now, so it can’t be approved any more. Deny it with a reason: the agent reads it, and its next call is decided by others.',
  );
}

/** What stands against a release as the registry is now; the claim's own condition decides. */
export async function ownersObjection(
  on: Queryable,
  approval: Pick<ApprovalRecord, 'id' | 'caller'>,
): Promise<Objection | undefined> {
  if (approval.caller.kind !== 'service') return undefined;
  const fault = await ownersFault(on, approval.id);
  if (fault === undefined) return undefined;
  const reason =
    fault === 'unowned'
      ? 'By now nobody owns the service identity that made this call, so the approval no longer covers it.'
      : 'Somebody who approved this call owns the calling service identity by now, so the approval no longer covers it.';
  return { to: 'void', reason };
}
