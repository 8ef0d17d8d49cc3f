import type { CallbackMoved, VerdictInput } from '@holdpoint/contracts';
import { GatewayError } from '../../platform/gateway.error.ts';
import type { TicketRow } from './ticket.sql.ts';

/** A verdict, on an approval. */
export interface Given {
  readonly approval: string;
  readonly input: VerdictInput;
}

/**
 * What moving a ticket in another system decides.
 * INVARIANT: a channel decides only by tickets that it opened and that still ask, and approves only by
 * those that showed the call whole.
 *
 * @throws GatewayError `not_found`, `settled`, `shown_differs`
 */
export function givenByTicket(ticket: TicketRow | undefined, moved: CallbackMoved): Given {
  if (ticket === undefined || ticket.step === null) {
    throw new GatewayError(
      'not_found',
      'Nothing was recorded: this channel opened no such ticket that asks anybody. It decides only by those.',
    );
  }
  if (ticket.isClosed) {
    throw new GatewayError(
      'settled',
      'Nothing was recorded: nobody is asked by this ticket any more.',
    );
  }
  const { thread: approval, step, digest } = ticket;
  if (moved.verdict === 'deny')
    return { approval, input: { verdict: 'deny', step, reason: moved.reason.trim() } };
  if (digest === null) {
    throw new GatewayError(
      'shown_differs',
      'Nothing was recorded: this ticket doesn’t show all that would run, or a passkey is demanded. Open the call in Holdpoint to approve it.',
    );
  }
  const { reason } = moved;
  return {
    approval,
    input: { verdict: 'approve', step, reason, shown: { digest, lastSame: null } },
  };
}
