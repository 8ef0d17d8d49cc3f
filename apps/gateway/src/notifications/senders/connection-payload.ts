import type { NotificationEvent } from '@holdpoint/contracts';
import type { ApprovalEventFacts } from '../events/event-facts.ts';

/** What the webhook of a connection is told of. */
export const CONNECTION_EVENTS: ReadonlySet<NotificationEvent> = new Set([
  'approval.held',
  'approval.settled',
  'approval.reminded',
  'approval.escalated',
  'approval.break_glass',
]);

/** Without the arguments: it was set up before there were channels, by admins who were promised so. */
export function connectionBody(
  event: NotificationEvent,
  facts: ApprovalEventFacts,
  at: Date,
  publicUrl: string,
): string {
  const { approvalId, state, connection, method, target, caller, why, verdicts } = facts;
  return JSON.stringify({
    type: event,
    version: 1,
    timestamp: at.toISOString(),
    data: {
      approvalId,
      state,
      connection: { slug: connection.slug, title: connection.title },
      method,
      target,
      caller,
      why,
      verdicts,
      ...(facts.breakGlass && { breakGlass: facts.breakGlass }),
      link: `${publicUrl}/inbox/${approvalId}`,
      ...(facts.asked && { asked: facts.asked }),
    },
  });
}
