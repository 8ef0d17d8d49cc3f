import { Injectable } from '@nestjs/common';
import { GatewayError } from '../platform/gateway.error.ts';
import { CallOrigins } from './call-origins.ts';
import { CallPipeline } from './call.pipeline.ts';
import { methodOf, targetOf, type Incoming } from './call.ts';
import type { HeldPlace } from './held-event-ids.ts';

/**
 * The rest of a held call's stream (2025-11-25): its agent comes back with the last event id, and the
 * wait goes on here, whichever gateway it began at.
 */
@Injectable()
export class HeldStreams {
  constructor(
    private readonly origins: CallOrigins,
    private readonly pipeline: CallPipeline,
  ) {}

  async resume(incoming: Incoming, place: HeldPlace): Promise<void> {
    const { callId, approvalId, waiterId, startedAt } = place;
    const origin = await this.origins.findCall(incoming.session, callId);
    if (origin?.frame.message.kind !== 'request')
      throw new GatewayError(
        'invalid_request',
        'The call that this stream belongs to is no longer on record, so it can’t be resumed.',
      );
    const { frame } = origin;
    const { id } = origin.frame.message;
    incoming.exchange.requestId = id;
    await this.pipeline.carryOut({
      ...incoming,
      frame,
      callId,
      approvalId,
      id,
      method: methodOf({ frame }),
      target: targetOf({ frame }),
      continues: {
        state: { kind: 'wait', callId, approvalId, waiterId, round: 0, expiresAt: Infinity },
        sent: null,
        startedAt,
      },
    });
  }
}
