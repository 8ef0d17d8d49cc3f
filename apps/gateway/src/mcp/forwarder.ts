import { setTimeout as delay } from 'node:timers/promises';
import { idKey, parseServerFrame, type Frame, type SseEvent } from '@holdpoint/mcp';
import { Inject, Injectable } from '@nestjs/common';
import { whyFrozen, type FreezeInForce } from '../freezes/why-frozen.ts';
import type { Logger } from '../platform/logger.ts';
import { LOGGER } from '../platform/tokens.ts';
import type { Call } from './call.ts';
import { FrameRelay, type RelayContext } from './frame-relay.ts';
import type { Verdict } from './judge.ts';
import { FreezeWatch } from './freeze-watch.ts';
import { ReturningAgents } from './returning-agents.ts';
import { SessionStore } from './session-store.ts';
import { Transports } from './transports.ts';
import { UpstreamCancel } from './upstream-cancel.ts';
import { brokenOff, endOf, failed, unknown, type Broken } from './upstream-failure.ts';
import { Upstream, type UpstreamAnswer, type UpstreamStream } from './upstream.ts';

/** How often an upstream may close the stream of one call and have it resumed. */
const MAX_RESUMES = 100;
const RESUME_AFTER_MS = 1000;
const RESUME_AFTER_MAX_MS = 30_000;
/** How long an agent may take, beyond the time it was told, to come back for the rest of a stream. */
const RETURN_WITHIN_MS = 5000;

/** How the upstream's part of a call ended. */
export type UpstreamOutcome =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly frame: Frame;
      readonly eventId?: string | undefined;
    }
  | Broken;

/** Sends a call upstream once, relays what comes before its answer, and says how it ended. */
@Injectable()
export class Forwarder {
  constructor(
    private readonly upstream: Upstream,
    private readonly relay: FrameRelay,
    private readonly sessions: SessionStore,
    private readonly returning: ReturningAgents,
    private readonly transports: Transports,
    private readonly freezes: FreezeWatch,
    private readonly cancel: UpstreamCancel,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async forward(
    call: Call,
    verdict: Verdict,
    progressBase: number,
    signal: AbortSignal,
  ): Promise<UpstreamOutcome> {
    const watch = this.freezes.begin(call, verdict);
    try {
      if (watch.frozen) return endOf(call, frozenBefore(watch.frozen));
      const until = AbortSignal.any([signal, watch.signal]);
      const outcome = await this.#exchange(call, verdict, progressBase, until);
      if (outcome.kind === 'answer') return outcome;
      return endOf(call, watch.frozen ? await this.#frozen(call, outcome, watch.frozen) : outcome);
    } finally {
      watch.stop();
    }
  }

  /** INVARIANT: broken off by a freeze, a call that may have reached its upstream is `unknown` all the same. */
  async #frozen(call: Call, { kind }: Broken, frozen: FreezeInForce): Promise<Broken> {
    if (kind === 'failed') return frozenBefore(frozen);
    await this.cancel.tell(call, frozen);
    return unknown(`${whyFrozen(frozen)} The call was under way and was broken off.`);
  }

  async #exchange(
    call: Call,
    verdict: Verdict,
    progressBase: number,
    signal: AbortSignal,
  ): Promise<UpstreamOutcome> {
    let answer: UpstreamAnswer | undefined;
    try {
      // INVARIANT: where reviewers changed the arguments, what was asked never leaves.
      const sent = call.edited === undefined ? call : { ...call, frame: call.edited.frame };
      answer = await this.upstream.post(sent, signal, verdict.masks);
      await this.#adoptSession(call, answer);
      switch (answer.kind) {
        case 'stream': {
          const { masks } = verdict;
          const context = { incoming: call, callId: call.callId, masks, progressBase };
          return await this.#fromStream(call, answer, context, signal);
        }
        case 'body':
          return await this.#fromBody(call, answer.status, answer.bytes);
        case 'other':
          return await this.#notMcp(call, answer.status);
        default:
          return answer satisfies never;
      }
    } catch (error) {
      if (answer?.kind === 'stream') answer.discard();
      this.logger.warn(
        { error: String(error), connection: call.connection.slug, callId: call.callId },
        'an upstream exchange broke off',
      );
      const broken = brokenOff(error, signal.aborted);
      // Something of an answer was here: whatever failed afterwards, the request had been sent.
      return answer !== undefined && broken.kind === 'failed'
        ? unknown('The connection to the upstream broke before its answer was complete.')
        : broken;
    }
  }

  /**
   * A legacy upstream may close a stream early and go on where its last event id was. So does the
   * agent's own stream then; asking for the rest, when the agent does, runs nothing again.
   */
  async #fromStream(
    call: Call,
    first: UpstreamStream,
    context: RelayContext,
    signal: AbortSignal,
  ): Promise<UpstreamOutcome> {
    call.exchange.startStream();
    let stream = first;
    let lastEventId: string | undefined;
    let retryMs = RESUME_AFTER_MS;
    for (let resumes = 0; resumes <= MAX_RESUMES; resumes += 1) {
      for await (const event of stream.events) {
        if (event.kind === 'message') {
          lastEventId = event.id ?? lastEventId;
          retryMs = event.retry ?? retryMs;
        }
        const answer = await this.#relay(event, call, context);
        if (answer) return answer;
      }
      if (lastEventId === undefined || lastEventId === '' || call.era === 'modern') break;
      lastEventId = (await this.#untilReturn(call, retryMs, signal)) ?? lastEventId;
      const resumed = await this.upstream.listen(call, lastEventId, signal);
      if (resumed.kind !== 'stream') break;
      stream = resumed;
    }
    return unknown('The upstream’s stream ended before its answer was complete.');
  }

  /**
   * Closes the agent's stream as the upstream closed its own, until the agent comes back. One that
   * stays away gets nothing more on it, but the call's answer is still fetched and recorded.
   */
  async #untilReturn(
    call: Call,
    retryMs: number,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const afterMs = Math.min(retryMs, RESUME_AFTER_MAX_MS);
    const { resumable } = call.exchange;
    if (resumable === null) return delay(afterMs, undefined, { signal });
    const returned = this.returning.expect(call.callId, afterMs + RETURN_WITHIN_MS);
    await resumable.pause();
    const back = await Promise.race([returned, whenAborted(signal)]);
    if (back === null) return undefined;
    resumable.continueOn(back.exchange);
    return back.lastEventId;
  }

  async #relay(
    event: SseEvent,
    call: Call,
    context: RelayContext,
  ): Promise<UpstreamOutcome | undefined> {
    const relayed = await this.relay.relay(event, context);
    if (relayed.kind !== 'answer') return undefined;
    const { frame, eventId } = relayed;
    if (answers(frame, call)) return { kind: 'answer', status: 200, frame, eventId };
    // It would settle another call of the agent, one that perhaps was never forwarded.
    await this.relay.dropAnswer(frame, context);
    return undefined;
  }

  async #fromBody(call: Call, status: number, bytes: Uint8Array): Promise<UpstreamOutcome> {
    const parsed = parseServerFrame(bytes);
    if (parsed.kind === 'unreadable') {
      return status >= 400 && status < 500
        ? this.#notMcp(call, status)
        : unknown('The upstream answered with something that is not a JSON-RPC message.');
    }
    const { frame } = parsed;
    if (!answers(frame, call) && !isRefusal(status, frame))
      return unknown('The upstream answered a different request.');
    if (status === 404) await this.#forgetSession(call);
    return { kind: 'answer', status: status < 300 ? 200 : status, frame };
  }

  async #notMcp(call: Call, status: number): Promise<UpstreamOutcome> {
    if (status === 404 && (await this.#forgetSession(call))) {
      return failed(
        'unknown_session',
        'The upstream no longer knows this session. Initialize again.',
      );
    }
    if (status >= 300 && status < 400) {
      return failed(
        'upstream_bad_answer',
        `The upstream redirects (HTTP ${status}); redirects are not followed. The call has not run. An admin has to enter the final address.`,
      );
    }
    // A client that probes for an era reads the status.
    if (status >= 400 && status < 500) {
      return failed(
        'upstream_bad_answer',
        `The upstream refused the request (HTTP ${status}) without saying why.`,
        status,
      );
    }
    return unknown(`The upstream answered with HTTP ${status} and no JSON-RPC message.`);
  }

  /** Answers whether there was one. */
  async #forgetSession(call: Call): Promise<boolean> {
    if (call.session.upstreamSessionId === null) return false;
    await this.sessions.end(call.session, call.connection);
    return true;
  }

  /** The upstream opened a session: the client gets a handle of ours, bound to its caller. */
  async #adoptSession(call: Call, answer: UpstreamAnswer): Promise<void> {
    if (call.method !== 'initialize' || answer.kind === 'other') return;
    // Where all of a session shares a stream, on either side, the session is what tells two apart.
    const isShared = call.exchange.resumable === null || this.transports.isSse(call.connection);
    if (answer.sessionId === null && !isShared) return;
    call.exchange.setHeader(
      'mcp-session-id',
      await this.sessions.giveHandle(call.session, answer.sessionId),
    );
  }
}

function frozenBefore(frozen: FreezeInForce): Broken {
  return failed('frozen', `${whyFrozen(frozen)} The call has not run.`);
}

function whenAborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener('abort', () => resolve(null), { once: true });
  });
}

export function answers({ message }: Frame, call: Pick<Call, 'id'>): boolean {
  if (message.kind !== 'result' && message.kind !== 'error') return false;
  return message.id !== null && idKey(message.id) === idKey(call.id);
}

/** A complete refusal by an upstream that could not read the id, or did not try. */
function isRefusal(status: number, { message }: Frame): boolean {
  return status >= 400 && status < 500 && message.kind === 'error' && message.id === null;
}
