import { parseServerFrame } from '@holdpoint/mcp';
import { Injectable } from '@nestjs/common';
import { Ledger } from '../audit/ledger.ts';
import { Standing } from '../connections/standing.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { FreezeStore } from '../freezes/freeze-store.ts';
import { whyFrozen } from '../freezes/why-frozen.ts';
import { recordOf, type Incoming, type Visit } from './call.ts';
import { disclosed } from './edited-call.ts';
import { EventIds, type EventPlace } from './event-ids.ts';
import { answers } from './forwarder.ts';
import { FrameRelay, type RelayContext } from './frame-relay.ts';
import { HeldEventIds } from './held-event-ids.ts';
import { HeldStreams } from './held-streams.ts';
import { Presenter } from './presenter.ts';
import { ResumedCalls, type Resumed } from './resumed-calls.ts';
import { ReturningAgents } from './returning-agents.ts';
import { SessionStore, type McpSession } from './session-store.ts';
import { toUpstreamError } from './upstream-failure.ts';
import { Upstream } from './upstream.ts';

/** The legacy `GET` stream, and the end of a session by `DELETE`. */
@Injectable()
export class ListenStream {
  readonly #closing = new AbortController();

  constructor(
    private readonly sessions: SessionStore,
    private readonly upstream: Upstream,
    private readonly relay: FrameRelay,
    private readonly eventIds: EventIds,
    private readonly ledger: Ledger,
    private readonly resumed: ResumedCalls,
    private readonly presenter: Presenter,
    private readonly returning: ReturningAgents,
    private readonly heldEventIds: HeldEventIds,
    private readonly heldStreams: HeldStreams,
    private readonly standing: Standing,
    private readonly freezes: FreezeStore,
  ) {}

  /** Streams without an end of their own end with the process. */
  close(): void {
    this.#closing.abort();
  }

  async open(visit: Visit): Promise<void> {
    const { exchange } = visit;
    if (!(exchange.header('accept') ?? '').match(/text\/event-stream|\*\/\*/)) {
      throw new GatewayError('not_acceptable', 'Accept text/event-stream to open a stream.');
    }
    const session = await this.#sessionOf(visit);
    const letGo = this.sessions.keep(session);
    try {
      await this.#relay(visit, session);
    } finally {
      letGo();
    }
  }

  async #relay(visit: Visit, session: McpSession): Promise<void> {
    const done = new AbortController();
    try {
      await this.#relayUntil(visit, session, done.signal);
    } finally {
      done.abort();
    }
  }

  async #relayUntil(visit: Visit, session: McpSession, done: AbortSignal): Promise<void> {
    const { exchange } = visit;
    const incoming = this.#asIncoming(visit, session);
    const held = this.heldEventIds.unwrap(exchange.header('last-event-id') ?? '', session);
    if (held !== null) return this.heldStreams.resume(incoming, held);
    const place = this.#placeOf(visit, session);
    if (place?.callId != null) {
      const back = exchange.resumable && { exchange: exchange.resumable, lastEventId: place.id };
      if (back && this.returning.welcome(place.callId, back)) return;
    }
    const frozen = this.freezes.over(visit.caller.key, visit.connection);
    if (frozen) throw new GatewayError('frozen', whyFrozen(frozen));
    const resumed = place?.callId == null ? null : await this.resumed.find(incoming, place.callId);
    // INVARIANT: nothing is heard of a connection that was frozen, moved or taken away meanwhile.
    const over = AbortSignal.any([
      this.#closing.signal,
      this.standing.of(visit.connection, visit.caller.key, done),
    ]);
    const signal = AbortSignal.any([exchange.left, over]);
    const answer = await this.upstream
      .listen(incoming, place?.id ?? null, signal)
      .catch((error: unknown) => {
        throw toUpstreamError(error);
      });
    if (answer.kind !== 'stream') {
      await exchange.end(undefined, answer.status >= 400 ? answer.status : 405);
      return;
    }
    exchange.startStream();
    const callId = resumed?.call.callId ?? null;
    const masks = resumed?.verdict.masks ?? [];
    // What comes on it belongs to that call, like its stream.
    const context = { incoming: resumed?.call ?? incoming, callId, masks, progressBase: 0 };
    try {
      for await (const event of answer.events) {
        const relayed = await this.relay.relay(event, context);
        if (relayed.kind === 'answer') await this.#answer(relayed, resumed, context);
      }
      await exchange.end();
    } catch (error) {
      answer.discard();
      if (over.aborted) return void (await exchange.end());
      if (!exchange.left.aborted) exchange.cut();
      if (error instanceof GatewayError) throw error;
    }
  }

  async end(visit: Visit): Promise<void> {
    const session = await this.#sessionOf(visit);
    const status = await this.upstream
      .endSession(this.#asIncoming(visit, session))
      .catch((error: unknown) => {
        throw toUpstreamError(error);
      });
    if (status < 400 || status === 404) await this.sessions.end(session, visit.connection);
    await visit.exchange.end(undefined, status);
  }

  async #sessionOf({ exchange, caller, connection }: Visit): Promise<McpSession> {
    const handle = exchange.header('mcp-session-id');
    if (handle === undefined)
      throw new GatewayError(
        'method_not_allowed',
        'Without a session there is nothing to listen to or to end here.',
      );
    const session = await this.sessions.byHandle(handle, caller.key, connection.id);
    if (!session)
      throw new GatewayError(
        'unknown_session',
        'There is no such session for you on this connection. Initialize again.',
      );
    return session;
  }

  /** An id that was not given out in this session never reaches the upstream. */
  #placeOf({ exchange }: Visit, session: McpSession): EventPlace | null {
    const wrapped = exchange.header('last-event-id');
    if (wrapped === undefined) return null;
    const place = this.eventIds.unwrap(wrapped, session);
    if (place === null)
      throw new GatewayError(
        'invalid_request',
        'This Last-Event-ID was not given out in this session.',
      );
    return place;
  }

  /**
   * A resumed stream may carry the answer of the call it belongs to: filtered, masked and recorded as
   * that call's. Any other answer here is nobody's.
   */
  async #answer(
    { frame, eventId }: Extract<Awaited<ReturnType<FrameRelay['relay']>>, { kind: 'answer' }>,
    resumed: Resumed | null,
    context: RelayContext,
  ): Promise<void> {
    if (resumed === null || !answers(frame, resumed.call))
      return this.relay.dropAnswer(frame, context);
    const { call, verdict } = resumed;
    const { text: masked, record } = this.presenter.present(call, verdict, frame);
    const text = disclosed(masked, call);
    await this.ledger.append({
      ...recordOf(call, 'call.answered'),
      data: { resumed: true, ...record },
      frames: [
        {
          edge: 'gateway-to-agent',
          bytes: Buffer.from(text),
          sealed: call.edited !== undefined,
        },
      ],
    });
    await call.exchange.event({
      event: 'message',
      ...(eventId !== undefined && { id: eventId }),
      data: text,
    });
  }

  #asIncoming(visit: Visit, session: McpSession): Incoming {
    return {
      ...visit,
      session,
      era: 'legacy',
      protocolVersion: visit.exchange.header('mcp-protocol-version') ?? null,
      frame: NO_FRAME,
    };
  }
}

/** A stream has no message of its own; what is relayed on it has. */
const NO_FRAME = (() => {
  const parsed = parseServerFrame('{"jsonrpc":"2.0","method":"","params":{}}');
  if (parsed.kind !== 'frame') throw new Error('unreachable');
  return parsed.frame;
})();
