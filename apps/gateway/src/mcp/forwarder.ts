import { idKey, parseServerFrame, type Frame } from '@holdpoint/mcp';
import { Inject, Injectable } from '@nestjs/common';
import { classifyFailure, wasSent } from '../connections/outgoing-failure.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import type { Logger } from '../platform/logger.ts';
import { LOGGER } from '../platform/tokens.ts';
import type { Call } from './call.ts';
import { FrameRelay } from './frame-relay.ts';
import type { Refusal } from './refusal.ts';
import { SessionStore } from './session-store.ts';
import { Upstream, type UpstreamAnswer } from './upstream.ts';

/** How the upstream's part of a call ended. */
export type UpstreamOutcome =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly frame: Frame;
      readonly eventId?: string | undefined;
    }
  /** No byte was written, or a complete answer refused it: it has not run. */
  | { readonly kind: 'failed'; readonly status: number; readonly refusal: Refusal }
  /** It may have run. Never retried. */
  | { readonly kind: 'unknown'; readonly refusal: Refusal };

/** Sends a call upstream once, relays what comes before its answer, and says how it ended. */
@Injectable()
export class Forwarder {
  constructor(
    private readonly upstream: Upstream,
    private readonly relay: FrameRelay,
    private readonly sessions: SessionStore,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async forward(call: Call, progressBase: number, signal: AbortSignal): Promise<UpstreamOutcome> {
    let answer: UpstreamAnswer;
    try {
      answer = await this.upstream.post(call, signal);
    } catch (error) {
      return this.#brokenOff(call, error, signal);
    }
    try {
      await this.#adoptSession(call, answer);
      switch (answer.kind) {
        case 'stream':
          return await this.#fromStream(call, answer.events, progressBase);
        case 'body':
          return this.#fromBody(call, answer.status, answer.bytes);
        case 'other':
          return await this.#notMcp(call, answer.status);
        default:
          return answer satisfies never;
      }
    } catch (error) {
      return this.#brokenOff(call, error, signal);
    }
  }

  async #fromStream(
    call: Call,
    events: Extract<UpstreamAnswer, { kind: 'stream' }>['events'],
    progressBase: number,
  ): Promise<UpstreamOutcome> {
    call.exchange.startStream();
    for await (const event of events) {
      const relayed = await this.relay.relay(event, { incoming: call, progressBase });
      if (relayed.kind === 'answer' && answers(relayed.frame, call)) {
        return { kind: 'answer', status: 200, frame: relayed.frame, eventId: relayed.eventId };
      }
    }
    return unknown(
      'The upstream’s stream ended before its answer was complete. The call may have run; do not repeat it without checking.',
    );
  }

  #fromBody(call: Call, status: number, bytes: Uint8Array): UpstreamOutcome {
    const parsed = parseServerFrame(bytes);
    if (parsed.kind === 'unreadable') {
      return unknown(
        'The upstream answered with something that is not a JSON-RPC message. The call may have run; do not repeat it without checking.',
      );
    }
    const { frame } = parsed;
    const isRefusal = status >= 400 && frame.message.kind === 'error';
    if (!isRefusal && !answers(frame, call)) {
      return unknown(
        'The upstream answered a different request. The call may have run; do not repeat it without checking.',
      );
    }
    return { kind: 'answer', status, frame };
  }

  async #notMcp(call: Call, status: number): Promise<UpstreamOutcome> {
    if (status === 404 && call.session.upstreamSessionId !== null) {
      await this.sessions.end(call.session, call.connection);
      return failed(
        404,
        'unknown_session',
        'The upstream no longer knows this session. Initialize again.',
      );
    }
    if (status >= 300 && status < 400) {
      return failed(
        502,
        'upstream_bad_answer',
        `The upstream redirects (HTTP ${status}); redirects are not followed. An admin has to enter the final address.`,
      );
    }
    if (status >= 400 && status < 500) {
      return failed(
        status,
        'upstream_bad_answer',
        `The upstream refused the request (HTTP ${status}) without saying why.`,
      );
    }
    return unknown(
      `The upstream answered with HTTP ${status} and no JSON-RPC message. The call may have run; do not repeat it without checking.`,
    );
  }

  /** INVARIANT: unless it is certain that nothing was written, the outcome is unknown. */
  #brokenOff(call: Call, error: unknown, signal: AbortSignal): UpstreamOutcome {
    const failure = classifyFailure(error);
    this.logger.warn(
      { error: String(error), failure, connection: call.connection.slug, callId: call.callId },
      'an upstream exchange broke off',
    );
    if (error instanceof GatewayError && error.code === 'upstream_credential_refused') {
      return failed(502, error.code, error.message);
    }
    if (error instanceof GatewayError && error.code === 'not_recorded') {
      return unknown(
        'An answer of the upstream could not be recorded. The call may have run; do not repeat it without checking.',
        'may_have_run',
      );
    }
    if (!wasSent(error)) {
      return failure === 'address_refused'
        ? failed(
            502,
            'address_refused',
            'The connection’s address is not one the gateway may reach. The call has not run. An admin has to correct the connection.',
          )
        : failed(
            502,
            'upstream_unreachable',
            'The upstream can’t be reached. The call has not run; try again later.',
          );
    }
    if (signal.aborted) {
      return unknown('The call was cancelled after it was forwarded. It may have run.');
    }
    return failure === 'timeout'
      ? unknown(
          'The upstream did not answer in time. The call may have run; do not repeat it without checking.',
          'upstream_timeout',
        )
      : unknown(
          'The connection to the upstream broke before its answer was complete. The call may have run; do not repeat it without checking.',
        );
  }

  /** The upstream opened a session: the client gets a handle of ours, bound to its caller. */
  async #adoptSession(call: Call, answer: UpstreamAnswer): Promise<void> {
    if (call.method !== 'initialize' || answer.kind === 'other' || answer.sessionId === null)
      return;
    call.exchange.setHeader(
      'mcp-session-id',
      await this.sessions.giveHandle(call.session, answer.sessionId),
    );
  }
}

function answers(frame: Frame, call: Call): boolean {
  const { message } = frame;
  if (message.kind !== 'result' && message.kind !== 'error') return false;
  return message.id !== null && idKey(message.id) === idKey(call.id);
}

function failed(status: number, code: Refusal['code'], message: string): UpstreamOutcome {
  return { kind: 'failed', status, refusal: { code, message } };
}

function unknown(message: string, code: Refusal['code'] = 'outcome_unknown'): UpstreamOutcome {
  return { kind: 'unknown', refusal: { code, message } };
}
