import {
  applyEdits,
  inputRequiredOf,
  parseServerFrame,
  replaceParam,
  requestStateOf,
  setRequestState,
  type Frame,
} from '@holdpoint/mcp';
import { Inject, Injectable } from '@nestjs/common';
import type { ApprovalRecord } from '../approvals/approval.ts';
import { ContinuationDesk } from '../approvals/continuation-desk.ts';
import { HeldEdits, type EditedRun } from '../approvals/held-edits.ts';
import { HoldDesk } from '../approvals/hold-desk.ts';
import { WaitRoom } from '../approvals/wait-room.ts';
import type { EntryDraft, FrameDraft } from '../audit/entry.ts';
import { Ledger } from '../audit/ledger.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import type { Logger } from '../platform/logger.ts';
import { LOGGER } from '../platform/tokens.ts';
import { decided, recordOf, type Call, type Continued, type Incoming } from './call.ts';
import { TASK_CANCELLED } from './call-refusals.ts';
import { editedPart } from './edited-call.ts';
import { Judge, type Verdict } from './judge.ts';
import type { Refusal } from './refusal.ts';
import { edited, RequestStates, usedState, withoutParams } from './request-states.ts';
import { asSentence } from '../platform/sentence.ts';

/** A person may be asked meanwhile, and takes a while to answer. */
const CONTINUE_WITHIN_MS = 60 * 60_000;

/** A retry, recognised: whose it is, and what goes upstream of it. */
export interface Recognised {
  readonly callId: string;
  readonly approvalId: string | undefined;
  readonly frame: Frame;
  readonly continues: Continued;
}

/** A round that may go upstream. */
export interface Round {
  readonly now: Verdict;
  /** `null` where the call was allowed. */
  readonly approval: ApprovalRecord | null;
  readonly edited?: EditedRun | undefined;
}

/**
 * Multi round-trip requests of 2026-07-28. An upstream that needs input ends a round with it; the
 * agent's next request belongs to the same call: judged again, covered by its release, run once.
 */
@Injectable()
export class Continuations {
  constructor(
    private readonly states: RequestStates,
    private readonly judge: Judge,
    private readonly desk: ContinuationDesk,
    private readonly holds: HoldDesk,
    private readonly edits: HeldEdits,
    private readonly waitRoom: WaitRoom,
    private readonly ledger: Ledger,
    private readonly connections: ConnectionRegistry,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * `undefined` for a call's first request.
   *
   * @throws GatewayError `bad_request_state`: only what this gateway gave to this caller for this call counts
   */
  recognise(incoming: Incoming): Recognised | undefined {
    const given = incoming.era === 'modern' ? requestStateOf(incoming.frame) : undefined;
    if (given === undefined) return undefined;
    const state = this.states.open(given ?? '', incoming);
    const { frame } = incoming;
    const upstream = state.kind === 'input' ? state.upstream : null;
    return {
      callId: state.callId,
      approvalId: state.approvalId ?? undefined,
      frame:
        upstream === null
          ? withoutParams(frame, ['requestState'])
          : edited(frame, replaceParam(frame, 'requestState', upstream)),
      continues: { state, sent: frame.bytes },
    };
  }

  /** The answer as the agent gets it: the upstream's state inside one that is bound to this call. */
  wrap(call: Call, text: string, answerFrameId: string): string {
    const parsed = parseServerFrame(text);
    if (parsed.kind !== 'frame') return text;
    const asked = inputRequiredOf(parsed.frame);
    if (asked?.kind !== 'asks') return text;
    const state = this.states.issue(
      {
        kind: 'input',
        callId: call.callId,
        approvalId: call.approvalId ?? null,
        answerFrameId,
        upstream: asked.requestState ?? null,
        expiresAt: Date.now() + CONTINUE_WITHIN_MS,
      },
      call,
    );
    return applyEdits(text, setRequestState(parsed.frame, state));
  }

  /**
   * Lets a recognised retry go on, or says why not. `forward` runs at most once, after the round is
   * recorded; where the call was held, only for the answer that asked for it, and only once.
   *
   * @param taskId - whose call it is; one that its agent cancelled goes on no more
   */
  async proceed(
    call: Call,
    verdict: Verdict,
    forward: (round: Round) => Promise<void>,
    taskId?: string,
  ): Promise<Refusal | null> {
    const state = call.continues?.state;
    if (state?.kind !== 'input') throw new GatewayError('internal', 'This call continues nothing.');
    if (state.approvalId === null) {
      // It was allowed, and nobody approved it: a policy that holds it by now asks for a whole new call.
      if (verdict.effect !== 'allow') return HELD_BY_NOW;
      await this.ledger.append(continued(call, verdict));
      await forward({ now: verdict, approval: null });
      return null;
    }
    const { approvalId, answerFrameId } = state;
    const held = await this.holds.read(approvalId);
    // The agent goes on with the call it made; what goes upstream is the one that was approved.
    const edited = await this.edits.run(call.frame, held);
    const frame = edited?.frame ?? call.frame;
    let now = verdict;
    const judge = async () =>
      (now = await this.#judgeAnew({ ...call, frame }, held.heldPolicyVersion));
    const outcome = await this.desk.continue(
      approvalId,
      answerFrameId,
      { ...identityOf(call), ...(taskId !== undefined && { taskId }) },
      judge,
      continued(call, verdict, edited),
    );
    switch (outcome.kind) {
      case 'used':
        throw usedState();
      case 'cancelled':
        return TASK_CANCELLED;
      case 'objected':
        return noLongerCovered(outcome.reason);
      case 'continued':
        await this.#holdingPlace(call, outcome, () =>
          forward({ now, approval: outcome.approval, edited }),
        );
        return null;
      default:
        return outcome satisfies never;
    }
  }

  /** The waiter keeps its place while the round runs, as it does after a claim. */
  async #holdingPlace(
    call: Call,
    { approval, waiterId }: { readonly approval: ApprovalRecord; readonly waiterId: string },
    run: () => Promise<void>,
  ): Promise<void> {
    const place = this.waitRoom.enter(approval.id, waiterId);
    try {
      await run();
    } finally {
      place.leave();
      await this.holds
        .detach(approval, waiterId, 'its answer was not delivered', recordOf(call, ''))
        .catch((error: unknown) =>
          this.logger.warn({ error: String(error) }, 'a waiter could not be detached'),
        );
    }
  }

  /** With the masks of the hold: no later round shows what the first would have hidden. */
  async #judgeAnew(call: Call, heldPolicyVersion: number): Promise<Verdict> {
    const connection = this.connections.byId(call.connection.id);
    if (!connection)
      throw new GatewayError('unknown_connection', 'The connection was removed meanwhile.');
    const now = await this.judge.judgeAnew(call.frame, call, connection);
    return this.judge.withMasksUnder([heldPolicyVersion], now, call.frame, call);
  }
}

/** The record of a retry: under the call it belongs to, with the bytes as they came. */
export function continued(call: Call, verdict: Verdict, edited?: EditedRun): EntryDraft {
  const state = call.continues?.state;
  const record = decided(verdict);
  const other = editedPart(edited);
  return {
    ...recordOf(call, 'call.continued'),
    ...record,
    data: {
      ...record.data,
      by: state?.kind === 'wait' ? 'waiting' : 'input',
      ...(state?.kind === 'wait' && { round: state.round }),
      ...other.data,
    },
    frames: [...sentFrames(call), ...(other.frames ?? [])],
  };
}

/** What the agent sent: a retry's bytes as they came, nothing where it resumed a stream. */
export function sentFrames({ continues, frame }: Call): readonly FrameDraft[] {
  const bytes = continues === undefined ? frame.bytes : continues.sent;
  return bytes === null ? [] : [{ edge: 'agent-to-gateway', bytes, sealed: true }];
}

export function identityOf(call: Call) {
  const { caller, connection, method, target } = call;
  return { callerKey: caller.key, connectionId: connection.id, method, target };
}

function noLongerCovered(reason: string): Refusal {
  return {
    code: 'voided',
    message: `The approval no longer covers this call: ${asSentence(reason)} Its next round has not run. Call again from the start to ask anew.`,
  };
}

const HELD_BY_NOW: Refusal = {
  code: 'voided',
  message:
    'A policy that was published meanwhile asks for an approval of this call. Its next round has not run. Call again from the start to ask for it.',
};
