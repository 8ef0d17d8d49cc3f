import { encodeSseEvent, type Frame, type JsonRpcId, member } from '@holdpoint/mcp';
import type { Exchange } from '../servers/exchange.ts';
import { withIds } from './frame-edits.ts';
import type { StdioSession } from './stdio-session.ts';

const SSE = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' };
const JSON_TYPE = { 'content-type': 'application/json' };
/** After this long without any message a client learns at least that its answer will be a stream. */
const HEAD_AFTER_MS = 3000;
/** Notifications for a reader that stands still are dropped above this. */
const MAX_QUEUED_BYTES = 1024 * 1024;

/** What an HTTP server of 2026-07-28 says with its status, and one on stdio only with its error. */
const STATUS_OF_ERROR: Readonly<Record<string, number>> = {
  '-32601': 404,
  '-32020': 400,
  '-32021': 400,
  '-32022': 400,
};

const encoder = new TextEncoder();

/** Writes one message of a server as an event. @returns false if the reader, or all of them, stand still */
export function writeEvent(exchange: Exchange, text: string): boolean {
  if (exchange.queuedBytes > MAX_QUEUED_BYTES) return false;
  return exchange.tell(encoder.encode(encodeSseEvent({ event: 'message', data: text })));
}

/** Begins a stream of events. */
export function beginEvents(exchange: Exchange, headers: Readonly<Record<string, string>>): void {
  exchange.respond(200, { ...SSE, ...headers });
}

/** One request of a client that a server is working on. */
export interface Flight {
  readonly session: StdioSession | undefined;
  readonly method: string;
  /** As the client wrote it. */
  readonly id: JsonRpcId;
  /** As the server knows it. */
  readonly wireId: string;
  readonly progressToken: string | undefined;
  wasCancelled: boolean;
  /** Something of the server's before its answer. @returns false if it couldn't be passed on */
  message(text: string): boolean;
  answer(frame: Frame): void;
  fail(error: unknown): void;
}

/** A flight that ends in an exchange: as JSON, or as a stream if something comes before the answer. */
export class ExchangeFlight implements Flight {
  readonly session: StdioSession | undefined;
  readonly method: string;
  readonly id: JsonRpcId;
  readonly wireId: string;
  readonly progressToken: string | undefined;
  wasCancelled = false;
  readonly #exchange: Exchange;
  readonly #takesEvents: boolean;
  readonly #timer: NodeJS.Timeout;

  constructor(
    exchange: Exchange,
    facts: Pick<Flight, 'session' | 'method' | 'id' | 'wireId' | 'progressToken'>,
  ) {
    this.#exchange = exchange;
    this.session = facts.session;
    this.method = facts.method;
    this.id = facts.id;
    this.wireId = facts.wireId;
    this.progressToken = facts.progressToken;
    this.#takesEvents = (exchange.head.headers['accept'] ?? '').includes('text/event-stream');
    this.#timer = setTimeout(() => this.#begin(), HEAD_AFTER_MS);
    this.#timer.unref();
  }

  message(text: string): boolean {
    if (!this.#takesEvents || this.#exchange.isOver) return false;
    this.#begin();
    return writeEvent(this.#exchange, text);
  }

  answer(frame: Frame): void {
    clearTimeout(this.#timer);
    const text = withIds(frame, {
      id: this.id.raw,
      ...(this.method === 'subscriptions/listen' && { subscriptionId: this.id.raw }),
    });
    if (!this.#exchange.hasHead) {
      return this.#exchange.answer(this.#statusOf(frame), JSON_TYPE, encoder.encode(text));
    }
    this.#exchange.end(encoder.encode(encodeSseEvent({ event: 'message', data: text })));
  }

  fail(error: unknown): void {
    clearTimeout(this.#timer);
    this.#exchange.fail(error);
  }

  #statusOf({ message }: Frame): number {
    if (this.session !== undefined || message.kind !== 'error') return 200;
    const code = member(message.error, 'code');
    return (code?.kind === 'number' ? STATUS_OF_ERROR[code.raw] : undefined) ?? 200;
  }

  #begin(): void {
    if (this.#exchange.hasHead || this.#exchange.isOver || !this.#takesEvents) return;
    beginEvents(this.#exchange, {});
  }
}
