import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import {
  idKey,
  parseServerFrame,
  progressTokenOf,
  type JsonRpcId,
  type Message,
  type SseEvent,
  type SseMessage,
} from '@holdpoint/mcp';
import type { MaskRule } from '@holdpoint/policy';
import type { SseServerStream } from '../connections/sse-server-stream.ts';

/** An event of an upstream, with the masks of other calls that it may belong to where one stream carries all. */
export type UpstreamEvent = SseEvent & { readonly masks?: readonly MaskRule[] };

/** What nobody listens to yet is kept for who does soon; a client opens its stream after its handshake. */
const KEPT_EVENTS = 32;
const KEPT_CHARACTERS = 256 * 1024;
/** Of calls that ended without an answer: so many ids are remembered. */
const REMEMBERED = 1000;

export interface Flight {
  /** What is said during the call, and last its answer. */
  readonly events: AsyncIterable<UpstreamEvent>;
  /** Resolves with the first of them, or with their end. */
  readonly heard: Promise<void>;
  fail(error: Error): void;
  leave(): void;
}

interface Running {
  readonly key: string;
  readonly progressToken: string | undefined;
  readonly masks: readonly MaskRule[];
  readonly inbox: PassThrough;
  readonly timer: NodeJS.Timeout;
}

/**
 * The one stream that an HTTP+SSE upstream answers a session on, taken apart again: answers by their
 * id, progress by its token, the rest to the call under way or to whoever listens. What is read waits
 * until it is taken, so a slow agent slows its own session down and fills no memory.
 */
export class SseUpstreamStream {
  readonly endpoint: string;
  readonly #server: SseServerStream;
  readonly #running = new Map<string, Running>();
  readonly #kept: SseMessage[] = [];
  readonly #unanswered = new Set<string>();
  readonly #closing = new AbortController();
  #listener: PassThrough | undefined;
  #hasListened = false;
  /** Something that was read waits for who takes it. */
  #isUnread = false;
  #isRetired = false;
  #idleSince = performance.now();

  constructor(server: SseServerStream) {
    this.endpoint = server.endpoint;
    this.#server = server;
    void this.#read();
  }

  /** Aborted when the stream is over, whoever ended it. */
  get over(): AbortSignal {
    return this.#closing.signal;
  }

  /** How long nobody has needed it; 0 while someone does. */
  get idleMs(): number {
    const isNeeded = this.#running.size > 0 || this.#listener !== undefined;
    return isNeeded ? 0 : performance.now() - this.#idleSince;
  }

  /** Whether its agent once listened: then its leaving was noticed, and nobody comes by surprise. */
  get hasListened(): boolean {
    return this.#hasListened;
  }

  close(): void {
    this.#end(new Error('The stream was closed.'));
  }

  /** Takes nothing new: calls under way still get their answers, and then it closes. */
  retire(): void {
    this.#isRetired = true;
    this.#listener?.end();
    this.#listener = undefined;
    if (this.#running.size === 0) this.close();
  }

  /** The late answer to an earlier call must not pass for the answer to a later one. */
  mayStillAnswer(id: JsonRpcId): boolean {
    return this.#unanswered.has(idKey(id));
  }

  /** Before the request is posted: its answer may be here before its acceptance is. */
  enter(
    message: Extract<Message, { kind: 'request' }>,
    masks: readonly MaskRule[],
    timeoutMs: number,
  ): Flight {
    const inbox = new PassThrough({ objectMode: true, highWaterMark: 1 });
    // A failure that nobody waits for yet is found by who reads.
    inbox.on('error', () => undefined);
    const key = idKey(message.id);
    const whenSilent = () => {
      // Unread is not silent: a slow agent's own time is not the upstream's.
      if (this.#isUnread) timer.refresh();
      else inbox.destroy(new DOMException('The upstream fell silent.', 'TimeoutError'));
    };
    const timer = setTimeout(whenSilent, timeoutMs).unref();
    const running = { key, progressToken: progressTokenOf(message), masks, inbox, timer };
    this.#running.set(key, running);
    inbox.once('close', () => {
      if (this.#forget(running)) this.#remember(key);
    });
    return {
      events: inbox,
      heard: Promise.race([once(inbox, 'readable'), once(inbox, 'close')]).then(
        () => undefined,
        () => undefined,
      ),
      fail: (error) => void inbox.destroy(error),
      leave: () => void inbox.destroy(),
    };
  }

  /** What belongs to no call. A new listener replaces the one before: one session, one stream. */
  listen(signal: AbortSignal): AsyncIterable<UpstreamEvent> {
    this.#listener?.end();
    const listener = new PassThrough({ objectMode: true, highWaterMark: 1 });
    listener.on('error', () => undefined);
    this.#listener = listener;
    this.#hasListened = true;
    const leave = () => void listener.destroy();
    signal.addEventListener('abort', leave, { once: true });
    listener.once('close', () => {
      signal.removeEventListener('abort', leave);
      if (this.#listener !== listener) return;
      this.#listener = undefined;
      this.#idleSince = performance.now();
    });
    for (const event of this.#kept.splice(0)) listener.write(event);
    if (this.over.aborted) listener.end();
    return listener;
  }

  async #read(): Promise<void> {
    let failure: unknown = new Error('The upstream closed its stream.');
    try {
      for await (const event of this.#server.events) {
        this.#isUnread = true;
        await this.#route(event);
        this.#isUnread = false;
        // It could not be heard meanwhile: its time begins again.
        this.#hearSomething();
      }
    } catch (error) {
      failure = error;
    } finally {
      this.#end(failure instanceof Error ? failure : new Error(String(failure)));
    }
  }

  #hearSomething(): void {
    for (const { timer } of this.#running.values()) timer.refresh();
  }

  async #route(event: SseEvent): Promise<void> {
    this.#hearSomething();
    // Comments are for the connection, other names for nobody; a second endpoint would move a session.
    if (event.kind === 'comment' || (event.event ?? 'message') !== 'message') return;
    if (event.data === undefined || event.data === '') return;
    const parsed = parseServerFrame(event.data);
    const message = parsed.kind === 'frame' ? parsed.frame.message : undefined;
    const answered = message && this.#answeredBy(message);
    if (answered) {
      // Whatever happens to the stream from now on: this one has its answer.
      this.#forget(answered);
      answered.inbox.end(plain(event));
      return;
    }
    const to = message && this.#reportedBy(message);
    await (to ? put(to.inbox, this.#maskedFor(event, to)) : this.#unasked(event));
  }

  #answeredBy(message: Message): Running | undefined {
    if (message.kind !== 'result' && message.kind !== 'error') return undefined;
    return message.id === null ? undefined : this.#running.get(idKey(message.id));
  }

  #reportedBy(message: Message): Running | undefined {
    const token = message.kind === 'notification' ? progressTokenOf(message) : undefined;
    if (token === undefined) return undefined;
    return [...this.#running.values()].find((each) => each.progressToken === token);
  }

  /** The one call under way is what it is about; among several it can't be told. */
  async #unasked(event: SseMessage): Promise<void> {
    const [first, another] = this.#running.values();
    if (first && !another) return put(first.inbox, plain(event));
    if (this.#listener) return put(this.#listener, this.#maskedFor(event));
    if (first) return put(first.inbox, this.#maskedFor(event, first));
    this.#keep(plain(event));
  }

  #keep(event: SseMessage): void {
    this.#kept.push(event);
    const size = () => this.#kept.reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
    while (this.#kept.length > KEPT_EVENTS || size() > KEPT_CHARACTERS) this.#kept.shift();
  }

  /** What may be about any call under way is masked as all of them: its own masks are added later. */
  #maskedFor(event: SseMessage, own?: Running): UpstreamEvent {
    const others = [...this.#running.values()].filter((each) => each !== own);
    const known = new Set(own?.masks);
    const masks = others.flatMap((each) => each.masks).filter((mask) => !known.has(mask));
    return masks.length === 0 ? plain(event) : { ...plain(event), masks: [...new Set(masks)] };
  }

  #forget(running: Running): boolean {
    clearTimeout(running.timer);
    if (this.#running.get(running.key) !== running) return false;
    this.#running.delete(running.key);
    this.#idleSince = performance.now();
    // Later, so that an answer that ends the last call is handed over first.
    if (this.#isRetired && this.#running.size === 0) setImmediate(() => this.close());
    return true;
  }

  #remember(key: string): void {
    this.#unanswered.add(key);
    const [oldest] = this.#unanswered;
    if (this.#unanswered.size > REMEMBERED && oldest !== undefined) this.#unanswered.delete(oldest);
  }

  #end(failure: Error): void {
    if (this.over.aborted) return;
    this.#closing.abort();
    this.#server.close();
    for (const { inbox } of [...this.#running.values()]) inbox.destroy(failure);
    this.#listener?.end();
  }
}

/** Ids and delays are for a client that resumes, which this transport doesn't know. */
function plain({ kind, event, data }: SseMessage): SseMessage {
  return { kind, ...(event !== undefined && { event }), ...(data !== undefined && { data }) };
}

async function put(inbox: PassThrough, event: UpstreamEvent): Promise<void> {
  if (inbox.writableEnded || inbox.destroyed || inbox.write(event)) return;
  const settled = new AbortController();
  const { signal } = settled;
  // Taken, or nobody is there to take it.
  await Promise.race([once(inbox, 'drain', { signal }), once(inbox, 'close', { signal })]).catch(
    () => undefined,
  );
  settled.abort();
}
