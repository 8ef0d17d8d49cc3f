import { once } from 'node:events';
import { Agent as HttpAgent, request, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { SseDecoder, type SseEvent } from '@holdpoint/mcp';

type Headers = Readonly<Record<string, string>>;

/** One answer of the gateway, with its bytes as they came. */
export class AgentAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly #message: IncomingMessage;
  #events: AsyncGenerator<SseEvent> | undefined;

  constructor(message: IncomingMessage) {
    this.#message = message;
    this.status = message.statusCode ?? 0;
    this.headers = message.headers;
  }

  get isStream(): boolean {
    return this.headers['content-type'] === 'text/event-stream';
  }

  async text(): Promise<string> {
    return (await buffer(this.#message)).toString('utf8');
  }

  /** The next event of the stream; `undefined` at its end. */
  async next(): Promise<SseEvent | undefined> {
    this.#events ??= this.#read();
    const { value, done } = await this.#events.next();
    return done === true ? undefined : value;
  }

  /** The data of the next event that has some. */
  async nextData(): Promise<string> {
    for (;;) {
      const event = await this.next();
      if (event === undefined) throw new Error('The stream ended.');
      if (event.kind === 'message' && event.data !== undefined && event.data !== '')
        return event.data;
    }
  }

  /** Every event until the end. */
  async rest(): Promise<readonly SseEvent[]> {
    const events: SseEvent[] = [];
    for (let event = await this.next(); event; event = await this.next()) events.push(event);
    return events;
  }

  /** The text of the message that ends the exchange, whichever way it came. */
  async last(): Promise<string> {
    if (!this.isStream) return this.text();
    const data = (await this.rest()).flatMap((event) =>
      event.kind === 'message' && event.data ? [event.data] : [],
    );
    return data.at(-1) ?? '';
  }

  /** The agent goes away. */
  leave(): void {
    this.#message.destroy();
  }

  async *#read(): AsyncGenerator<SseEvent> {
    const decoder = new SseDecoder();
    for await (const chunk of this.#message as AsyncIterable<Buffer>) yield* decoder.push(chunk);
  }
}

/** An agent that says exactly what a test wants, byte for byte, and adds nothing. */
export class Agent {
  /** Goes with every message: a session handle, a header that should stay out. */
  readonly headers: Record<string, string> = {};
  readonly #http = new HttpAgent({ keepAlive: false });

  constructor(
    readonly url: string,
    readonly token: string,
  ) {}

  post(body: string | Uint8Array, headers: Headers = {}): Promise<AgentAnswer> {
    return this.send('POST', body, {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    });
  }

  listen(headers: Headers = {}): Promise<AgentAnswer> {
    return this.send('GET', undefined, { accept: 'text/event-stream', ...headers });
  }

  async send(
    method: string,
    body: string | Uint8Array | undefined,
    headers: Headers,
  ): Promise<AgentAnswer> {
    const outgoing = request(this.url, {
      method,
      agent: this.#http,
      headers: { authorization: `Bearer ${this.token}`, ...this.headers, ...headers },
    });
    // An answer may come before all of the body was taken.
    const answered = once(outgoing, 'response');
    outgoing.end(body);
    const [message]: IncomingMessage[] = await answered;
    if (message === undefined) throw new Error('unreachable');
    outgoing.on('error', () => undefined);
    return new AgentAnswer(message);
  }

  /** `initialize` as a legacy client; later messages carry the session's handle. */
  async initialize(clientName = 'spec'): Promise<AgentAnswer> {
    const answer = await this.post(
      `{"jsonrpc":"2.0","id":"init","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"${clientName}","version":"1"}}}`,
    );
    const handle = answer.headers['mcp-session-id'];
    if (typeof handle === 'string') this.headers['mcp-session-id'] = handle;
    return answer;
  }
}

/** A `tools/call` frame. `args` is JSON text, so that its literals stay as written. */
export function toolCall(id: number | string, tool: string, args = '{}', meta?: string): string {
  const rest = meta === undefined ? '' : `,"_meta":${meta}`;
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"method":"tools/call","params":{"name":${JSON.stringify(tool)},"arguments":${args}${rest}}}`;
}
