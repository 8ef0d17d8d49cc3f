import type { Frame, SseFields } from '@holdpoint/mcp';
import { GatewayError } from '../platform/gateway.error.ts';
import type { AgentExchange } from './agent-exchange.ts';
import type { Exchange } from './exchange.ts';
import { methodOf } from './call.ts';
import { errorText, toGatewayError } from './refusal.ts';

/** The one revision that had JSON-RPC batches, and which a client without the header is taken for. */
const REVISION = '2025-03-26';

/** Whether a client may send a batch: only where its revision knows them. */
export function mayBatch(exchange: Pick<AgentExchange, 'header'>): boolean {
  return (exchange.header('mcp-protocol-version') ?? REVISION) === REVISION;
}

/**
 * Several messages in one request, each of them judged, recorded and carried out as if it had come by
 * itself. All are answered on one stream, in the order in which their answers come.
 */
export class Batch {
  readonly frames: readonly Frame[];
  readonly #exchange: Exchange;
  #tail: Promise<unknown> = Promise.resolve();

  /** @throws GatewayError `invalid_request`: nothing of it is carried out then */
  constructor(exchange: Exchange, frames: readonly Frame[]) {
    if (frames.some((frame) => methodOf({ frame }) === 'initialize'))
      throw new GatewayError('invalid_request', 'Send initialize by itself, not in a batch.');
    this.#exchange = exchange;
    this.frames = frames;
  }

  /** Resolves when every message is done with. `take` takes one. */
  async run(take: (frame: Frame, exchange: AgentExchange) => Promise<void>): Promise<void> {
    await Promise.all(this.frames.map((frame) => this.#one(frame, take)));
    await this.#tail;
    await this.#exchange.end(undefined, 202);
  }

  async #one(frame: Frame, take: Parameters<Batch['run']>[0]): Promise<void> {
    const message = new BatchedMessage(this, this.#exchange);
    try {
      await take(frame, message);
    } catch (error) {
      const refusal = toGatewayError(error);
      const isRequest = frame.message.kind === 'request';
      // Of the session, and so of all of them: told as for a single message, which clients understand.
      if (refusal.code === 'unknown_session' || this.#asksForNothing()) throw refusal;
      if (isRequest)
        await this.say({ event: 'message', data: errorText(frame.message.id, refusal) });
    }
  }

  #asksForNothing(): boolean {
    return !this.frames.some(({ message }) => message.kind === 'request');
  }

  /** One after the other: two that write at once would wait for each other's room. */
  say(fields: SseFields): Promise<boolean> {
    this.#exchange.startStream();
    const said = this.#tail.then(() => this.#exchange.deliver(fields));
    this.#tail = said.catch(() => false);
    return said;
  }
}

/** One message of a batch: answered on the stream that all of them share. */
class BatchedMessage implements AgentExchange {
  requestId: AgentExchange['requestId'] = null;
  /** What a stream of several would have to resume can't be told apart. */
  readonly resumable = null;
  readonly #batch: Batch;
  readonly #exchange: Exchange;
  #onAnswer: (() => void) | undefined;

  constructor(batch: Batch, exchange: Exchange) {
    this.#batch = batch;
    this.#exchange = exchange;
  }

  get left(): AbortSignal {
    return this.#exchange.left;
  }

  get isStreaming(): boolean {
    return this.#exchange.isStreaming;
  }

  header(name: string): string | undefined {
    return this.#exchange.header(name);
  }

  startStream(): void {
    this.#exchange.startStream();
  }

  onAnswer(callback: () => void): void {
    this.#onAnswer = callback;
  }

  comment(text: string): Promise<void> {
    return this.#exchange.comment(text);
  }

  /** Ids are for resuming, which a shared stream doesn't offer. */
  async event({ data }: SseFields): Promise<void> {
    if (data !== undefined && data !== '') await this.#batch.say({ event: 'message', data });
  }

  finish(_status: number, text: string): Promise<boolean> {
    this.#onAnswer?.();
    return this.#batch.say({ event: 'message', data: text });
  }

  /** The exchange ends with the last of them. */
  async end(): Promise<boolean> {
    return true;
  }

  setHeader(): void {}
  accept(): void {}
  cut(): void {}
}
