import type { HoldDraft } from '../approvals/approval.ts';
import type { EntryDraft } from '../audit/entry.ts';
import { newId } from '../platform/new-id.ts';
import { decided, recordOf, type Call } from './call.ts';
import type { Verdict } from './judge.ts';

/** What a call that is held begins with: its approval's draft, and the record of the call itself. */
export function holdDraft(
  call: Call,
  verdict: Verdict,
  paramsDigest: string,
): { readonly draft: HoldDraft; readonly received: EntryDraft } {
  const { caller, connection, session } = call;
  const requestFrameId = newId();
  const record = decided(verdict);
  const { toolDigest, policyVersion, freezeEpoch, decision, steps } = verdict;
  return {
    draft: {
      approvalId: newId(),
      callId: call.callId,
      sessionId: session.id,
      callerKey: caller.key,
      connectionId: connection.id,
      method: call.method,
      target: call.target,
      paramsDigest,
      caller,
      client: session.client,
      toolDigest,
      policyVersion,
      freezeEpoch,
      decision,
      steps,
      requestFrameId,
      approvalWindowMs: connection.approvalWindowMs,
    },
    received: {
      ...recordOf(call, 'call.received'),
      ...record,
      effect: 'hold',
      data: { paramsDigest, ...record.data },
      frames: [
        { id: requestFrameId, edge: 'agent-to-gateway', bytes: call.frame.bytes, sealed: true },
      ],
    },
  };
}
