import type { OpenHead, StreamHandlers, StreamReset, TunnelStream } from '@holdpoint/tunnel';
import { ExchangeError } from '../connector.error.ts';

/** What all exchanges together may hold of requests that aren't with their server yet. */
export class PendingBytes {
  readonly #most: number;
  #held = 0;

  constructor(most: number) {
    this.#most = most;
  }

  take(bytes: number): boolean {
    if (this.#held + bytes > this.#most) return false;
    this.#held += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#held -= bytes;
  }

  /** How full it is, 0 to 1. */
  get share(): number {
    return this.#held / this.#most;
  }
}

/** What of stdio servers' answers waits for the gateway, whose credit alone lets it leave. */
export class AnswerRoom {
  readonly #most: number;
  readonly #waiting = new Set<TunnelStream>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether another message may wait: at most one goes beyond the bound. */
  get isLeft(): boolean {
    let held = 0;
    for (const stream of this.#waiting) {
      const { queuedBytes } = stream;
      if (queuedBytes === 0) this.#waiting.delete(stream);
      held += queuedBytes;
    }
    return held < this.#most;
  }

  note(stream: TunnelStream): void {
    if (stream.queuedBytes > 0) this.#waiting.add(stream);
  }
}

const NOTHING = new Uint8Array(0);
/** What a piece of a request takes beside its bytes: many tiny ones must not fill the memory unseen. */
const PIECE_COST = 256;

/**
 * One exchange of the gateway with one server: first its whole request comes together, then a front
 * answers it. Everything in the request is the gateway's, and so hostile.
 */
export class Exchange implements StreamHandlers {
  readonly head: OpenHead;
  /** Waits for the server to speak, without an end of its own: a drain doesn't wait for it. */
  isListening = false;

  readonly #stream: TunnelStream;
  readonly #pending: PendingBytes;
  readonly #answers: AnswerRoom;
  readonly #maxBytes: number;
  readonly #begin: (exchange: Exchange) => void;
  readonly #finished: (exchange: Exchange) => void;
  #chunks: Uint8Array[] = [];
  /** Of the request. */
  #bytes = 0;
  /** Of the room that all exchanges share. */
  #held = 0;
  #isOver = false;
  #hasHead = false;
  #onAbort: (() => void) | undefined;
  #onRoom: (() => void) | undefined;

  constructor(facts: {
    readonly head: OpenHead;
    readonly stream: TunnelStream;
    readonly pending: PendingBytes;
    readonly answers: AnswerRoom;
    readonly maxBytes: number;
    /** The request is whole. */
    readonly begin: (exchange: Exchange) => void;
    /** Called once, however it ends. */
    readonly finished: (exchange: Exchange) => void;
  }) {
    this.head = facts.head;
    this.#stream = facts.stream;
    this.#pending = facts.pending;
    this.#answers = facts.answers;
    this.#maxBytes = facts.maxBytes;
    this.#begin = facts.begin;
    this.#finished = facts.finished;
  }

  onData(chunk: Uint8Array): void {
    if (this.#isOver) return;
    this.#bytes += chunk.byteLength;
    if (this.#bytes > this.#maxBytes) {
      return this.fail(
        new ExchangeError(
          'refused',
          false,
          `A request may be ${this.#maxBytes} bytes long at most.`,
        ),
      );
    }
    const room = chunk.byteLength + PIECE_COST;
    if (!this.#pending.take(room)) {
      return this.fail(
        new ExchangeError('busy', false, 'The connector is reading too much at once.'),
      );
    }
    this.#held += room;
    this.#chunks.push(chunk);
  }

  onEnd(): void {
    if (this.#isOver) return;
    try {
      this.#begin(this);
    } catch (error) {
      this.fail(error);
    }
  }

  onReset(): void {
    const abort = this.#onAbort;
    this.#finish();
    abort?.();
  }

  onDrain(): void {
    this.#onRoom?.();
  }

  /** Whether it has ended in any way: nothing that is done to it has an effect any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get hasHead(): boolean {
    return this.#hasHead;
  }

  /** Answer bytes that the gateway hasn't taken yet. */
  get queuedBytes(): number {
    return this.#stream.queuedBytes;
  }

  /** Called once if the gateway gives up, or the tunnel is lost, before the answer has ended. */
  whenAborted(run: () => void): void {
    this.#onAbort = run;
  }

  /** Called whenever `write` has returned false and there is room again. */
  whenRoom(run: () => void): void {
    this.#onRoom = run;
  }

  /** The request's body, in one piece. Can be taken once. */
  takeBody(): Uint8Array {
    const [first, ...others] = this.#chunks;
    this.#chunks = [];
    if (first === undefined) return NOTHING;
    return others.length === 0 ? first : Buffer.concat([first, ...others]);
  }

  /** The request is with its server, and takes no room here any more. */
  release(): void {
    this.#pending.give(this.#held);
    this.#held = 0;
    this.#chunks = [];
  }

  respond(status: number, headers: Readonly<Record<string, string>>): void {
    if (this.#isOver) return;
    this.#hasHead = true;
    this.#stream.respond({ status, headers });
  }

  /**
   * Of a server that can be held back.
   *
   * @returns false if better nothing more is written until there is room
   */
  write(chunk: Uint8Array): boolean {
    return this.#isOver || this.#stream.write(chunk);
  }

  /**
   * Of a server that can't be held back.
   *
   * @returns false if there was no room for it, so it is not written
   */
  tell(message: Uint8Array): boolean {
    if (!this.#answers.isLeft) return false;
    if (this.#isOver) return true;
    this.#stream.write(message);
    this.#answers.note(this.#stream);
    return true;
  }

  /** @param last - whole, of a server that can't be held back */
  end(last?: Uint8Array): void {
    if (this.#isOver) return;
    if (last !== undefined && !this.#answers.isLeft) {
      const message = 'The gateway doesn’t take the answers that wait for it here.';
      return this.fail(new ExchangeError('busy', true, message));
    }
    this.#stream.end(last);
    if (last !== undefined) this.#answers.note(this.#stream);
    this.#finish();
  }

  /** A whole answer at once. */
  answer(status: number, headers: Readonly<Record<string, string>>, body: Uint8Array): void {
    if (this.#isOver) return;
    if (body.byteLength === 0) {
      this.#stream.respond({ status, headers }, true);
      return this.#finish();
    }
    this.respond(status, headers);
    this.end(body);
  }

  /** Ends it without an answer. What isn't an `ExchangeError` says nothing of itself to the gateway. */
  fail(error: unknown): void {
    if (this.#isOver) return;
    const reset: StreamReset =
      error instanceof ExchangeError
        ? error.reset
        : { code: 'internal', sent: true, message: 'The connector failed at this exchange.' };
    this.#stream.reset(reset);
    this.#finish();
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.release();
    this.#onAbort = undefined;
    this.#finished(this);
  }
}
