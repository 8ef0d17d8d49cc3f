import type { SseEvent } from '@holdpoint/mcp';
import type { Outgoing } from './outgoing.ts';
import { openSseServer, type SseServerRefusal, type SseServerStream } from './sse-server-stream.ts';
import {
  failure,
  failureOf,
  MAX_ANSWER_BYTES,
  postMessage,
  refusalOf,
  replyIn,
  type Exchange,
  type ExchangeFailure,
  type Talk,
  type UpstreamAddress,
} from './upstream-exchange.ts';

/** The gateway's own messages to an HTTP+SSE server: posted one by one, answered on the one stream. */
export class SseTalk implements Talk {
  readonly #outgoing: Outgoing;
  readonly #address: UpstreamAddress;
  readonly #stream: SseServerStream;
  readonly #events: AsyncIterator<SseEvent>;

  private constructor(outgoing: Outgoing, address: UpstreamAddress, stream: SseServerStream) {
    this.#outgoing = outgoing;
    this.#address = address;
    this.#stream = stream;
    this.#events = stream.events[Symbol.asyncIterator]();
  }

  static async open(
    outgoing: Outgoing,
    address: UpstreamAddress,
    signal: AbortSignal,
  ): Promise<SseTalk | ExchangeFailure> {
    try {
      const options = { maxEventBytes: MAX_ANSWER_BYTES, headers: {}, signal };
      const stream = await openSseServer(outgoing, address, options);
      return stream.ok ? new SseTalk(outgoing, address, stream) : failureFor(stream);
    } catch (error) {
      return failureOf(error);
    }
  }

  async say(...[message, options]: Parameters<Talk['say']>): Promise<Exchange> {
    try {
      const to = { ...this.#address, url: this.#stream.endpoint };
      const posted = await postMessage(this.#outgoing, to, message, options);
      posted.body.on('error', () => undefined).destroy();
      const refusal = refusalOf(posted.statusCode);
      if (refusal !== undefined) return refusal;
      if (message.id === null) return { ok: true, headers: {}, frame: null };
      for (;;) {
        const { value, done } = await this.#events.next();
        if (done === true)
          return failure('not_mcp', 'The upstream closed its stream before it answered.');
        const reply = value.kind === 'message' ? replyIn(value.data ?? '', message.id) : undefined;
        if (reply !== undefined) return { ok: true, headers: {}, frame: reply };
      }
    } catch (error) {
      return failureOf(error);
    }
  }

  /** The end of the stream is the end of its session. */
  async leave(): Promise<void> {
    this.#stream.close();
  }
}

function failureFor(refusal: SseServerRefusal): ExchangeFailure {
  switch (refusal.why) {
    case 'status':
      return (
        refusalOf(refusal.status) ??
        failure('not_mcp', 'The address answers, but with no event stream.')
      );
    case 'no_stream':
      return failure('not_mcp', 'The address answers, but with no event stream.');
    case 'no_endpoint':
      return failure('not_mcp', 'The event stream does not say where messages go.');
    case 'foreign_endpoint':
      return failure(
        'address_refused',
        'The upstream wants its messages at another origin than its own. That is refused: the credential is for this one.',
      );
    default:
      return refusal satisfies never;
  }
}
