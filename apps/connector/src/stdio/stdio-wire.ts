import {
  cancelledRequestId,
  type Frame,
  idKey,
  type JsonRpcId,
  parseServerFrame,
  progressTokenOf,
  rpcError,
  stringMember,
} from '@holdpoint/mcp';
import { ExchangeError } from '../connector.error.ts';
import type { Exchange } from '../servers/exchange.ts';
import type { Child } from './child.ts';
import { ExchangeFlight, type Flight, writeEvent } from './flight.ts';
import { subscriptionIdOf, withIds } from './frame-edits.ts';
import type { StdioSession } from './stdio-session.ts';

const MAX_QUEUED_BYTES = 32 * 1024 * 1024;
const MAX_ASKED = 1000;
/** Of a line that is no message; far more than the log keeps of it. */
const MAX_SHOWN = 16 * 1024;
/** Outside the range that JSON-RPC keeps for itself. */
const NOBODY_TO_ASK = -31_010;
const NOBODY = 'No client of this server can be asked now.';
const AMBIGUOUS =
  'Several clients share this server, and it can’t be told which one this request is for. Run it with "sessions: per-session".';

/**
 * Whose process it is. `session`: one client's, ids pass as they are. `shared`: many sessions', ids and
 * progress tokens are made unique. `stateless`: the requests of 2026-07-28, which have no session.
 */
export type WireKind = 'session' | 'shared' | 'stateless';

/** Where messages that belong to no request go. */
export interface Sessions {
  /** Those with this process. */
  of(wire: StdioWire): Iterable<StdioSession>;
}

/** The messages between one process and the exchanges that use it. */
export class StdioWire {
  readonly kind: WireKind;
  readonly #sessions: Sessions;
  readonly #maxBytes: number;
  readonly #warn: (text: string) => void;
  readonly #flights = new Map<string, Flight>();
  readonly #byToken = new Map<string, Flight>();
  /** What the process has asked clients, by its ids. */
  readonly #asked = new Map<string, { session: StdioSession | undefined; flight?: Flight }>();
  #child: Child | undefined;
  #lastId = 0;
  #hasAnswered = false;

  constructor(facts: {
    readonly kind: WireKind;
    readonly sessions: Sessions;
    readonly maxBytes: number;
    readonly warn: (text: string) => void;
  }) {
    this.kind = facts.kind;
    this.#sessions = facts.sessions;
    this.#maxBytes = facts.maxBytes;
    this.#warn = facts.warn;
  }

  attach(child: Child): void {
    this.#child = child;
  }

  get child(): Child | undefined {
    return this.#child;
  }

  get isDead(): boolean {
    return this.#child === undefined || this.#child.isClosed;
  }

  /** Whether it has ever answered: one that has can start, whatever becomes of it later. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  get flights(): number {
    return this.#flights.size;
  }

  hasFlightOf(session: StdioSession): boolean {
    return [...this.#flights.values()].some((flight) => flight.session === session);
  }

  /** Sends a request; its answer, and what comes before it, goes into the exchange. */
  request(frame: Frame, exchange: Exchange, session: StdioSession | undefined): void {
    const { message } = frame;
    if (message.kind !== 'request') return;
    const flight = this.#begin(
      frame,
      (facts) => new ExchangeFlight(exchange, { ...facts, session }),
    );
    exchange.whenAborted(() => this.#abandon(flight));
    exchange.release();
    this.#keepSubscriptions(frame, session);
  }

  /** Sends a request whose answer the caller deals with. */
  ask(frame: Frame, deal: { answer(answer: Frame): void; fail(error: unknown): void }): void {
    this.#begin(frame, (facts) => ({
      ...facts,
      session: undefined,
      wasCancelled: false,
      message: () => false,
      ...deal,
    }));
  }

  /** A notification of a client. */
  notify(frame: Frame, session: StdioSession | undefined): void {
    this.#room();
    const cancelled = cancelledRequestId(frame.message);
    if (cancelled === undefined) return this.#write(frame.text);
    const flight = this.#find(cancelled, session);
    if (flight === undefined) return;
    flight.wasCancelled = true;
    this.#write(withIds(frame, { cancelledId: flight.wireId }));
  }

  /** A client's reply to what the process asked. Passes only from whom it asked. */
  reply(frame: Frame, session: StdioSession | undefined): void {
    const { message } = frame;
    if ((message.kind !== 'result' && message.kind !== 'error') || message.id === null) return;
    const key = idKey(message.id);
    if (this.#asked.get(key)?.session !== session || !this.#asked.delete(key)) return;
    this.#room();
    this.#write(frame.text);
  }

  /** One line of the process's output. */
  receive(line: Uint8Array): void {
    const read = parseServerFrame(line, { maxBytes: this.#maxBytes });
    if (read.kind === 'unreadable') return this.#unreadable(read.text, read.reason);
    const { frame } = read;
    const { message } = frame;
    switch (message.kind) {
      case 'result':
      case 'error':
        return this.#answered(frame, message.id);
      case 'request':
        return this.#askedBy(frame, message.id, message.method);
      case 'notification':
        return this.#told(frame, message.method);
      default:
        return message satisfies never;
    }
  }

  /** The process is gone: what it was working on may have happened. */
  lose(reason: string): void {
    const error = new ExchangeError('server_failed', true, `The server’s process ${reason}.`);
    const flights = [...this.#flights.values()];
    this.#flights.clear();
    this.#byToken.clear();
    this.#asked.clear();
    for (const flight of flights) flight.fail(error);
    for (const session of this.#sessions.of(this)) session.listening?.fail(error);
  }

  #begin(
    frame: Frame,
    make: (facts: Pick<Flight, 'method' | 'id' | 'wireId' | 'progressToken'>) => Flight,
  ): Flight {
    const { message } = frame;
    if (message.kind !== 'request') throw new TypeError('only a request has an answer');
    this.#room();
    const progressToken = progressTokenOf(message);
    this.#lastId += 1;
    const wireId = this.kind === 'session' ? message.id.raw : String(this.#lastId);
    const flight = make({ method: message.method, id: message.id, wireId, progressToken });
    const key = this.kind === 'session' ? idKey(message.id) : `number:${wireId}`;
    if (this.#flights.has(key)) {
      throw new ExchangeError('refused', false, 'A request with this id is under way already.');
    }
    this.#flights.set(key, flight);
    const wireToken = this.kind === 'session' ? progressToken : wireId;
    if (progressToken !== undefined && wireToken !== undefined)
      this.#byToken.set(wireToken, flight);
    this.#write(
      this.kind === 'session' ? frame.text : withIds(frame, { id: wireId, progressToken: wireId }),
    );
    return flight;
  }

  /** @throws ExchangeError if the process doesn't read what it was sent */
  #room(): void {
    if (this.#child === undefined || this.#child.isClosed) {
      throw new ExchangeError('unavailable', false, 'The server’s process is gone.');
    }
    if (this.#child.queuedBytes > MAX_QUEUED_BYTES) {
      throw new ExchangeError('busy', false, 'The server doesn’t read what it is sent.');
    }
  }

  /** A line break in JSON can only stand between its parts. */
  #write(text: string): void {
    this.#child?.write(text.replaceAll(/[\r\n]/g, ' '));
  }

  #forget(flight: Flight): void {
    const key = this.kind === 'session' ? idKey(flight.id) : `number:${flight.wireId}`;
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
    const token = this.kind === 'session' ? flight.progressToken : flight.wireId;
    if (token !== undefined && this.#byToken.get(token) === flight) this.#byToken.delete(token);
  }

  /** The gateway gave the exchange up: whatever the revision, on stdio only this says so. */
  #abandon(flight: Flight): void {
    this.#forget(flight);
    flight.fail(undefined);
    // A process that is being set up can't be told, by the protocol.
    if (flight.wasCancelled || flight.method === 'initialize') return;
    this.#write(
      `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":${flight.wireId},"reason":"The client no longer waits."}}`,
    );
  }

  #find(id: JsonRpcId, session: StdioSession | undefined): Flight | undefined {
    if (this.kind === 'session') return this.#flights.get(idKey(id));
    const key = idKey(id);
    return [...this.#flights.values()].find(
      (flight) => flight.session === session && idKey(flight.id) === key,
    );
  }

  #answered(frame: Frame, id: JsonRpcId | null): void {
    const flight = id === null ? undefined : this.#flights.get(idKey(id));
    if (flight === undefined) return;
    this.#hasAnswered = true;
    this.#forget(flight);
    flight.answer(frame);
  }

  #told(frame: Frame, method: string): void {
    if (method === 'notifications/progress') {
      const flight = this.#byToken.get(progressTokenOf(frame.message) ?? '');
      const progressToken = flight?.progressToken;
      if (progressToken !== undefined) flight?.message(withIds(frame, { progressToken }));
      return;
    }
    const subscription = subscriptionIdOf(frame);
    if (subscription !== undefined) {
      const flight = this.#flights.get(subscriptionKey(subscription));
      flight?.message(withIds(frame, { subscriptionId: flight.id.raw }));
      return;
    }
    const cancelled = cancelledRequestId(frame.message);
    if (cancelled !== undefined) return this.#takenBack(frame, cancelled);
    this.#unrelated(frame, method);
  }

  /** The process no longer waits for what it asked. */
  #takenBack(frame: Frame, id: JsonRpcId): void {
    const asked = this.#asked.get(idKey(id));
    if (asked === undefined) return;
    this.#asked.delete(idKey(id));
    if (asked.flight?.message(frame.text) === true) return;
    if (asked.session?.listening !== undefined) writeEvent(asked.session.listening, frame.text);
  }

  /** A notification that names no request. Where it can't be told whose it is, nobody else gets it. */
  #unrelated(frame: Frame, method: string): void {
    if (this.kind === 'shared' && method.endsWith('/list_changed')) {
      return this.#toListeners(frame, () => true);
    }
    const uri = stringMember(
      frame.message.kind === 'notification' ? frame.message.params : undefined,
      'uri',
    );
    if (this.kind === 'shared' && method === 'notifications/resources/updated') {
      return this.#toListeners(frame, (session) => session.isSubscribedTo(uri ?? ''));
    }
    const target = this.#onlyOne();
    if (target.flight?.message(frame.text) === true) return;
    if (target.session?.listening !== undefined) writeEvent(target.session.listening, frame.text);
  }

  #toListeners(frame: Frame, includes: (session: StdioSession) => boolean): void {
    for (const session of this.#sessions.of(this)) {
      const { listening } = session;
      if (listening !== undefined && includes(session)) writeEvent(listening, frame.text);
    }
  }

  #askedBy(frame: Frame, id: JsonRpcId, method: string): void {
    if (this.kind !== 'session' && method === 'ping') {
      return this.#answerBack(`{"jsonrpc":"2.0","id":${id.raw},"result":{}}`);
    }
    const target = this.#onlyOne();
    if (this.#asked.size < MAX_ASKED) {
      if (target.flight?.message(frame.text) === true) {
        this.#asked.set(idKey(id), { session: target.session, flight: target.flight });
        return;
      }
      const listening = target.session?.listening;
      if (listening !== undefined && writeEvent(listening, frame.text)) {
        this.#asked.set(idKey(id), { session: target.session });
        return;
      }
    }
    const why = target.isAmbiguous ? AMBIGUOUS : NOBODY;
    this.#answerBack(rpcError(id, NOBODY_TO_ASK, why));
  }

  /** This end's own answers. One that asks and asks, and doesn't read, gets none. */
  #answerBack(text: string): void {
    if ((this.#child?.queuedBytes ?? 0) <= MAX_QUEUED_BYTES) this.#write(text);
  }

  /** The session, and of its calls the one, that an unrelated message can only be meant for. */
  #onlyOne(): { session: StdioSession | undefined; flight?: Flight; isAmbiguous: boolean } {
    const flights = [...this.#flights.values()];
    const flight = flights.at(-1);
    if (this.kind === 'session') {
      const [session] = this.#sessions.of(this);
      // Several calls of one client: its own stream fits better than any one of them.
      const prefersStream = flights.length > 1 && session?.listening !== undefined;
      return { session, isAmbiguous: false, ...(flight && !prefersStream && { flight }) };
    }
    const isAmbiguous =
      this.kind === 'stateless'
        ? flights.length > 1
        : flights.some(({ session }) => session !== flight?.session);
    if (flight === undefined || isAmbiguous) return { session: undefined, isAmbiguous };
    return { session: flight.session, flight, isAmbiguous };
  }

  #keepSubscriptions({ message }: Frame, session: StdioSession | undefined): void {
    if (message.kind !== 'request' || session === undefined) return;
    const uri = stringMember(message.params, 'uri');
    if (uri === undefined) return;
    if (message.method === 'resources/subscribe') session.subscribe(uri);
    if (message.method === 'resources/unsubscribe') session.unsubscribe(uri);
  }

  /** Never passed on. If it was meant as an answer, whoever waits for it must not wait for ever. */
  #unreadable(text: string, reason: string): void {
    // Cut only where the log, which hides secrets, has cut before: half a secret is none that it knows.
    this.#warn(`A line of its output is no message (${reason}): ${text.slice(0, MAX_SHOWN)}`);
    const id = idOfBroken(text);
    const flight = id === undefined ? undefined : this.#flights.get(id);
    if (flight === undefined) return;
    this.#forget(flight);
    flight.fail(
      new ExchangeError('server_failed', true, 'The server’s answer is no valid message.'),
    );
  }
}

function subscriptionKey(literal: string): string {
  return literal.startsWith('"') ? `string:${String(JSON.parse(literal))}` : `number:${literal}`;
}

/** The id of what JavaScript can read and this protocol can't. */
function idOfBroken(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('id' in value) || 'method' in value) {
      return undefined;
    }
    const { id } = value;
    return typeof id === 'string' || typeof id === 'number' ? `${typeof id}:${id}` : undefined;
  } catch {
    return undefined;
  }
}
