import { fileURLToPath } from 'node:url';
import { SseDecoder } from '@holdpoint/mcp';
import type { StreamReset, TunnelStream } from '@holdpoint/tunnel';
import { z } from 'zod';
import type { FarEnd } from './far-end.ts';

export const ODD_SERVER = fileURLToPath(new URL('./odd-server.process.ts', import.meta.url));

const resultSchema = z.looseObject({ id: z.unknown(), result: z.looseObject({}) });

/** One exchange, as it goes on. */
export class Watched {
  status = 0;
  headers: Readonly<Record<string, string>> = {};
  text = '';
  ended = false;
  reset: StreamReset | undefined;
  stream: TunnelStream | undefined;

  /** The messages that came, whether as JSON or as events. */
  get messages(): unknown[] {
    if (this.headers['content-type'] !== 'text/event-stream') {
      return this.text === '' ? [] : [JSON.parse(this.text)];
    }
    const decoder = new SseDecoder();
    return decoder
      .push(new TextEncoder().encode(this.text))
      .flatMap((event) => ('data' in event ? [JSON.parse(event.data)] : []));
  }
}

/** What a gateway does with a session of a legacy revision, frame by frame. */
export class LegacyClient {
  readonly #far: FarEnd;
  readonly #server: string;
  session = '';

  constructor(far: FarEnd, server: string) {
    this.#far = far;
    this.#server = server;
  }

  /** Initializes a session. */
  static async open(far: FarEnd, server: string): Promise<LegacyClient> {
    const client = new LegacyClient(far, server);
    await client.initialize();
    return client;
  }

  async initialize(): Promise<unknown> {
    const message = {
      jsonrpc: '2.0',
      id: 'first',
      method: 'initialize',
      params: {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'c', version: '1' },
      },
    };
    const answer = await this.#far.exchange(this.#head(), JSON.stringify(message));
    this.session = answer.headers['mcp-session-id'] ?? '';
    return JSON.parse(answer.body);
  }

  /** A whole call. @returns its result */
  async call(
    method: string,
    params: object = {},
    id: unknown = 1,
  ): Promise<Record<string, unknown>> {
    const watched = this.start(method, params, id);
    await finished(watched);
    return resultSchema.parse(watched.messages.at(-1)).result;
  }

  /** A call that goes on while the test looks. */
  start(method: string, params: object = {}, id: unknown = 1): Watched {
    return this.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
  }

  send(body: string): Watched {
    return watch(this.#far, this.#head(), body);
  }

  /** A body that comes byte by byte, and never ends. */
  trickle(body: string): Watched {
    const watched = watch(this.#far, this.#head(), '', false);
    for (const byte of Buffer.from(body)) watched.stream?.write(Uint8Array.of(byte));
    return watched;
  }

  listen(): Watched {
    return watch(this.#far, { ...this.#head(), method: 'GET' });
  }

  async end(): Promise<number> {
    return (await this.#far.exchange({ ...this.#head(), method: 'DELETE' })).status;
  }

  #head() {
    return {
      server: this.#server,
      method: 'POST' as const,
      headers: {
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        ...(this.session !== '' && { 'mcp-session-id': this.session }),
      },
    };
  }
}

type Head = Parameters<FarEnd['open']>[0];

export function watch(far: FarEnd, head: Head, body?: string, isWhole = true): Watched {
  const watched = new Watched();
  const decoder = new TextDecoder();
  const stream = far.open(
    head,
    {
      onHead: ({ status, headers }) => Object.assign(watched, { status, headers }),
      onData: (chunk) => (watched.text += decoder.decode(chunk, { stream: true })),
      onEnd: () => (watched.ended = true),
      onReset: (reset) => (watched.reset = reset),
    },
    body === undefined,
  );
  if (body !== undefined && isWhole) stream.end(Buffer.from(body));
  watched.stream = stream;
  return watched;
}

async function finished(watched: Watched): Promise<void> {
  const end = Date.now() + 30_000;
  while (!watched.ended && watched.reset === undefined) {
    if (Date.now() > end) throw new Error('the exchange never ended');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  if (watched.reset !== undefined) throw new Error(JSON.stringify(watched.reset));
}
