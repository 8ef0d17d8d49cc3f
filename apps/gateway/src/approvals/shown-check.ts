import { shownDigest } from '@holdpoint/approval';
import type { Shown } from '@holdpoint/contracts';
import type { Queryable } from '../platform/database.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import type { ApprovalRecord } from './approval.ts';
import { findLastRun } from './approval.sql.ts';
import type { HeldEdits } from './held-edits.ts';
import { argumentsTextOf, otherParamsTextOf } from './held-payload.ts';

/**
 * INVARIANT: a call is approved by somebody who saw exactly it, and every identical call that ran or
 * may be about to. Asked under the locks of the caller and the approval.
 */
export async function checkShown(
  client: Queryable,
  edits: HeldEdits,
  approval: ApprovalRecord,
  shown: Shown,
): Promise<void> {
  // Where its arguments were changed, of what runs and not of what was asked.
  const runs = (await edits.requestTexts([approval], client)).get(approval.id);
  if (runs === undefined || shown.digest !== (await digestOf(approval, runs))) throw differs();
  const last = await findLastRun(client, approval, approval.id);
  if ((last?.id ?? null) !== shown.lastSame) throw sameCallSince(last);
}

function digestOf({ method, target }: ApprovalRecord, held: string): Promise<string> {
  return shownDigest({
    method,
    target: target === '' ? null : target,
    argumentsText: argumentsTextOf(held),
    otherParamsText: otherParamsTextOf(held),
  });
}

function differs(): GatewayError {
  return new GatewayError(
    'shown_differs',
    'Your verdict was not recorded: what your page showed is not the call that is held. Reload, and read it again before you decide.',
  );
}

function sameCallSince(last: ApprovalRecord | undefined): GatewayError {
  const what =
    last?.state === 'approved' || last?.state === 'claimed'
      ? 'an identical call was approved, and runs or is about to'
      : 'something came of an identical call';
  return new GatewayError(
    'same_call_since',
    `Your verdict was not recorded: ${what}, since you opened this page. Approving this one as well would run it again. The page shows the other one now: look at it, then decide.`,
  );
}
