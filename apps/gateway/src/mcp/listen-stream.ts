import { parseServerFrame } from '@holdpoint/mcp';
import { Injectable } from '@nestjs/common';
import { Ledger } from '../audit/ledger.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import type { Incoming, Visit } from './call.ts';
import { EventIds } from './event-ids.ts';
import { FrameRelay } from './frame-relay.ts';
import { Masker } from './masker.ts';
import { Judge } from './judge.ts';
import { SessionStore, type McpSession } from './session-store.ts';
import { Upstream } from './upstream.ts';

/** The legacy `GET` stream, and the end of a session by `DELETE`. */
@Injectable()
export class ListenStream {
  constructor(
    private readonly sessions: SessionStore,
    private readonly upstream: Upstream,
    private readonly relay: FrameRelay,
    private readonly eventIds: EventIds,
    private readonly ledger: Ledger,
    private readonly judge: Judge,
    private readonly masker: Masker,
  ) {}

  async open(visit: Visit): Promise<void> {
    const { exchange } = visit;
    if (!(exchange.header('accept') ?? '').match(/text\/event-stream|\*\/\*/)) {
      throw new GatewayError('not_acceptable', 'Accept text/event-stream to open a stream.');
    }
    const session = await this.#sessionOf(visit);
    const incoming = this.#asIncoming(visit, session);
    const answer = await this.upstream.listen(
      incoming,
      this.#lastEventId(visit, session),
      exchange.left,
    );
    if (answer.kind !== 'stream') {
      await exchange.end(undefined, answer.status >= 400 ? answer.status : 405);
      return;
    }
    exchange.startStream();
    try {
      for await (const event of answer.events) {
        const relayed = await this.relay.relay(event, { incoming, progressBase: 0 });
        if (relayed.kind === 'answer')
          await this.#replayedAnswer(incoming, relayed.frame, relayed.eventId);
      }
      await exchange.end();
    } catch (error) {
      if (!exchange.left.aborted) exchange.cut();
      if (error instanceof GatewayError) throw error;
    }
  }

  async end(visit: Visit): Promise<void> {
    const session = await this.#sessionOf(visit);
    const status = await this.upstream.endSession(this.#asIncoming(visit, session));
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
  #lastEventId({ exchange }: Visit, session: McpSession): string | null {
    const wrapped = exchange.header('last-event-id');
    if (wrapped === undefined) return null;
    const id = this.eventIds.unwrap(wrapped, session);
    if (id === null)
      throw new GatewayError(
        'invalid_request',
        'This Last-Event-ID was not given out in this session.',
      );
    return id;
  }

  /** A resumed stream may carry the answer of an earlier call: masked and recorded like any other. */
  async #replayedAnswer(
    incoming: Incoming,
    frame: Incoming['frame'],
    eventId: string | undefined,
  ): Promise<void> {
    const masked = this.masker.mask(
      frame,
      this.judge.judge(frame, incoming, 'from-upstream').masks,
    );
    await this.ledger.append({
      kind: 'call.answered',
      connection: { id: incoming.connection.id, slug: incoming.connection.slug },
      sessionId: incoming.session.id,
      who: incoming.caller.key,
      data: { resumed: true, masks: masked.hits.length },
      frames: [{ edge: 'gateway-to-agent', bytes: Buffer.from(masked.text), sealed: false }],
    });
    await incoming.exchange.event({
      event: 'message',
      ...(eventId !== undefined && { id: eventId }),
      data: masked.text,
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
