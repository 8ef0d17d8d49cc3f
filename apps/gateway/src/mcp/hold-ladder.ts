import { progressTokenOf } from '@holdpoint/mcp';
import { Inject, Injectable } from '@nestjs/common';
import type { ApprovalRecord } from '../approvals/approval.ts';
import { ContinuationDesk } from '../approvals/continuation-desk.ts';
import { HeldEdits, type EditedRun } from '../approvals/held-edits.ts';
import { HoldDesk } from '../approvals/hold-desk.ts';
import { WaitRoom, type Place } from '../approvals/wait-room.ts';
import { seenOf } from '../approvals/waiter.sql.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import type { Environment } from '../env.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import type { Logger } from '../platform/logger.ts';
import { ENVIRONMENT, LOGGER } from '../platform/tokens.ts';
import { whenAborted } from '../platform/when-aborted.ts';
import { recordOf, type Call } from './call.ts';
import { forwardedRecord } from './edited-call.ts';
import { continued, identityOf } from './continuations.ts';
import { HeldEventIds } from './held-event-ids.ts';
import { holdDraft } from './hold-draft.ts';
import { planHold, type HoldPlan } from './hold-plan.ts';
import { endRefusal, pendingRefusal, tooManyHolds } from './hold-refusals.ts';
import { Judge, type Verdict } from './judge.ts';
import { unionOf } from './masker.ts';
import { ProgressTeller } from './progress-teller.ts';
import type { Refusal } from './refusal.ts';
import type { WaitState } from './request-state.ts';
import { RequestStates, usedState } from './request-states.ts';

/** How soon a database that was away is asked again. */
const RETRY_MS = 500;
/** Stock clients come back within a second; what is older than this was kept for something else. */
const COME_BACK_WITHIN_MS = 10 * 60_000;
/** A stock client tries three times at this distance: long enough for a gateway that restarts. */
const COME_BACK_AFTER_MS = 3000;
/**
 * How long the place of a client that is to come back is kept for it. Then the same call takes it: the
 * client does not know these ways after all, or it went.
 */
const KEPT_MS: Readonly<Partial<Record<HoldEnd['kind'], number>>> = {
  leg: 5000,
  polled: 4 * COME_BACK_AFTER_MS,
};

export type HoldEnd =
  /** The release is this call's: forward it now. `verdict` has the masks of then and of now. */
  | {
      readonly kind: 'claimed';
      readonly approval: ApprovalRecord;
      readonly verdict: Verdict;
      readonly progress: number;
      readonly edited: EditedRun | undefined;
    }
  /** The same call ran before and its answer was never collected. */
  | { readonly kind: 'answered'; readonly approval: ApprovalRecord }
  | {
      readonly kind: 'refused';
      readonly approval: ApprovalRecord | null;
      readonly refusal: Refusal;
      /** With which other arguments it was to run. */
      readonly edited?: EditedRun | undefined;
    }
  /** The leg is over, not the wait: the client comes back with this state. */
  | {
      readonly kind: 'leg';
      readonly approval: ApprovalRecord;
      readonly round: number;
      readonly requestState: string;
    }
  /** The stream ends early, and the agent comes back for the rest by its last event id. */
  | { readonly kind: 'polled' }
  /** The agent left; nothing executes while nobody waits. */
  | { readonly kind: 'gone' };

/** One exchange that waits for its approval. */
interface Wait {
  readonly call: Call;
  readonly waiterId: string;
  readonly place: Place;
  readonly cancelled: AbortSignal;
  readonly teller: ProgressTeller;
  readonly plan: HoldPlan;
  /** On the first of its exchanges. */
  readonly startedAt: number;
  verdict: Verdict;
  /** A claim was sent whose outcome this process did not learn. */
  isClaimInDoubt: boolean;
  /** What the latest claim was for, where reviewers changed the arguments. */
  edited: EditedRun | undefined;
}

/** Holds a call while people decide, within what its client can bear. */
@Injectable()
export class HoldLadder {
  readonly #closing = new AbortController();

  constructor(
    @Inject(ENVIRONMENT) private readonly env: Environment,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly desk: HoldDesk,
    private readonly waitRoom: WaitRoom,
    private readonly judge: Judge,
    private readonly connections: ConnectionRegistry,
    private readonly edits: HeldEdits,
    private readonly continuationDesk: ContinuationDesk,
    private readonly states: RequestStates,
    private readonly eventIds: HeldEventIds,
  ) {}

  /** Every agent that waits here is told to call again before the process goes. */
  close(): void {
    this.#closing.abort();
  }

  /**
   * Waits, then hands the end to `settle`. The waiter keeps its place until `settle` is done, so that
   * the same call elsewhere neither joins a call that runs for a living waiter nor misses an answer
   * that nobody took.
   */
  async hold(
    call: Call,
    verdict: Verdict,
    cancelled: AbortSignal,
    settle: (end: HoldEnd) => Promise<void>,
  ): Promise<void> {
    const state = call.continues?.state;
    const opened = await (state?.kind === 'wait'
      ? this.#rejoin(call, verdict, state)
      : this.#open(call, verdict));
    if (opened.kind === 'too-many')
      return settle({ kind: 'refused', approval: null, refusal: tooManyHolds(opened.limit) });
    const { approval } = opened;
    if (opened.kind === 'denied-before') return settle(await this.#refused(call, approval));
    const { waiterId } = opened;
    // Held long ago perhaps, on another exchange, and under another policy.
    const then = [approval.heldPolicyVersion];
    const masking = await this.judge.withMasksUnder(then, verdict, call.frame, call);
    const detach = (reason: string) => this.#detach(call, approval, waiterId, reason);
    const whenLeft = () => void detach('the agent disconnected');
    call.exchange.left.addEventListener('abort', whenLeft, { once: true });
    const wait = this.#begin(call, masking, cancelled, opened);
    const { place, teller } = wait;
    let comesBackWithinMs: number | null = null;
    try {
      const end = await this.#wait(wait, approval);
      teller.stop();
      await settle(end);
      if (!call.exchange.left.aborted) comesBackWithinMs = KEPT_MS[end.kind] ?? null;
    } finally {
      teller.stop();
      place.leave();
      call.exchange.left.removeEventListener('abort', whenLeft);
      if (comesBackWithinMs === null) await detach('its answer was not delivered');
      else
        await this.continuationDesk.keep({ approvalId: approval.id, waiterId }, comesBackWithinMs);
    }
  }

  #begin(
    call: Call,
    verdict: Verdict,
    cancelled: AbortSignal,
    { approval, waiterId }: { readonly approval: ApprovalRecord; readonly waiterId: string },
  ): Wait {
    const plan = planOf(call);
    const startedAt = call.continues?.startedAt ?? Date.now();
    const place = { callId: call.callId, approvalId: approval.id, waiterId, startedAt };
    const primer =
      plan.closeAfterMs === null
        ? null
        : { id: this.eventIds.wrap(place, call.session), retry: COME_BACK_AFTER_MS, data: '' };
    return {
      call,
      waiterId,
      place: this.waitRoom.enter(approval.id, waiterId),
      cancelled,
      teller: new ProgressTeller(call, this.#linkTo(approval), startedAt, primer),
      plan,
      startedAt,
      verdict,
      isClaimInDoubt: false,
      edited: undefined,
    };
  }

  /** The next leg of a wait: it takes over the place that the one before kept. */
  async #rejoin(call: Call, verdict: Verdict, state: WaitState) {
    const identity = { ...identityOf(call), paramsDigest: this.edits.digestOf(call.frame) };
    const record = continued(call, verdict);
    const rejoined = await this.continuationDesk.rejoin(state, identity, record);
    if (!rejoined) throw usedState();
    return { kind: 'waiting' as const, ...rejoined };
  }

  async #open(call: Call, verdict: Verdict) {
    const { draft, received } = holdDraft(call, verdict, this.edits.digestOf(call.frame));
    return this.desk.hold(draft, received, call.connection);
  }

  async #wait(wait: Wait, first: ApprovalRecord): Promise<HoldEnd> {
    const { call, place, cancelled, teller } = wait;
    const { left } = call.exchange;
    const { deadlineMs, closeAfterMs } = wait.plan;
    const waitedMs = Date.now() - wait.startedAt;
    const deadline = signalAfter(deadlineMs === null ? null : Math.max(0, deadlineMs - waitedMs));
    const closeEarly = signalAfter(closeAfterMs);
    const closing = this.#closing.signal;
    const interrupted = AbortSignal.any([left, cancelled, closing, deadline, closeEarly]);
    let approval = first;
    for (;;) {
      // An answer or a settled approval needs no stream; one that waits gets its headers at once.
      const end = await this.#step(wait, approval);
      if (end) return end;
      await teller.begin();
      await teller.note(approval.rejudged?.reason ?? '');
      // An `approved` that could not be claimed is looked at again by the next poll.
      const seen = approval.state === 'approved' ? '' : seenOf(approval);
      await Promise.race([place.changed(seen), whenAborted(interrupted)]);
      if (left.aborted || cancelled.aborted) {
        const reason = left.aborted ? 'the agent disconnected' : 'the agent cancelled';
        await this.#detach(call, approval, wait.waiterId, reason);
        return { kind: 'gone' };
      }
      if (closing.aborted) return this.#giveUpWaiting(wait, approval);
      if (deadline.aborted)
        return wait.plan.rung === 'rounds'
          ? this.#nextRound(wait, approval)
          : this.#giveUpWaiting(wait, approval);
      if (closeEarly.aborted) return { kind: 'polled' };
      approval = await this.#readAgain(approval);
    }
  }

  /** What the approval's state means for this waiter; `undefined`: wait on. */
  async #step(wait: Wait, approval: ApprovalRecord): Promise<HoldEnd | undefined> {
    switch (approval.state) {
      case 'held':
        return undefined;
      case 'claimed':
        // The claim was committed and only its acknowledgement lost: nobody else can hold this one.
        return wait.isClaimInDoubt && approval.waiterId === wait.waiterId
          ? this.#claimed(wait, approval)
          : undefined;
      case 'approved':
        // Set only where the agent has to know: it was approved past its chain, or in somebody's place.
        if (approval.stateReason !== null) await wait.teller.note(approval.stateReason);
        return (await this.#claim(wait, approval)) ? this.#claimed(wait, approval) : undefined;
      case 'answered':
        return { kind: 'answered', approval };
      case 'denied':
      case 'expired':
      case 'withdrawn':
      case 'void':
      case 'failed':
      case 'unknown':
      case 'delivered':
        return this.#refused(wait.call, approval);
      default:
        return approval.state satisfies never;
    }
  }

  #claimed({ verdict, teller, edited }: Wait, approval: ApprovalRecord): HoldEnd {
    return { kind: 'claimed', approval, verdict, progress: teller.base, edited };
  }

  async #claim(wait: Wait, approval: ApprovalRecord): Promise<boolean> {
    const { call, waiterId } = wait;
    try {
      const edited = await this.edits.run(call.frame, approval);
      wait.edited = edited;
      const judge = async () => {
        const now = await this.#judgeAnew(call, approval, edited);
        if (edited !== undefined || now.policyVersion !== wait.verdict.policyVersion)
          wait.verdict = { ...now, masks: unionOf(now.masks, wait.verdict.masks) };
        return now;
      };
      const digest = edited?.digest ?? this.edits.digestOf(call.frame);
      const record = forwardedRecord(call, edited);
      const outcome = await this.desk.claim(approval, waiterId, digest, judge, record);
      return outcome.kind === 'claimed';
    } catch (error) {
      if (error instanceof GatewayError) throw error;
      this.logger.warn({ error: String(error), approvalId: approval.id }, 'a claim is in doubt');
      wait.isClaimInDoubt = true;
      return false;
    }
  }

  async #judgeAnew(
    call: Call,
    { heldPolicyVersion }: ApprovalRecord,
    edited: EditedRun | undefined,
  ): Promise<Verdict> {
    const connection = this.connections.byId(call.connection.id);
    if (!connection)
      throw new GatewayError(
        'unknown_connection',
        'The connection was removed while the call was held.',
      );
    const frame = edited?.frame ?? call.frame;
    const now = await this.judge.judgeAnew(frame, call, connection);
    return edited === undefined
      ? now
      : this.judge.withMasksUnder([heldPolicyVersion], now, frame, call);
  }

  /** A database that is away for a while must not end a wait: the next look finds out. */
  async #readAgain(approval: ApprovalRecord): Promise<ApprovalRecord> {
    return this.desk.read(approval.id).catch(async () => {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
      return approval;
    });
  }

  #nextRound({ call, waiterId }: Wait, approval: ApprovalRecord): HoldEnd {
    const round = roundOf(call) + 1;
    const requestState = this.states.issue(
      {
        kind: 'wait',
        callId: call.callId,
        approvalId: approval.id,
        waiterId,
        round,
        expiresAt: Date.now() + COME_BACK_WITHIN_MS,
      },
      call,
    );
    return { kind: 'leg', approval, round, requestState };
  }

  /** The place is given up before the agent is told, so that the same call finds it free. */
  async #giveUpWaiting({ call, waiterId }: Wait, approval: ApprovalRecord): Promise<HoldEnd> {
    const reason = this.#closing.signal.aborted
      ? 'the gateway restarts'
      : 'the exchange reached its deadline';
    await this.#detach(call, approval, waiterId, reason);
    const refusal = pendingRefusal(approval, this.#linkTo(approval));
    return { kind: 'refused', approval, refusal };
  }

  /** Without the database a lease that nobody renews says the same within seconds. */
  async #detach(
    call: Call,
    approval: ApprovalRecord,
    waiterId: string,
    reason: string,
  ): Promise<void> {
    await this.desk
      .detach(approval, waiterId, reason, recordOf(call, ''))
      .catch((error: unknown) =>
        this.logger.warn({ error: String(error) }, 'a waiter could not be detached'),
      );
  }

  /** What was forwarded may have run, with other arguments than its agent thinks of. */
  async #refused(call: Call, approval: ApprovalRecord): Promise<HoldEnd> {
    const wasForwarded = approval.state === 'failed' || approval.state === 'unknown';
    const edited = wasForwarded ? await this.edits.run(call.frame, approval) : undefined;
    return {
      kind: 'refused',
      approval,
      refusal: endRefusal(approval, this.#linkTo(approval)),
      edited,
    };
  }

  #linkTo(approval: ApprovalRecord): string {
    return `${this.env.HOLDPOINT_PUBLIC_URL}/inbox/${approval.id}`;
  }
}

function planOf(call: Call): HoldPlan {
  const { era, protocolVersion, method, session, connection, exchange } = call;
  return planHold({
    era,
    protocolVersion,
    method,
    hasProgressToken: progressTokenOf(call.frame.message) !== undefined,
    isResumable: session.hasHandle && exchange.resumable !== null,
    client: session.client,
    round: roundOf(call),
    connection,
  });
}

/** How often the client came back in this wait. */
function roundOf({ continues }: Call): number {
  return continues?.state.kind === 'wait' ? continues.state.round : 0;
}

/** Never, for `null`. */
function signalAfter(ms: number | null): AbortSignal {
  return ms === null ? new AbortController().signal : AbortSignal.timeout(ms);
}
