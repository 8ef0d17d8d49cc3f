import type { IncomingMessage, ServerResponse } from 'node:http';
import { encodeSseComment, encodeSseEvent, type JsonRpcId, type SseFields } from '@holdpoint/mcp';
import type { AgentExchange, LastMessage } from './agent-exchange.ts';
import { throwAway } from './throw-away.ts';

/** Proxies and clients give up on a silent stream; Node's fetch after 300 s, load balancers often after 60 s. */
const KEEP_ALIVE_MS = 15_000;
/** An agent that takes no byte for this long is gone, though its socket says otherwise: it must not hold a call, or memory, for ever. */
const STALLED_MS = 60_000;

/**
 * One HTTP exchange with an agent: its request, and an answer that is either one JSON body or an event
 * stream. Knows whether the agent left; a socket that the gateway closes is never a disconnect.
 */
export class Exchange implements AgentExchange {
  readonly request: IncomingMessage;
  readonly resumable = this;
  requestId: JsonRpcId | null = null;
  #response: ServerResponse;
  readonly #left = new AbortController();
  #closedByUs = false;
  #isPaused = false;
  #onAnswer: (() => void) | undefined;
  #keepAlive: NodeJS.Timeout | undefined;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.request = request;
    this.#response = response;
    response.on('close', () => {
      clearInterval(this.#keepAlive);
      if (!response.writableFinished && !this.#closedByUs) this.#left.abort();
    });
    // A reset socket also closes; unheard, its error would end the process.
    response.on('error', () => undefined);
    request.on('error', () => undefined);
  }

  get left(): AbortSignal {
    return this.#left.signal;
  }

  /** Whether nobody is there to be told anything. */
  get hasLeft(): boolean {
    return this.#left.signal.aborted || (this.request.destroyed && !this.request.complete);
  }

  get isStreaming(): boolean {
    return this.#response.headersSent && this.#keepAlive !== undefined;
  }

  /** Nothing to say yet: status and headers wait for the answer. */
  accept(): void {}

  onAnswer(callback: () => void): void {
    this.#onAnswer = callback;
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name.toLowerCase()];
    // A header sent twice has no single meaning: neither reading is taken.
    return Array.isArray(value) ? undefined : value;
  }

  setHeader(name: string, value: string): void {
    if (!this.#response.headersSent) this.#response.setHeader(name, value);
  }

  startStream(): void {
    if (this.#response.headersSent) return;
    this.#response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    this.#response.flushHeaders();
    this.#response.socket?.setNoDelay(true);
    this.#keepAlive = setInterval(() => void this.comment('waiting'), KEEP_ALIVE_MS).unref();
  }

  /** Ends the stream before the answer; what is said until the agent comes back is lost to it. */
  async pause(): Promise<void> {
    await this.end();
    this.#isPaused = true;
  }

  /** The agent came back on another exchange: what follows goes there, on a stream again. */
  continueOn(other: Exchange): void {
    this.#isPaused = false;
    this.#response = other.#response;
    this.startStream();
    // The other one only brought the socket, which takes the timer with it when it closes.
    other.#keepAlive = this.#keepAlive;
  }

  async comment(text: string): Promise<void> {
    await this.#write(encodeSseComment(text));
  }

  /** A slow reader slows its own stream down. */
  async event(fields: SseFields): Promise<void> {
    await this.#write(encodeSseEvent(fields));
  }

  /** One event of a stream that goes on; `true` when the agent's side took all of it. */
  async deliver(fields: SseFields): Promise<boolean> {
    const response = this.#response;
    if (response.destroyed || response.writableEnded) return false;
    const text = encodeSseEvent(fields);
    return this.#unlessStalled(
      new Promise((resolve) => {
        const gone = () => resolve(false);
        response.once('close', gone);
        response.write(text, (error) => {
          response.off('close', gone);
          resolve(error == null);
        });
      }),
    );
  }

  async #write(text: string): Promise<void> {
    if (this.#response.destroyed || this.#response.writableEnded) return;
    if (this.#response.write(text)) return;
    await this.#unlessStalled(
      new Promise<void>((resolve) => {
        const done = () => {
          this.#response.off('drain', done).off('close', done);
          resolve();
        };
        this.#response.once('drain', done).once('close', done);
      }),
    );
  }

  async finish(
    status: number,
    text: string,
    { eventId, bytes }: LastMessage = {},
  ): Promise<boolean> {
    this.#onAnswer?.();
    // A `GET` asked for a stream: the answer to what it resumes comes on one.
    if (status === 200 && this.request.method === 'GET') this.startStream();
    if (this.isStreaming) {
      const id = eventId === undefined ? {} : { id: eventId };
      await this.event({ event: 'message', ...id, data: text });
      return this.end();
    }
    if (this.#response.headersSent) return this.end();
    const body = bytes ?? Buffer.from(text, 'utf8');
    this.#response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': body.length,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    if (this.request.complete) return this.end(body);
    // Closed while the agent still writes, the socket would be reset and the answer lost with it.
    this.#response.write(body);
    await throwAway(this.request);
    return this.end();
  }

  /** Ends without a body, or ends an open stream. */
  async end(body?: Uint8Array, status?: number): Promise<boolean> {
    if (this.#isPaused) return false;
    clearInterval(this.#keepAlive);
    const response = this.#response;
    if (response.destroyed || response.writableEnded) return response.writableFinished;
    if (status !== undefined && !response.headersSent)
      response.writeHead(status, { 'cache-control': 'no-store' });
    return this.#unlessStalled(
      new Promise((resolve) => {
        response
          .once('finish', () => resolve(true))
          .once('close', () => resolve(response.writableFinished));
        response.end(body);
      }),
    );
  }

  async #unlessStalled<T>(taken: Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.#response.destroy(), STALLED_MS).unref();
    return taken.finally(() => clearTimeout(timer));
  }

  /** Cuts the socket, so that the client sees a broken stream and no false end. */
  cut(): void {
    this.#closedByUs = true;
    this.#response.destroy();
  }
}
