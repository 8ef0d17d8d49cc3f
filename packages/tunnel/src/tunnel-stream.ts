import { FrameType, MAX_DATA_BYTES } from './frame.ts';
import type { AnswerHead, StreamReset } from './messages.ts';
import { TunnelError } from './tunnel.error.ts';

/** What either end may send on a stream before the other one has passed any of it on. */
export const WINDOW_BYTES = 256 * 1024;

/** What a frame costs beside its payload, so that many tiny ones fill a window like few large ones. */
export const FRAME_COST = 64;

/** A frame isn't cut smaller than this only because little credit is left: more comes in large steps. */
const SMALLEST_CUT = 4096;

/** How a stream tells its owner. What throws in here ends the stream, not the tunnel. */
export interface StreamHandlers {
  /** The answer's head, once, before any data. Only at the gateway's end. */
  onHead?(head: AnswerHead): void;
  /** A view that is the owner's from now on. Call {@link TunnelStream.pause} to get no more for now. */
  onData(chunk: Uint8Array): void;
  /** The other end sends no more; it may still read. */
  onEnd(): void;
  /** Ended by the other end, or with the tunnel: nothing is called after it. */
  onReset(reset: StreamReset): void;
  /** After a `write` that returned false: there is room again. */
  onDrain?(): void;
}

/** What a stream needs of its tunnel. */
export interface StreamLink {
  send(type: FrameType, stream: number, payload: Uint8Array, end: boolean): void;
  sendJson(type: FrameType, stream: number, value: object, end: boolean): void;
  sendCredit(stream: number, credit: number): void;
  /** Whether data may be handed to the socket now; control frames always may. */
  isPortFree(): boolean;
  /** Something of the owner's threw. */
  fault(error: unknown): void;
  /** Calls the stream's `flush` when the socket has room again. */
  awaitPort(stream: TunnelStream): void;
  /** Both halves have ended: nothing more can come for it. */
  forget(stream: TunnelStream): void;
  /** A reset has been sent and the other end's answer to it is awaited. */
  linger(stream: TunnelStream): void;
}

const NOTHING = new Uint8Array(0);

type SendState = 'head' | 'open' | 'ending' | 'ended';
type ReceiveState = 'head' | 'open' | 'ended';

/**
 * One exchange in a tunnel: a request going one way, its answer the other. Made by `Tunnel.open` at the
 * gateway, and by an OPEN frame at the connector.
 */
export class TunnelStream {
  readonly id: number;
  readonly #link: StreamLink;
  readonly #isOpener: boolean;
  #handlers: StreamHandlers | undefined;

  #sendState: SendState;
  #sendCredit = WINDOW_BYTES;
  readonly #outbox: Uint8Array[] = [];
  #outboxBytes = 0;
  #wantsDrain = false;

  #receiveState: ReceiveState;
  #receiveCredit = WINDOW_BYTES;
  #owedCredit = 0;
  readonly #inbox: Uint8Array[] = [];
  #isPaused = false;
  #isDelivering = false;
  #endIsDelivered = false;

  #wasReset = false;

  /** @internal by `Tunnel` only */
  constructor(facts: {
    readonly id: number;
    readonly link: StreamLink;
    readonly role: 'opener' | 'answerer';
    /** The opener sends no body. */
    readonly bodyless: boolean;
  }) {
    this.id = facts.id;
    this.#link = facts.link;
    this.#isOpener = facts.role === 'opener';
    const request = facts.bodyless ? 'ended' : 'open';
    this.#sendState = this.#isOpener ? request : 'head';
    this.#receiveState = this.#isOpener ? 'head' : request;
  }

  /** @internal */
  handleBy(handlers: StreamHandlers): void {
    this.#handlers = handlers;
    // A request without a body has ended before anybody could be told.
    this.#deliverEnd();
  }

  /** Whether nothing can be sent any more: ended, reset, or lost with the tunnel. */
  get isClosedForSending(): boolean {
    return this.#wasReset || this.#sendState === 'ending' || this.#sendState === 'ended';
  }

  /** Whether its owner has ended it, and some of it still waits. */
  get isEnding(): boolean {
    return this.#sendState === 'ending' && !this.#wasReset;
  }

  /** Bytes given to `write` that wait for credit or for the socket. */
  get queuedBytes(): number {
    return this.#outboxBytes;
  }

  /**
   * The answer's head. Only at the connector's end, once, before any data.
   *
   * @param end - the answer has no body.
   * @throws TunnelError `head_too_large`
   */
  respond(head: AnswerHead, end = false): void {
    if (this.#wasReset) return;
    if (this.#sendState !== 'head') throw misuse('An answer has one head.');
    this.#link.sendJson(FrameType.head, this.id, head, end);
    this.#sendState = end ? 'ended' : 'open';
    if (end) this.#forgetIfDone();
  }

  /**
   * Sends what may be sent now and keeps the rest, as a view: the bytes must not change any more.
   *
   * @returns false if some of it waits: better to write no more until `onDrain`. On a stream that has
   * been reset nothing is sent, and true is returned.
   */
  write(chunk: Uint8Array): boolean {
    if (this.#wasReset || chunk.byteLength === 0) return true;
    if (this.#sendState !== 'open') throw misuse('Data belongs between the head and the end.');
    this.#outbox.push(chunk);
    this.#outboxBytes += chunk.byteLength;
    this.#wantsDrain = false;
    this.flush();
    this.#wantsDrain = this.#outboxBytes > 0;
    return !this.#wantsDrain;
  }

  /** This end sends no more, but for `last`. What waits is still sent. */
  end(last: Uint8Array = NOTHING): void {
    if (this.#wasReset) return;
    if (this.#sendState !== 'open') throw misuse('A stream ends once, after its head.');
    if (last.byteLength > 0) {
      this.#outbox.push(last);
      this.#outboxBytes += last.byteLength;
    }
    this.#sendState = 'ending';
    this.flush();
  }

  /** Ends both halves at once. Nothing is called afterwards; calling it again does nothing. */
  reset(reset: StreamReset): void {
    if (this.#wasReset) return;
    const wasOver = this.#isOver();
    this.#drop();
    if (wasOver) return;
    this.#link.sendJson(FrameType.reset, this.id, reset, false);
    // The other end answers a reset with its own, unless it has already finished with the stream.
    this.#link.linger(this);
  }

  /** No `onData` and no `onEnd` until `resume`. At most a window waits meanwhile. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#deliver();
  }

  /** @internal Sends what credit and socket allow; called again when either has grown. */
  flush(): void {
    if (this.#wasReset) return;
    while (this.#outboxBytes > 0) {
      const size = this.#sendable();
      if (size === 0) return;
      if (!this.#link.isPortFree()) return this.#link.awaitPort(this);
      this.#sendOne(size);
    }
    if (this.#sendState === 'ending') {
      this.#sendState = 'ended';
      this.#link.send(FrameType.end, this.id, NOTHING, false);
      this.#forgetIfDone();
    }
    this.#tellDrained();
  }

  /** @internal Sends one frame's worth, so that streams which wait for the socket take turns. */
  flushOne(): boolean {
    const size = this.#wasReset ? 0 : this.#sendable();
    if (size > 0) this.#sendOne(size);
    if (this.#outboxBytes > 0) return this.#sendable() > 0;
    this.flush();
    return false;
  }

  /** @internal */
  receiveHead(head: AnswerHead, end: boolean): void {
    if (!this.#isOpener || this.#receiveState !== 'head') throw violation('A head came twice.');
    this.#receiveState = end ? 'ended' : 'open';
    if (!this.#wasReset) this.#call(() => this.#handlers?.onHead?.(head));
    if (end) this.#receivedEnd();
  }

  /** @internal */
  receiveData(chunk: Uint8Array, end: boolean): void {
    if (this.#receiveState !== 'open') throw violation('Data came before a head or after an end.');
    if (chunk.byteLength === 0) throw violation('A data frame is empty.');
    this.#receiveCredit -= cost(chunk);
    if (this.#receiveCredit < 0) throw violation('More data came than there was credit for.');
    if (end) this.#receiveState = 'ended';
    if (!this.#wasReset) {
      this.#inbox.push(chunk);
      this.#deliver();
    }
    if (end) this.#receivedEnd();
  }

  /** @internal */
  receiveEnd(): void {
    if (this.#receiveState !== 'open') throw violation('An end came before a head or twice.');
    this.#receiveState = 'ended';
    this.#receivedEnd();
  }

  /** @internal */
  receiveReset(reset: StreamReset): void {
    this.#link.forget(this);
    if (this.#wasReset) return;
    this.#drop();
    // The answer by which the other end knows that nothing more comes from here.
    const answer: StreamReset = { code: 'cancelled', sent: true, message: '' };
    this.#link.sendJson(FrameType.reset, this.id, answer, false);
    this.#call(() => this.#handlers?.onReset(reset));
  }

  /** @internal */
  receiveCredit(credit: number): void {
    this.#sendCredit += credit;
    if (credit === 0 || this.#sendCredit > WINDOW_BYTES) {
      throw violation('More credit came than had been used.');
    }
    this.flush();
  }

  /** @internal The tunnel is gone. */
  lose(reset: StreamReset): void {
    if (this.#wasReset || this.#isOver()) return;
    this.#drop();
    this.#call(() => this.#handlers?.onReset(reset));
  }

  #sendable(): number {
    const most = Math.min(this.#outboxBytes, MAX_DATA_BYTES);
    const size = Math.min(most, this.#sendCredit - FRAME_COST);
    return size < most && size < SMALLEST_CUT ? 0 : size;
  }

  #sendOne(size: number): void {
    const payload = this.#take(size);
    const isLast = this.#outboxBytes === 0 && this.#sendState === 'ending';
    this.#sendCredit -= cost(payload);
    if (isLast) this.#sendState = 'ended';
    this.#link.send(FrameType.data, this.id, payload, isLast);
    if (isLast) this.#forgetIfDone();
  }

  /** What waited in pieces leaves as one frame. */
  #take(size: number): Uint8Array {
    const first = this.#outbox[0] ?? NOTHING;
    this.#outboxBytes -= size;
    if (first.byteLength === size) {
      this.#outbox.shift();
      return first;
    }
    if (first.byteLength > size) {
      this.#outbox[0] = first.subarray(size);
      return first.subarray(0, size);
    }
    const joined = new Uint8Array(size);
    for (let at = 0; at < size;) {
      const next = this.#outbox[0] ?? NOTHING;
      const part = next.subarray(0, size - at);
      joined.set(part, at);
      at += part.byteLength;
      if (part.byteLength === next.byteLength) this.#outbox.shift();
      else this.#outbox[0] = next.subarray(part.byteLength);
    }
    return joined;
  }

  #tellDrained(): void {
    if (!this.#wantsDrain) return;
    this.#wantsDrain = false;
    this.#call(() => this.#handlers?.onDrain?.());
  }

  #deliver(): void {
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    try {
      while (!this.#isPaused && !this.#wasReset) {
        const chunk = this.#inbox.shift();
        if (chunk === undefined) break;
        this.#call(() => this.#handlers?.onData(chunk));
        this.#giveBack(cost(chunk));
      }
    } finally {
      this.#isDelivering = false;
    }
    this.#deliverEnd();
  }

  #deliverEnd(): void {
    const isDue = this.#receiveState === 'ended' && this.#inbox.length === 0;
    if (!isDue || this.#isPaused || this.#wasReset || this.#endIsDelivered) return;
    this.#endIsDelivered = true;
    this.#call(() => this.#handlers?.onEnd());
  }

  #giveBack(bytes: number): void {
    if (this.#receiveState === 'ended' || this.#wasReset) return;
    this.#owedCredit += bytes;
    if (this.#owedCredit < WINDOW_BYTES / 2) return;
    this.#receiveCredit += this.#owedCredit;
    this.#link.sendCredit(this.id, this.#owedCredit);
    this.#owedCredit = 0;
  }

  #receivedEnd(): void {
    // It had our END when it sent its own: it has finished, and won't answer our reset.
    if (this.#wasReset) {
      if (this.#sendState === 'ended') this.#link.forget(this);
      return;
    }
    this.#forgetIfDone();
    this.#deliverEnd();
  }

  #forgetIfDone(): void {
    if (this.#isOver()) this.#link.forget(this);
  }

  #isOver(): boolean {
    return this.#sendState === 'ended' && this.#receiveState === 'ended';
  }

  #drop(): void {
    this.#wasReset = true;
    this.#outbox.length = 0;
    this.#outboxBytes = 0;
    this.#inbox.length = 0;
  }

  /** A fault of the owner ends this stream, never the tunnel with all the others. */
  #call(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#link.fault(error);
      this.reset({ code: 'internal', sent: true, message: 'The exchange failed at the far end.' });
    }
  }
}

function cost(chunk: Uint8Array): number {
  return chunk.byteLength + FRAME_COST;
}

function violation(message: string): TunnelError {
  return new TunnelError('protocol', message);
}

function misuse(message: string): TunnelError {
  return new TunnelError('closed', message);
}
