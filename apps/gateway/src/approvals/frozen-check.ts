import { frozenNow, wasFrozenSince } from '../freezes/freeze.sql.ts';
import type { Queryable } from '../platform/database.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import type { ApprovalRecord } from './approval.ts';

/**
 * Asked where a verdict is accepted: what is frozen is about to be denied, and nobody's verdict changes
 * that. A denial is not taken either, since the reason that the agent reads is the freeze's.
 */
export async function checkNotFrozen(
  client: Queryable,
  approval: Pick<ApprovalRecord, 'callerKey' | 'connectionId' | 'heldAt'>,
): Promise<void> {
  const why = await frozenNow(client, approval);
  if (why !== undefined) {
    throw new GatewayError('call_frozen', `Your verdict was not recorded. ${why}`);
  }
  if (await wasFrozenSince(client, approval)) {
    throw new GatewayError(
      'call_frozen',
      'Your verdict was not recorded: this call waited through a freeze that is lifted by now, and ends with it. Its agent has to ask anew.',
    );
  }
}
