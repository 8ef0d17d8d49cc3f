import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { modernHeaders, SseDecoder, type JsonNode, type SseEvent } from '@holdpoint/mcp';
import type { MaskRule } from '@holdpoint/policy';
import { Inject, Injectable } from '@nestjs/common';
import { ConnectionRegistry, type ConnectionRecord } from '../connections/connection-registry.ts';
import type { OutgoingAnswer } from '../connections/http-outgoing.ts';
import { Outgoing } from '../connections/outgoing.ts';
import { ToolCatalogue } from '../connections/tool-catalogue.ts';
import type { Environment } from '../env.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { ENVIRONMENT } from '../platform/tokens.ts';
import { methodOf, targetOf, type Incoming } from './call.ts';
import { eventWithoutReflections, secretsSentTo, withoutReflections } from './reflections.ts';
import type { McpSession } from './session-store.ts';
import type { UpstreamEvent } from './sse-upstream-stream.ts';
import { SseUpstreams, type Posting } from './sse-upstreams.ts';
import { inputSchemaOf } from './tool-schema.ts';
import { Transports } from './transports.ts';
import { readingError, tooLarge } from './upstream-failure.ts';

/** A stream that says nothing for this long is taken for dead; servers send comments far more often. */
const SILENT_STREAM_MS = 30 * 60_000;
/** An answer of so many bytes is read at once. */
const SMALL_ANSWER = 64 * 1024;

export type UpstreamAnswer =
  | {
      readonly kind: 'body';
      readonly status: number;
      readonly sessionId: string | null;
      readonly bytes: Uint8Array;
    }
  | UpstreamStream
  /** Answered, but not with anything of MCP: a redirect, an HTML page, an empty error. */
  | { readonly kind: 'other'; readonly status: number };

export interface UpstreamStream {
  readonly kind: 'stream';
  readonly status: number;
  readonly sessionId: string | null;
  readonly events: AsyncIterable<UpstreamEvent>;
  /** Gives the socket back, read or not: a generator that nobody started has no `finally`. */
  discard(): void;
}

export interface Addressed {
  readonly connection: ConnectionRecord;
  readonly session: McpSession;
  readonly protocolVersion: string | null;
}

/**
 * The upstream edge. One request leaves for one call: never repeated, never redirected. Only the
 * headers written here go up; of the answer's headers only the session id comes back.
 */
@Injectable()
export class Upstream {
  readonly #timeoutMs: number;
  readonly #maxBytes: number;

  constructor(
    @Inject(ENVIRONMENT) env: Environment,
    private readonly outgoing: Outgoing,
    private readonly connections: ConnectionRegistry,
    private readonly catalogue: ToolCatalogue,
    private readonly sse: SseUpstreams,
    private readonly transports: Transports,
  ) {
    this.#timeoutMs = env.HOLDPOINT_UPSTREAM_TIMEOUT_MS;
    this.#maxBytes = env.HOLDPOINT_MAX_FRAME_BYTES;
  }

  /**
   * Forwards the frame's own bytes. `masks` are the call's: where all calls share a stream, what can't
   * be told apart is masked as all of them.
   */
  async post(
    incoming: Incoming,
    signal: AbortSignal,
    masks: readonly MaskRule[] = [],
  ): Promise<UpstreamAnswer> {
    if (this.transports.isSse(incoming.connection)) {
      const posting = this.#posting(incoming, incoming.frame.bytes, signal);
      const sent = await this.sse.send(posting, incoming.frame, masks);
      return sent.kind === 'refused'
        ? { kind: 'other', status: sent.status }
        : sharedStream(sent.flight.events, () => sent.flight.leave());
    }
    const modern =
      incoming.era === 'modern' ? modernHeaders(incoming.frame, this.#inputSchema(incoming)) : {};
    return this.postBytes(incoming, incoming.frame.bytes, signal, modern);
  }

  async postBytes(
    to: Addressed,
    bytes: Uint8Array,
    signal: AbortSignal,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<UpstreamAnswer> {
    if (this.transports.isSse(to.connection)) {
      const status = await this.sse.post(this.#posting(to, bytes, signal));
      return { kind: 'other', status };
    }
    const answer = await this.outgoing.request(to.connection.url, {
      method: 'POST',
      headers: {
        ...this.#headers(to, 'application/json, text/event-stream'),
        ...lowerCased(headers),
        'content-type': 'application/json',
      },
      body: bytes,
      allowPrivate: to.connection.allowPrivate,
      headersTimeoutMs: this.#timeoutMs,
      bodyTimeoutMs: this.#timeoutMs,
      signal,
    });
    return this.#read(to, answer.statusCode, answer.headers, answer.body);
  }

  /** The legacy stream of messages that belong to no request. */
  async listen(
    to: Addressed,
    lastEventId: string | null,
    signal: AbortSignal,
  ): Promise<UpstreamAnswer> {
    if (this.transports.isSse(to.connection)) {
      const left = new AbortController();
      const until = AbortSignal.any([signal, left.signal]);
      const events = this.sse.listen(this.#posting(to, NOTHING, until));
      return sharedStream(events, () => left.abort());
    }
    const answer = await this.outgoing.request(to.connection.url, {
      method: 'GET',
      staysOpen: true,
      headers: {
        ...this.#headers(to, 'text/event-stream'),
        ...(lastEventId !== null && { 'last-event-id': lastEventId }),
      },
      allowPrivate: to.connection.allowPrivate,
      headersTimeoutMs: this.#timeoutMs,
      bodyTimeoutMs: SILENT_STREAM_MS,
      signal,
    });
    return this.#read(to, answer.statusCode, answer.headers, answer.body);
  }

  async endSession(to: Addressed): Promise<number> {
    if (this.transports.isSse(to.connection)) {
      this.sse.end(to.session);
      return 200;
    }
    const answer = await this.outgoing.request(to.connection.url, {
      method: 'DELETE',
      headers: this.#headers(to, 'application/json'),
      allowPrivate: to.connection.allowPrivate,
      headersTimeoutMs: 10_000,
    });
    discard(answer.body);
    return answer.statusCode;
  }

  #posting(to: Addressed, bytes: Uint8Array, signal: AbortSignal): Posting {
    const { connection, session } = to;
    return { connection, session, bytes, signal, headers: this.#headers(to, '*/*') };
  }

  /** INVARIANT: nothing of the agent's headers goes up but what is rebuilt here. */
  #headers(to: Addressed, accept: string): Record<string, string> {
    return {
      accept,
      'user-agent': 'holdpoint',
      ...(to.session.upstreamSessionId !== null && {
        'mcp-session-id': to.session.upstreamSessionId,
      }),
      ...(to.protocolVersion !== null && { 'mcp-protocol-version': to.protocolVersion }),
      ...this.connections.headersFor(to.connection),
    };
  }

  #reflections(to: Addressed): () => readonly string[] {
    return secretsSentTo(this.connections, to.connection);
  }

  #inputSchema(incoming: Incoming): JsonNode | undefined {
    return methodOf(incoming) === 'tools/call'
      ? inputSchemaOf(this.catalogue.find(incoming.connection.id, targetOf(incoming)))
      : undefined;
  }

  async #read(
    to: Addressed,
    status: number,
    headers: IncomingHttpHeaders,
    body: OutgoingAnswer['body'],
  ): Promise<UpstreamAnswer> {
    const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
    const sessionId = oneHeader(headers['mcp-session-id']);
    if (status === 401 || status === 403) {
      discard(body);
      // Not passed on: the agent would take it for its own token, and the challenge is none of its business.
      throw new GatewayError(
        'upstream_credential_refused',
        `The upstream refused the gateway’s credential (HTTP ${status}). An admin has to renew it on the connection.`,
      );
    }
    if (status === 200 && type === 'text/event-stream') {
      const events = this.#events(body, this.#reflections(to));
      return { kind: 'stream', status, sessionId, events, discard: () => discard(body) };
    }
    if (type === 'application/json' && (status < 300 || status >= 400)) {
      const declaredBytes = Number(headers['content-length'] ?? 0) || 0;
      const whole = await this.#whole(body, declaredBytes);
      const bytes = withoutReflections(whole, this.#reflections(to)());
      return { kind: 'body', status, sessionId, bytes };
    }
    discard(body);
    return { kind: 'other', status };
  }

  /** Into its place at once: chunks kept beside their sum would double what a large answer takes. */
  async #whole(body: OutgoingAnswer['body'], declaredBytes: number): Promise<Buffer> {
    // No more than declared can come; the two copies of a small one cost less than a stream's reader.
    if (declaredBytes > 0 && declaredBytes <= SMALL_ANSWER) return Buffer.from(await body.bytes());
    let whole = Buffer.alloc(0);
    let size = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      const needed = size + chunk.length;
      if (needed > this.#maxBytes) throw tooLarge(this.#maxBytes);
      if (needed > whole.length) {
        const room = Math.min(Math.max(needed, whole.length * 2, declaredBytes), this.#maxBytes);
        const larger = Buffer.allocUnsafe(room);
        whole.copy(larger, 0, 0, size);
        whole = larger;
      }
      chunk.copy(whole, size);
      size = needed;
    }
    return whole.subarray(0, size);
  }

  async *#events(body: Readable, secrets: () => readonly string[]): AsyncGenerator<SseEvent> {
    const decoder = new SseDecoder({ maxEventBytes: this.#maxBytes });
    try {
      for await (const chunk of body as AsyncIterable<Buffer>)
        for (const event of decoder.push(chunk)) yield eventWithoutReflections(event, secrets());
    } catch (error) {
      throw readingError(error, this.#maxBytes);
    } finally {
      discard(body);
    }
  }
}

const NOTHING = new Uint8Array();

function sharedStream(events: AsyncIterable<UpstreamEvent>, discard: () => void): UpstreamStream {
  return { kind: 'stream', status: 200, sessionId: null, events, discard };
}

/** Names are compared without case on the wire: two spellings of one would be sent as two values. */
function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

function discard(body: Readable): void {
  body.on('error', () => undefined).destroy();
}

function oneHeader(value: string | string[] | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
