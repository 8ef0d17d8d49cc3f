import {
  applyEdits,
  inputRequiredOf,
  parseServerFrame,
  replaceParam,
  requestStateOf,
  setRequestState,
  type Frame,
} from '@holdpoint/mcp';
import type { MaskRule } from '@holdpoint/policy';
import { Inject, Injectable } from '@nestjs/common';
import type { ApprovalRecord } from '../approvals/approval.ts';
import { ContinuationDesk } from '../approvals/continuation-desk.ts';
import { HoldDesk } from '../approvals/hold-desk.ts';
import { WaitRoom } from '../approvals/wait-room.ts';
import type { EntryDraft, FrameDraft } from '../audit/entry.ts';
import { Ledger } from '../audit/ledger.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import type { Logger } from '../platform/logger.ts';
import { LOGGER } from '../platform/tokens.ts';
import { recordOf, type Call, type Continued, type Incoming } from './call.ts';
import { Judge, type Verdict } from './judge.ts';
import type { Refusal } from './refusal.ts';
import { edited, RequestStates, usedState, withoutParams } from './request-states.ts';
import { asSentence } from './sentence.ts';

/** A person may be asked meanwhile, and takes a while to answer. */
const CONTINUE_WITHIN_MS = 60 * 60_000;

/** A retry, recognised: whose it is, and what goes upstream of it. */
export interface Recognised {
  readonly callId: string;
  readonly approvalId: string | undefined;
  readonly frame: Frame;
  readonly continues: Continued;
}

/** What an answer that asks for input means for its call. */
export interface Asking {
  /** `null`: what it asks for may not reach the agent, for this reason. */
  readonly refusal: Refusal | null;
  readonly masks: readonly MaskRule[];
  readonly record: EntryDraft['data'];
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

  /** What an upstream asks for, each request judged as the method it is. `undefined`: it asks for nothing. */
  asking(call: Call, answer: Frame): Asking | undefined {
    const asked = call.era === 'modern' ? inputRequiredOf(answer) : undefined;
    if (asked === undefined) return undefined;
    if (asked.kind === 'malformed') return { refusal: UNREADABLE, masks: [], record: {} };
    const judged = asked.requests.map(({ method, frameText }) => {
      const parsed = parseServerFrame(frameText);
      const verdict =
        parsed.kind === 'frame' ? this.judge.judge(parsed.frame, call, 'from-upstream') : undefined;
      return { method, verdict };
    });
    const denied = judged.find(({ verdict }) => verdict?.effect !== 'allow');
    return {
      refusal: denied ? mayNotAsk(denied.method, denied.verdict) : null,
      masks: judged.flatMap(({ verdict }) => verdict?.masks ?? []),
      record: {
        inputRequired: judged.map(({ method }) => method),
        ...(denied && { refused: denied.method }),
      },
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
   */
  async proceed(
    call: Call,
    verdict: Verdict,
    forward: (verdict: Verdict, approval: ApprovalRecord | null) => Promise<void>,
  ): Promise<Refusal | null> {
    const state = call.continues?.state;
    if (state?.kind !== 'input') throw new GatewayError('internal', 'This call continues nothing.');
    const record = continued(call, verdict);
    if (state.approvalId === null) {
      // It was allowed, and nobody approved it: a policy that holds it by now asks for a whole new call.
      if (verdict.effect !== 'allow') return HELD_BY_NOW;
      await this.ledger.append(record);
      await forward(verdict, null);
      return null;
    }
    let latest = verdict;
    const judge = async () => (latest = await this.#judgeAnew(call));
    const { approvalId, answerFrameId } = state;
    const outcome = await this.desk.continue(
      approvalId,
      answerFrameId,
      identityOf(call),
      judge,
      record,
    );
    switch (outcome.kind) {
      case 'used':
        throw usedState();
      case 'objected':
        return noLongerCovered(outcome.reason);
      case 'continued':
        await this.#holdingPlace(call, outcome, () => forward(latest, outcome.approval));
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

  async #judgeAnew(call: Call): Promise<Verdict> {
    const connection = this.connections.byId(call.connection.id);
    if (!connection)
      throw new GatewayError('unknown_connection', 'The connection was removed meanwhile.');
    return this.judge.judgeAnew(call.frame, call, connection);
  }
}

/** The record of a retry: under the call it belongs to, with the bytes as they came. */
export function continued(call: Call, verdict: Verdict): EntryDraft {
  const state = call.continues?.state;
  return {
    ...recordOf(call, 'call.continued'),
    effect: verdict.effect,
    data: {
      policy: verdict.policyVersion,
      decision: verdict.decision,
      by: state?.kind === 'wait' ? 'waiting' : 'input',
      ...(state?.kind === 'wait' && { round: state.round }),
    },
    frames: sentFrames(call),
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

function mayNotAsk(method: string, verdict: Verdict | undefined): Refusal {
  const why = asSentence(verdict?.decision.explanation ?? 'It can’t be read.');
  return {
    code: 'denied',
    message: `The upstream needs input to go on with this call (${method}), and the gateway’s policy does not let it ask: ${why} The call is not complete; what the upstream did before it asked is not known.`,
  };
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
const UNREADABLE: Refusal = {
  code: 'upstream_bad_answer',
  message:
    'The upstream asked for input in a way that can be read as two things, so it is not passed on. The call may have run; do not repeat it without checking.',
};
