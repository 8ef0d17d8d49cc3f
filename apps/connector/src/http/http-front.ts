import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ServerState } from '@holdpoint/tunnel';
import { buildConnector, type Dispatcher, Pool } from 'undici';
import { readAuthority } from '../config/authority.ts';
import type { HttpConfig } from '../config/config.ts';
import { ExchangeError, messageOf } from '../connector.error.ts';
import type { Credentials } from '../credentials/credentials.ts';
import type { ConnectorLog } from '../log/log.ts';
import type { Exchange } from '../servers/exchange.ts';
import type { ServerFront } from '../servers/server-front.ts';

/** What of the gateway's headers goes to a server, and of a server's to the gateway. */
const GOES_UP = /^(?:accept|content-type|last-event-id|mcp-[\w-]+)$/;
const COMES_BACK = /^(?:content-type|content-length|retry-after|mcp-[\w-]+)$/;

/**
 * An MCP server at one address. Streamable HTTP of both eras passes as it is: what is added is the
 * connector's credential, and what isn't MCP's is left out.
 * INVARIANT: the address is the file's; no redirect, no retry, no proxy, at most one request.
 */
export class HttpFront implements ServerFront {
  readonly kind = 'http';
  readonly #name: string;
  readonly #credentials: Credentials;
  readonly #log: ConnectorLog;
  readonly #pool: Pool;
  readonly #path: string;
  /** By lower-case names, so that one of the gateway's isn't sent beside them. */
  readonly #headers: HttpConfig['headers'];
  #lastError: string | undefined;

  constructor(name: string, config: HttpConfig, credentials: Credentials, log: ConnectorLog) {
    this.#name = name;
    this.#credentials = credentials;
    this.#log = log;
    const { origin, pathname, search } = new URL(config.url);
    this.#path = pathname + search;
    this.#headers = Object.fromEntries(
      Object.entries(config.headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    this.#pool = new Pool(origin, {
      connections: config.maxConnections,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: 4000,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: connector(name, config),
    });
  }

  start(): void {}

  serve(exchange: Exchange): void {
    if (Object.keys(this.#headers).length === 0) return this.#send(exchange, {});
    this.#credentials.resolveAll(this.#headers).then(
      (headers) => this.#send(exchange, headers),
      (error: unknown) => {
        this.#failed(`A credential is missing: ${messageOf(error)}`);
        exchange.fail(new ExchangeError('unavailable', false, 'A credential can’t be read.'));
      },
    );
  }

  state(): Omit<ServerState, 'name'> {
    const { running } = this.#pool.stats;
    return {
      state: this.#lastError === undefined ? (running > 0 ? 'ready' : 'idle') : 'failed',
      processes: 0,
      sessions: 0,
      restarts: 0,
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
    };
  }

  async stop(): Promise<void> {
    await this.#pool.destroy();
  }

  #send(exchange: Exchange, credentials: Readonly<Record<string, string>>): void {
    if (exchange.isOver) return;
    const { method, headers } = exchange.head;
    const passed = Object.entries(headers).filter(([name]) => GOES_UP.test(name));
    const body = exchange.takeBody();
    const answering = new Answering(exchange, {
      succeeded: () => (this.#lastError = undefined),
      failed: (text) => this.#failed(text),
    });
    this.#pool.dispatch(
      {
        method,
        path: this.#path,
        headers: {
          'accept-encoding': 'identity',
          'user-agent': 'holdpoint',
          ...Object.fromEntries(passed),
          ...credentials,
        },
        body: method === 'POST' ? body : null,
      },
      answering,
    );
  }

  #failed(text: string): void {
    const clean = this.#log.clean(text, 500);
    this.#lastError = clean;
    this.#log.warn(clean, this.#name);
  }
}

/** One request on its way, and its answer on the way back. */
class Answering implements Dispatcher.DispatchHandler {
  readonly #exchange: Exchange;
  readonly #told: { succeeded(): void; failed(text: string): void };
  #controller: Dispatcher.DispatchController | undefined;

  constructor(exchange: Exchange, told: { succeeded(): void; failed(text: string): void }) {
    this.#exchange = exchange;
    this.#told = told;
    exchange.whenAborted(() => this.#controller?.abort(new Error('The gateway gave up.')));
    exchange.whenRoom(() => this.#controller?.resume());
  }

  /** There is a connection; from here on bytes may leave. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#exchange.isOver) return controller.abort(new Error('The gateway gave up.'));
    this.#controller = controller;
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: Record<string, string | string[]>,
  ): void {
    if (statusCode < 200 || this.#exchange.isOver) return;
    this.#exchange.release();
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') {
      return controller.abort(new Error('the server compresses although it was asked not to'));
    }
    this.#told.succeeded();
    this.#exchange.respond(statusCode, answerHeaders(headers));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (!this.#exchange.write(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.#exchange.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#exchange.isOver) return;
    const sent = this.#controller !== undefined;
    this.#told.failed(`${sent ? 'The exchange broke off' : 'No connection'}: ${error.message}`);
    this.#exchange.fail(
      sent
        ? new ExchangeError('server_failed', true, 'The server broke the exchange off.')
        : new ExchangeError(
            'unavailable',
            false,
            'The server can’t be reached from the connector.',
          ),
    );
  }
}

/** What a HEAD frame may hold: a server's strange header must not end everybody's tunnel. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]{0,1024}$/;
const MAX_HEADERS = 24;
const MAX_NAME = 256;

function answerHeaders(headers: Record<string, string | string[]>): Record<string, string> {
  const kept = Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), String(value)] as const)
    .filter(([name]) => name.length <= MAX_NAME && COMES_BACK.test(name))
    .filter(([, value]) => HEADER_VALUE.test(value));
  return Object.fromEntries(kept.slice(0, MAX_HEADERS));
}

type Connected = Socket | TLSSocket;

/** Without a name for the server's certificate but its own. */
function connector(name: string, config: HttpConfig): buildConnector.connector {
  const connect = buildConnector({
    allowH2: false,
    timeout: config.connectSeconds * 1000,
    ...(config.ca !== undefined && { ca: readAuthority(config.ca, `servers.${name}.http.ca`) }),
  });
  return (options, callback) =>
    connect(options, (...[error, socket]: [Error, null] | [null, Connected]) => {
      if (error !== null) return callback(error, null);
      socket.setNoDelay(true);
      callback(null, socket);
    });
}
