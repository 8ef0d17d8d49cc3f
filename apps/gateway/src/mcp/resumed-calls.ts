import type { Frame } from '@holdpoint/mcp';
import { Injectable } from '@nestjs/common';
import { HeldEdits } from '../approvals/held-edits.ts';
import { HoldDesk } from '../approvals/hold-desk.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { CallOrigins } from './call-origins.ts';
import { methodOf, targetOf, type Call, type Incoming } from './call.ts';
import { Judge, type Verdict } from './judge.ts';
import { unionOf } from './masker.ts';

/** The earlier call whose stream is resumed. */
export interface Resumed {
  readonly call: Call;
  readonly verdict: Verdict;
}

/** What is known of a call by the time its agent comes back for the rest of its stream. */
@Injectable()
export class ResumedCalls {
  constructor(
    private readonly origins: CallOrigins,
    private readonly judge: Judge,
    private readonly desk: HoldDesk,
    private readonly edits: HeldEdits,
  ) {}

  /** @throws GatewayError `invalid_request` if it is no longer on record */
  async find(incoming: Incoming, callId: string): Promise<Resumed> {
    const origin = await this.origins.findCall(incoming.session, callId);
    if (origin?.frame.message.kind !== 'request')
      throw new GatewayError(
        'invalid_request',
        'The call that this stream belongs to is no longer on record, so it can’t be resumed.',
      );
    const { frame, approvalId, policyVersion } = origin;
    const again = { ...incoming, frame };
    const call = {
      ...again,
      callId,
      approvalId,
      id: origin.frame.message.id,
      method: methodOf(again),
      target: targetOf(again),
      ...(approvalId !== undefined && (await this.#approvedWith(frame, approvalId))),
    };
    const then = policyVersion === null ? [] : [policyVersion];
    const under = (ran: Frame) =>
      this.judge.withMasksUnder(then, this.judge.judge(ran, call), ran, call);
    const verdict = await under(frame);
    // INVARIANT: masked by what ran, too, where reviewers changed what was asked.
    const ran = await Promise.all((await this.origins.ran(incoming.session, callId)).map(under));
    const masks = unionOf(verdict.masks, ...ran.map((each) => each.masks));
    return { call, verdict: { ...verdict, masks } };
  }

  /** What its agent is told beside the answer. */
  async #approvedWith(
    asked: Frame,
    approvalId: string,
  ): Promise<Pick<Call, 'edited' | 'approvedHow'>> {
    const approval = await this.desk.read(approvalId);
    return {
      edited: await this.edits.run(asked, approval),
      // Afterwards it says what came of the call, and no longer how it was approved.
      approvedHow: approval.state === 'claimed' ? approval.stateReason : null,
    };
  }
}
