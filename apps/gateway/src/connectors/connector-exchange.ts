import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  TunnelError,
  type AnswerHead,
  type OpenHead,
  type StreamHandlers,
  type StreamReset,
  type Tunnel,
  type TunnelStream,
} from '@holdpoint/tunnel';
import type { OutgoingAnswer, OutgoingRequest } from '../connections/http-outgoing.ts';
import { markUnsent } from '../connections/outgoing-failure.ts';
import { ConnectorFailure, failureOfReset, notSent } from './connector-failure.ts';

/**
 * What goes through a tunnel of a request's headers. SECURITY: never a credential: the connector has
 * its own, and drops what it doesn't know as well.
 */
const PASSED_ON = /^(accept|content-type|last-event-id|user-agent|mcp-[a-z0-9-]+)$/;
/** Of an answer's: `content-length` is not kept by whoever cuts it into frames, so it promises nothing. */
const BROUGHT_BACK: readonly string[] = ['content-type', 'mcp-session-id'];

export function passedOn(headers: OutgoingRequest['headers'] = {}): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return Object.fromEntries(entries.filter(([name = '']) => PASSED_ON.test(name)));
}

export interface Exchanged {
  readonly head: OpenHead;
  readonly options: Pick<OutgoingRequest, 'body' | 'signal' | 'headersTimeoutMs' | 'bodyTimeoutMs'>;
}

/**
 * One request through one tunnel, and its answer in the shape that HTTP would give it.
 * INVARIANT: it is marked unsent only while no frame of it has left, or where the other end says so.
 */
export function exchange(tunnel: Tunnel, { head, options }: Exchanged): Promise<OutgoingAnswer> {
  return new Promise((resolve, reject) => {
    const { signal } = options;
    if (signal?.aborted === true) return reject(markUnsent(abortedBy(signal)));
    const body = new TunnelBody(options, reject, (status, headers) =>
      resolve({ statusCode: status, headers, body }),
    );
    const payload = options.body;
    try {
      body.begin((handlers) => tunnel.open(head, handlers, payload === undefined));
    } catch (error) {
      return reject(error instanceof TunnelError ? unopened(error) : error);
    }
    if (payload !== undefined)
      body.stream?.end(typeof payload === 'string' ? Buffer.from(payload) : payload);
  });
}

function unopened(error: TunnelError): Error {
  return notSent(
    error.code === 'too_many_streams'
      ? 'The connector has too many exchanges open.'
      : error.code === 'head_too_large'
        ? 'The headers of this call are too large for a connector.'
        : 'The connector takes no new exchange.',
    { cause: error },
  );
}

/** The answer's body: as much is read ahead as a stream's window holds. */
class TunnelBody extends Readable {
  stream: TunnelStream | undefined;
  #isAnswered = false;
  #isOver = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #onAbort = () => this.destroy(abortedBy(this.options.signal));

  constructor(
    private readonly options: Exchanged['options'],
    private readonly onFailure: (error: Error) => void,
    private readonly onHead: (status: number, headers: Record<string, string>) => void,
  ) {
    super({ highWaterMark: 64 * 1024 });
    // Before the answer there is nobody who could listen for it.
    this.on('error', () => undefined);
  }

  begin(open: (handlers: StreamHandlers) => TunnelStream): void {
    this.stream = open({
      onHead: (head) => this.#answered(head),
      onData: (chunk) => {
        this.#wait(this.options.bodyTimeoutMs);
        if (!this.push(chunk)) {
          this.stream?.pause();
          // Who doesn't read makes the silence himself.
          clearTimeout(this.#timer);
        }
      },
      onEnd: () => {
        this.#isOver = true;
        this.#leave();
        this.push(null);
      },
      onReset: (reset: StreamReset) => {
        this.#isOver = true;
        // INVARIANT: what has a head has been with the server, whatever is said of it afterwards.
        this.destroy(failureOfReset({ ...reset, sent: reset.sent || this.#isAnswered }));
      },
    });
    this.#wait(this.options.headersTimeoutMs);
    this.options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  bytes(): Promise<Uint8Array> {
    return buffer(this);
  }

  override _read(): void {
    this.stream?.resume();
    if (this.#isAnswered && !this.#isOver) this.#wait(this.options.bodyTimeoutMs);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#leave();
    // Answered before it was all sent: what waits for credit would wait for ever.
    const isStuck = (this.stream?.queuedBytes ?? 0) > 0;
    if (!this.#isOver || isStuck) {
      const isLate = error instanceof ConnectorFailure && error.code === 'CONNECTOR_TIMEOUT';
      const message = isLate ? 'The answer took too long.' : 'Nobody waits any more.';
      this.stream?.reset({ code: isLate ? 'timeout' : 'cancelled', sent: true, message });
    }
    if (!this.#isAnswered)
      this.onFailure(error ?? new ConnectorFailure('CONNECTOR_BROKE', 'There was no answer.'));
    done(error);
  }

  #answered(head: AnswerHead): void {
    this.#isAnswered = true;
    this.#wait(this.options.bodyTimeoutMs);
    const kept = BROUGHT_BACK.flatMap((name) => {
      const value = head.headers[name];
      return value === undefined ? [] : [[name, value]];
    });
    this.onHead(head.status, Object.fromEntries(kept));
  }

  #wait(timeoutMs = 0): void {
    clearTimeout(this.#timer);
    if (timeoutMs === 0 || this.#isOver) return;
    this.#timer = setTimeout(
      () =>
        this.destroy(
          new ConnectorFailure('CONNECTOR_TIMEOUT', 'The connector did not answer in time.'),
        ),
      timeoutMs,
    ).unref();
  }

  #leave(): void {
    clearTimeout(this.#timer);
    this.options.signal?.removeEventListener('abort', this.#onAbort);
  }
}

function abortedBy(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new DOMException('Aborted', 'AbortError');
}
