import type { ApprovalState } from '@holdpoint/approval';
import type { ApprovalRecord } from '../approvals/approval.ts';
import type { Refusal } from './refusal.ts';
import { isOfFreeze } from '../freezes/why-frozen.ts';
import { asSentence } from '../platform/sentence.ts';

/** What an agent reads of an approval that ended, or still waits. */
function holdRefusal(
  approval: ApprovalRecord,
  link: string,
  told: Pick<Refusal, 'code' | 'message'> = TOLD[approval.state]?.(
    asSentence(approval.stateReason ?? ''),
  ) ?? ELSEWHERE,
): Refusal {
  return { ...told, data: { approval: { id: approval.id, link, state: approval.state } } };
}

export function pendingRefusal(approval: ApprovalRecord, link: string): Refusal {
  const again = approval.rejudged === null ? '' : ` ${approval.rejudged.reason}`;
  const message = `Waiting for approval ${approval.id} (${link}).${again} A reviewer has not decided yet, and nothing has run. Call again with the same arguments to collect the result.`;
  return holdRefusal(approval, link, { code: 'pending', message });
}

export function tooManyHolds(limit: number): Refusal {
  const message = `You already have ${limit} calls waiting for approval. Wait for one of them to be decided, then call again.`;
  return { code: 'too_many_holds', message };
}

/** What an agent reads of an approval that ended, by a freeze perhaps. */
export function endRefusal(approval: ApprovalRecord, link: string): Refusal {
  return approval.state === 'denied' && isOfFreeze(approval.stateReason)
    ? frozenRefusal(approval, link)
    : holdRefusal(approval, link);
}

function frozenRefusal(approval: ApprovalRecord, link: string): Refusal {
  const message = `${asSentence(approval.stateReason ?? 'Frozen.')} The call has not run.`;
  return holdRefusal(approval, link, { code: 'frozen', message });
}

type Told = (reason: string) => Pick<Refusal, 'code' | 'message'>;

const ELSEWHERE = {
  code: 'outcome_unknown',
  message: 'This call was answered to another exchange.',
} as const;

const TOLD: Partial<Record<ApprovalState, Told>> = {
  denied: (reason) => ({
    code: 'denied',
    message: `Denied. ${reason}\nThe call has not run. Do not retry it unchanged.`,
  }),
  expired: () => ({
    code: 'expired',
    message:
      'Nobody approved this call in time, so it expired. It has not run. Call again to ask anew.',
  }),
  withdrawn: () => ({ code: 'withdrawn', message: 'This call was withdrawn. It has not run.' }),
  void: (reason) => ({
    code: 'voided',
    message: `The approval no longer holds. ${reason} The call has not run. Call again to ask anew.`,
  }),
  failed: () => ({
    code: 'upstream_unreachable',
    message:
      'The call was approved, but the upstream refused it or could not be reached. It has not run.',
  }),
  unknown: (reason) => ({
    code: 'outcome_unknown',
    message: `The call was approved and forwarded, but its outcome is unknown. ${reason} Do not repeat it without checking.`,
  }),
};
