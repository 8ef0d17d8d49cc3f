import type { ApprovalState } from '@holdpoint/approval';
import { digestInput, progressNotification, progressTokenOf } from '@holdpoint/mcp';
import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { ApprovalRecord } from '../approvals/approval.ts';
import { HoldDesk } from '../approvals/hold-desk.ts';
import { WaitRoom, type Place } from '../approvals/wait-room.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import type { Environment } from '../env.ts';
import { Envelope } from '../platform/envelope.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { ENVIRONMENT } from '../platform/tokens.ts';
import { recordOf, type Call } from './call.ts';
import { Judge, type Verdict } from './judge.ts';
import type { Refusal } from './refusal.ts';

/** Clients that reset their timeout on progress need it well before a minute is over. */
const PROGRESS_MS = 10_000;

export type HoldEnd =
  /** The release is this call's: forward it now. */
  | { readonly kind: 'claimed'; readonly approval: ApprovalRecord; readonly progress: number }
  /** The same call ran before and its answer was never collected. */
  | { readonly kind: 'answered'; readonly approval: ApprovalRecord }
  | {
      readonly kind: 'refused';
      readonly approval: ApprovalRecord | null;
      readonly refusal: Refusal;
    }
  /** The agent left; nothing executes while nobody waits. */
  | { readonly kind: 'gone' };

/** Holds a call while people decide, within what its client can bear. */
@Injectable()
export class HoldLadder implements BeforeApplicationShutdown {
  readonly #closing = new AbortController();

  constructor(
    @Inject(ENVIRONMENT) private readonly env: Environment,
    private readonly desk: HoldDesk,
    private readonly waitRoom: WaitRoom,
    private readonly judge: Judge,
    private readonly connections: ConnectionRegistry,
    private readonly envelope: Envelope,
  ) {}

  /** Every agent that waits here is told to call again before the process goes. */
  beforeApplicationShutdown(): void {
    this.#closing.abort();
  }

  async hold(call: Call, verdict: Verdict, cancelled: AbortSignal): Promise<HoldEnd> {
    const opened = await this.#open(call, verdict);
    if (opened.kind === 'too-many') {
      const message = `You already have ${opened.limit} calls waiting for approval. Wait for one of them to be decided, then call again.`;
      return { kind: 'refused', approval: null, refusal: { code: 'too_many_holds', message } };
    }
    if (opened.kind === 'denied-before') return this.#refused(opened.approval);
    const { approval, waiterId } = opened;
    const place = this.waitRoom.enter(approval.id, waiterId);
    try {
      return await this.#wait(call, approval, waiterId, place, cancelled);
    } finally {
      place.leave();
    }
  }

  async #open(call: Call, verdict: Verdict) {
    const requestFrameId = uuidv7();
    const { caller, connection, session } = call;
    const draft = {
      approvalId: uuidv7(),
      callId: call.callId,
      sessionId: session.id,
      callerKey: caller.key,
      connectionId: connection.id,
      method: call.method,
      target: call.target,
      paramsDigest: this.#digest(call),
      caller,
      client: session.client,
      toolDigest: verdict.toolDigest,
      policyVersion: verdict.policyVersion,
      freezeEpoch: verdict.freezeEpoch,
      decision: verdict.decision,
      steps: verdict.steps,
      requestFrameId,
      approvalWindowMs: connection.approvalWindowMs,
    };
    const received = {
      ...recordOf(call, 'call.received'),
      effect: 'hold',
      data: {
        paramsDigest: draft.paramsDigest,
        policy: verdict.policyVersion,
        decision: verdict.decision,
      },
      frames: [
        {
          id: requestFrameId,
          edge: 'agent-to-gateway' as const,
          bytes: call.frame.bytes,
          sealed: true,
        },
      ],
    };
    return this.desk.hold(draft, received, connection);
  }

  async #wait(
    call: Call,
    first: ApprovalRecord,
    waiterId: string,
    place: Place,
    cancelled: AbortSignal,
  ): Promise<HoldEnd> {
    const { exchange, connection } = call;
    // An answer or a settled approval needs no stream; one that waits gets its headers at once.
    const deadline = AbortSignal.timeout(connection.holdDeadlineMs);
    const interrupted = AbortSignal.any([exchange.left, cancelled, deadline, this.#closing.signal]);
    const teller = new ProgressTeller(call, this.#linkTo(first));
    let approval = first;
    try {
      for (;;) {
        const end = await this.#step(call, approval, waiterId, teller);
        if (end) return end;
        await teller.begin();
        await Promise.race([place.changed(approval.state), whenAborted(interrupted)]);
        if (exchange.left.aborted || cancelled.aborted) {
          await this.desk.detach(
            approval,
            waiterId,
            exchange.left.aborted ? 'the agent disconnected' : 'the agent cancelled',
            recordOf(call, ''),
          );
          return { kind: 'gone' };
        }
        if (interrupted.aborted) return await this.#giveUpWaiting(call, approval, waiterId);
        approval = await this.#readAgain(approval);
      }
    } finally {
      teller.stop();
    }
  }

  /** What the approval's state means for this waiter; `undefined`: wait on. */
  async #step(
    call: Call,
    approval: ApprovalRecord,
    waiterId: string,
    teller: ProgressTeller,
  ): Promise<HoldEnd | undefined> {
    switch (approval.state) {
      case 'held':
      case 'claimed':
        return undefined;
      case 'approved': {
        const outcome = await this.desk.claim(
          approval,
          waiterId,
          () => this.#judgeAnew(call),
          recordOf(call, 'call.forwarded'),
        );
        return outcome.kind === 'claimed'
          ? { kind: 'claimed', approval, progress: teller.told }
          : undefined;
      }
      case 'answered':
        return { kind: 'answered', approval };
      case 'denied':
      case 'expired':
      case 'withdrawn':
      case 'void':
      case 'failed':
      case 'unknown':
      case 'delivered':
        return this.#refused(approval);
      default:
        return approval.state satisfies never;
    }
  }

  async #judgeAnew(call: Call): Promise<Verdict> {
    const connection = this.connections.byId(call.connection.id);
    if (!connection)
      throw new GatewayError(
        'unknown_connection',
        'The connection was removed while the call was held.',
      );
    return this.judge.judgeAnew(call.frame, call, connection);
  }

  /** A database that is away for a while must not end a wait: the next look finds out. */
  async #readAgain(approval: ApprovalRecord): Promise<ApprovalRecord> {
    return this.desk.read(approval.id).catch(async (error: unknown) => {
      if (error instanceof GatewayError) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500).unref());
      return approval;
    });
  }

  /** The place is given up before the agent is told, so that the same call finds it free. */
  async #giveUpWaiting(call: Call, approval: ApprovalRecord, waiterId: string): Promise<HoldEnd> {
    const reason = this.#closing.signal.aborted
      ? 'the gateway restarts'
      : 'the exchange reached its deadline';
    await this.desk.detach(approval, waiterId, reason, recordOf(call, ''));
    const link = this.#linkTo(approval);
    const message = `Waiting for approval ${approval.id} (${link}). A reviewer has not decided yet, and nothing has run. Call again with the same arguments to collect the result.`;
    return { kind: 'refused', approval, refusal: this.#refusal('pending', message, approval) };
  }

  #refused(approval: ApprovalRecord): HoldEnd {
    const { code, message } = REFUSALS[approval.state]?.(approval.stateReason ?? '') ?? {
      code: 'outcome_unknown',
      message: 'This call was answered to another exchange.',
    };
    return { kind: 'refused', approval, refusal: this.#refusal(code, message, approval) };
  }

  #refusal(code: Refusal['code'], message: string, approval: ApprovalRecord): Refusal {
    return {
      code,
      message,
      data: { approval: { id: approval.id, link: this.#linkTo(approval), state: approval.state } },
    };
  }

  #linkTo(approval: ApprovalRecord): string {
    return `${this.env.HOLDPOINT_PUBLIC_URL}/inbox/${approval.id}`;
  }

  #digest(call: Call): string {
    return this.envelope.mac('holdpoint-params-digest-v1', digestInput(call.frame));
  }
}

type Told = (reason: string) => { code: Refusal['code']; message: string };

/** What an agent reads of a settled approval. */
const REFUSALS: Partial<Record<ApprovalState, Told>> = {
  denied: (reason) => ({
    code: 'denied',
    message: `Denied by a reviewer. ${reason}\nThe call has not run. Do not retry it unchanged.`,
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

/** Comments and, where the client gave a token, strictly rising progress. */
class ProgressTeller {
  told = 0;
  readonly #token: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly call: Call,
    private readonly link: string,
  ) {
    this.#token = progressTokenOf(call.frame.message);
  }

  async begin(): Promise<void> {
    if (this.#timer) return;
    this.call.exchange.startStream();
    this.#timer = setInterval(() => void this.#tell(), PROGRESS_MS).unref();
    await this.call.exchange.comment(`held for approval: ${this.link}`);
    await this.#tell();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #tell(): Promise<void> {
    if (this.#token === undefined) return;
    this.told += 1;
    const message = `Waiting for approval: ${this.link}`;
    await this.call.exchange.event({
      event: 'message',
      data: progressNotification(this.#token, this.told, message),
    });
  }
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
