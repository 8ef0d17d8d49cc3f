import type { SseFields } from '@holdpoint/mcp';
import type { AgentExchange } from './agent-exchange.ts';
import type { HttpVisit } from './call.ts';
import type { Exchange } from './exchange.ts';

/**
 * The one event stream of an HTTP+SSE client (revision 2024-11-05): everything said to it goes here,
 * one message after the other, as fast as it reads.
 */
export class SseClientStream {
  readonly visit: HttpVisit;
  readonly #http: Exchange;
  /** Of the MCP session that `initialize` opened on it, as the agent would name it in a header. */
  #handle: string | undefined;
  /** The last revision that a message here named. */
  protocolVersion: string | undefined;
  #isListening = false;
  #isHandleSaid = false;
  #tail: Promise<unknown> = Promise.resolve();
  readonly #running = new Set<Promise<void>>();

  constructor(visit: HttpVisit, handle?: string) {
    this.visit = visit;
    this.#http = visit.exchange;
    this.#handle = handle;
  }

  get left(): AbortSignal {
    return this.#http.left;
  }

  get handle(): string | undefined {
    return this.#handle;
  }

  /**
   * The session's handle is also the id of the next message: a client that reconnects by itself, as an
   * `EventSource` does, shows it and is in its session again, at whichever process.
   */
  adopt(handle: string): void {
    this.#handle = handle;
    this.#isHandleSaid = false;
  }

  open(endpoint: string): void {
    this.#http.startStream();
    void this.#say({ event: 'endpoint', ...this.#unsaidHandle(), data: endpoint });
  }

  /**
   * `true` when the agent's side took all of it. The name is always `message`: a client listens to no
   * other but `endpoint`, and an upstream must not move a client's endpoint.
   */
  message(data: string): Promise<boolean> {
    return this.#say({ event: 'message', ...this.#unsaidHandle(), data });
  }

  #unsaidHandle(): { readonly id?: string } {
    if (this.#handle === undefined || this.#isHandleSaid) return {};
    this.#isHandleSaid = true;
    return { id: this.#handle };
  }

  comment(text: string): Promise<void> {
    return this.#http.comment(text);
  }

  /** Once: whoever reconnects or repeats itself gets what the upstream says once. */
  startListening(): boolean {
    if (this.#isListening) return false;
    return (this.#isListening = true);
  }

  /** What is under way for this stream; it ends before the stream does. */
  track(work: Promise<void>): Promise<void> {
    const tracked = work.finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
    return tracked;
  }

  async settled(): Promise<void> {
    await Promise.allSettled(this.#running);
    await this.#tail;
  }

  async end(): Promise<void> {
    await this.#http.end();
  }

  /** In order, and the next only when the last was taken: a slow reader fills no memory. */
  #say(fields: SseFields): Promise<boolean> {
    const said = this.#tail.then(() => this.#http.deliver(fields));
    this.#tail = said.catch(() => false);
    return said;
  }
}

/** One posted message of an HTTP+SSE client: accepted by its POST, answered on the stream. */
export class PostedMessage implements AgentExchange {
  requestId: AgentExchange['requestId'] = null;
  readonly resumable = null;
  readonly #stream: SseClientStream;
  readonly #post: Exchange;
  #isAccepted = false;
  #onAnswer: (() => void) | undefined;

  constructor(stream: SseClientStream, post: Exchange) {
    this.#stream = stream;
    this.#post = post;
  }

  get left(): AbortSignal {
    return this.#stream.left;
  }

  /** From then on nothing can be said on the POST. */
  get isStreaming(): boolean {
    return this.#isAccepted;
  }

  header(name: string): string | undefined {
    return name.toLowerCase() === 'mcp-session-id' ? this.#stream.handle : this.#post.header(name);
  }

  setHeader(name: string, value: string): void {
    if (name === 'mcp-session-id') this.#stream.adopt(value);
  }

  accept(): void {
    this.#isAccepted = true;
    void this.#post.end(undefined, 202);
  }

  onAnswer(callback: () => void): void {
    this.#onAnswer = callback;
  }

  /** It is open already. */
  startStream(): void {}

  comment(text: string): Promise<void> {
    return this.#stream.comment(text);
  }

  async event({ data }: SseFields): Promise<void> {
    if (data !== undefined && data !== '') await this.#stream.message(data);
  }

  async finish(_status: number, text: string): Promise<boolean> {
    this.#onAnswer?.();
    return this.#stream.message(text);
  }

  /** A message that asks for no answer is done when its POST is. */
  async end(body?: Uint8Array, status?: number): Promise<boolean> {
    return this.#isAccepted ? true : this.#post.end(body, status);
  }

  /** A stream without this answer goes on for all others. */
  cut(): void {}
}

/** What an upstream says on its own account, to an HTTP+SSE client. */
export class UnaskedMessages implements AgentExchange {
  requestId: AgentExchange['requestId'] = null;
  readonly resumable = null;
  readonly isStreaming = true;
  readonly #stream: SseClientStream;
  #lastEventId: string | undefined;
  #status: number | undefined;

  constructor(stream: SseClientStream, lastEventId?: string) {
    this.#stream = stream;
    this.#lastEventId = lastEventId;
  }

  /** The upstream's answer where it has no such stream. */
  get isRefused(): boolean {
    return this.#status !== undefined && this.#status >= 400;
  }

  /** As given out for a client to come back with; the gateway itself does here. */
  get lastEventId(): string | undefined {
    return this.#lastEventId;
  }

  get left(): AbortSignal {
    return this.#stream.left;
  }

  header(name: string): string | undefined {
    switch (name.toLowerCase()) {
      case 'accept':
        return 'text/event-stream';
      case 'mcp-session-id':
        return this.#stream.handle;
      case 'mcp-protocol-version':
        return this.#stream.protocolVersion;
      case 'last-event-id':
        return this.#lastEventId;
      default:
        return undefined;
    }
  }

  async event({ id, data }: SseFields): Promise<void> {
    if (data !== undefined && data !== '') await this.#stream.message(data);
    if (id !== undefined) this.#lastEventId = id === '' ? undefined : id;
  }

  comment(text: string): Promise<void> {
    return this.#stream.comment(text);
  }

  finish(_status: number, text: string): Promise<boolean> {
    return this.#stream.message(text);
  }

  async end(_body?: Uint8Array, status?: number): Promise<boolean> {
    this.#status = status;
    return true;
  }

  setHeader(): void {}
  accept(): void {}
  onAnswer(): void {}
  startStream(): void {}
  cut(): void {}
}
