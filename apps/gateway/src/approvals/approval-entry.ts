import type { EntryDraft } from '../audit/entry.ts';
import type { ConnectionRecord } from '../connections/connection-registry.ts';
import type { ApprovalRecord } from './approval.ts';

/** The record of what became of an approval without its agent or a person doing it. */
export function approvalEntry(
  approval: ApprovalRecord,
  connection: ConnectionRecord | undefined,
  kind: string,
  data: NonNullable<EntryDraft['data']>,
): EntryDraft {
  return {
    kind,
    connection: connection && { id: connection.id, slug: connection.slug },
    sessionId: approval.sessionId,
    callId: approval.callId,
    approvalId: approval.id,
    who: approval.callerKey,
    method: approval.method,
    target: approval.target,
    data,
  };
}
