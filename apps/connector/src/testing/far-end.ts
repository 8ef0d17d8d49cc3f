import { createPublicKey, type JsonWebKey, randomBytes, verify } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  challengeBytes,
  type ConnectorStatus,
  type Hello,
  type LogBatch,
  MAX_MESSAGE_BYTES,
  type OpenHead,
  type Refused,
  type StreamHandlers,
  SUBPROTOCOL,
  Tunnel,
  type TunnelStream,
} from '@holdpoint/tunnel';
import { z } from 'zod';
import { type WebSocket, WebSocketServer } from 'ws';
import { WsPort } from '../link/ws-port.ts';

const enrolSchema = z.object({
  token: z.string(),
  publicKey: z.object({ kty: z.string(), crv: z.string(), x: z.string() }),
});

/** One link of a connector, as a gateway has it. */
export interface FarLink {
  readonly tunnel: Tunnel;
  readonly socket: WebSocket;
  readonly hello: Hello;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The gateway's end, for tests: enrols with the token "good", checks signatures, and passes what is
 * posted to `/mcp/SERVER` through the newest link, so that any MCP client can be pointed at it.
 */
export class FarEnd {
  readonly links: FarLink[] = [];
  readonly statuses: ConnectorStatus[] = [];
  readonly logs: LogBatch['lines'] = [];
  readonly ends: string[] = [];
  /** Said instead of a welcome. */
  refusal: Refused | undefined;
  versions = [1];
  /** How often a token was good. */
  enrolled = 0;
  /** Reads an enrolment, and is gone. */
  hangsUp = false;
  /** A socket is asked for, and isn't there yet. */
  onDial: (() => void) | undefined;
  /** A connector has proved who it is, and isn't welcomed yet. */
  onHello: (() => void) | undefined;
  onWelcomed: (() => void) | undefined;
  /** What a signature has to be for, where it isn't this end's own address. */
  expectedOrigin: string | undefined;
  readonly #keys = new Map<string, JsonWebKey>();
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols: () => SUBPROTOCOL,
  });

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.on('upgrade', (request, socket, head) => {
      if (request.url !== '/connector') return socket.destroy();
      this.onDial?.();
      this.#sockets.handleUpgrade(request, socket, head, (ws) => this.#accept(ws, socket));
    });
  }

  static async start(port = 0): Promise<FarEnd> {
    const end = new FarEnd();
    await new Promise<void>((resolve) => end.#server.listen(port, '127.0.0.1', resolve));
    return end;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The newest link that is ready. */
  get link(): FarLink {
    const link = this.links.findLast(({ tunnel }) => tunnel.isReady);
    if (link === undefined) throw new Error('no connector is there');
    return link;
  }

  get isLinked(): boolean {
    return this.links.some(({ tunnel }) => tunnel.isReady);
  }

  async close(): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  open(head: OpenHead, handlers: StreamHandlers, bodyless = false): TunnelStream {
    return this.link.tunnel.open(head, handlers, bodyless);
  }

  /** One whole exchange. Rejects with what it was reset with. */
  exchange(head: OpenHead, body?: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      let answered = { status: 0, headers: {} };
      const chunks: Uint8Array[] = [];
      const stream = this.open(
        head,
        {
          onHead: (answer) => (answered = answer),
          onData: (chunk) => chunks.push(chunk),
          onEnd: () => resolve({ ...answered, body: Buffer.concat(chunks).toString('utf8') }),
          onReset: (reset) => reject(new Error(JSON.stringify(reset))),
        },
        body === undefined,
      );
      if (body !== undefined) stream.end(Buffer.from(body));
    });
  }

  #accept(socket: WebSocket, raw: Duplex): void {
    const nonce = randomBytes(24).toString('base64url');
    const tunnel = new Tunnel({
      role: 'gateway',
      port: new WsPort(socket, raw, () => tunnel.portDrained()),
      events: {
        onHello: (hello) => this.#greet({ tunnel, socket, hello }, nonce),
        onStatus: (status) => this.statuses.push(status),
        onLog: (batch) => this.logs.push(...batch.lines),
        onClose: ({ code }) => this.ends.push(code),
      },
    });
    socket.on('message', (data) => {
      if (data instanceof Buffer) tunnel.receive(data);
    });
    socket.on('close', () => tunnel.portClosed('closed'));
    socket.on('error', () => undefined);
    tunnel.challenge({ nonce, versions: this.versions, gatewayVersion: '0.1.0' });
  }

  #greet(link: FarLink, nonce: string): void {
    const { tunnel, hello } = link;
    const key = this.#keys.get(hello.connectorId);
    const origin = this.expectedOrigin ?? this.origin;
    const signed = challengeBytes({ connectorId: hello.connectorId, nonce, origin });
    const isGenuine =
      key !== undefined &&
      verify(
        null,
        signed,
        createPublicKey({ key, format: 'jwk' }),
        Buffer.from(hello.signature, 'base64url'),
      );
    if (!isGenuine) return tunnel.refuse({ code: 'signature', message: 'Not its signature.' });
    if (this.refusal !== undefined) return tunnel.refuse(this.refusal);
    this.onHello?.();
    this.links.push(link);
    tunnel.welcome({ version: 1, gatewayVersion: '0.1.0', site: 'test' });
    this.onWelcomed?.();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === '/api/connectors/enroll') return this.#enrol(request, response);
    const [, server] = /^\/mcp\/([\w-]+)$/.exec(request.url ?? '') ?? [];
    if (server === undefined || !this.isLinked) return void response.writeHead(404).end();
    this.#pass(server, request, response);
  }

  #pass(server: string, request: IncomingMessage, response: ServerResponse): void {
    const headers = Object.entries(request.headers).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value]] : [],
    );
    const method = z.enum(['GET', 'POST', 'DELETE']).parse(request.method);
    const stream = this.open(
      { server, method, headers: Object.fromEntries(headers) },
      {
        onHead: (head) => response.writeHead(head.status, head.headers).flushHeaders(),
        onData: (chunk) => void response.write(chunk),
        onEnd: () => void response.end(),
        onReset: (reset) => {
          if (response.headersSent) response.destroy();
          else response.writeHead(502, { 'x-reset': JSON.stringify(reset) }).end();
        },
      },
    );
    request.on('data', (chunk: Buffer) => stream.write(chunk));
    request.on('end', () => stream.end());
    response.on('close', () => {
      if (response.writableFinished) return;
      stream.reset({ code: 'cancelled', sent: true, message: 'The client left.' });
    });
  }

  async #enrol(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const { token, publicKey } = enrolSchema.parse(JSON.parse(text));
    if (token !== 'good') {
      const message = 'The token is unknown, used or too old.\u001b[2J';
      return void response
        .writeHead(401)
        .end(JSON.stringify({ error: { code: 'enrolment_refused', message } }));
    }
    this.enrolled += 1;
    if (this.hangsUp) return void request.destroy();
    const connectorId = `connector-${this.#keys.size + 1}`;
    this.#keys.set(connectorId, publicKey);
    response.writeHead(201).end(JSON.stringify({ connectorId, site: 'test' }));
  }
}
