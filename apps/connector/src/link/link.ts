import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  chooseVersion,
  type ConnectorStatus,
  type LogBatch,
  MAX_MESSAGE_BYTES,
  MAX_STREAMS,
  PROTOCOL_VERSIONS,
  type Refused,
  SUBPROTOCOL,
  Tunnel,
  versionRefusal,
} from '@holdpoint/tunnel';
import { WebSocket } from 'ws';
import { readAuthority } from '../config/authority.ts';
import type { GatewayConfig } from '../config/config.ts';
import { type ConnectorState, signChallenge } from '../config/state.ts';
import { messageOf } from '../connector.error.ts';
import type { ConnectorLog } from '../log/log.ts';
import type { Servers } from '../servers/servers.ts';
import { proxyFor } from './proxy.ts';
import { explain, PROXY_WANTS_LOGIN } from './unreachable.ts';
import { WsPort } from './ws-port.ts';

const HANDSHAKE_MS = 15_000;
/** Of what is said instead of a handshake. */
const MAX_SAID = 300;
const SAID_WITHIN_MS = 2000;
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

export interface LinkFacts {
  readonly state: ConnectorState;
  readonly gateway: GatewayConfig;
  readonly maxStreams: number;
  readonly servers: Servers;
  readonly log: ConnectorLog;
  readonly version: string;
  /** Another one at each start of the process. */
  readonly instance: string;
}

export interface LinkEvents {
  onReady(): void;
  /** The gateway at its end is going: another link is needed, this one finishes what it has. */
  onDraining(): void;
  /** Once. `refused` if the gateway itself said no. */
  onEnd(end: { readonly message: string; readonly refused?: Refused }): void;
}

/** One socket to the gateway, from dialling to its end. */
export class Link {
  readonly #facts: LinkFacts;
  readonly #events: LinkEvents;
  readonly #socket: WebSocket;
  #tunnel: Tunnel | undefined;
  #refused: Refused | undefined;
  /** From here on the gateway may open exchanges, though its welcome isn't here yet. */
  #hasGreeted = false;
  #isOver = false;

  /** @throws ConnectorError `config_invalid` for a proxy that is none; Error for an unreadable CA */
  constructor(facts: LinkFacts, events: LinkEvents) {
    this.#facts = facts;
    this.#events = events;
    this.#socket = dial(facts);
    this.#socket.once('upgrade', ({ socket }) => {
      this.#socket.once('open', () => this.#open(socket));
    });
    this.#socket.once('error', (error) => this.#end(explain(error)));
    this.#socket.once('unexpected-response', (request, response: IncomingMessage) => {
      void sentenceOf(response).then((said) => {
        request.destroy();
        this.#end(unexpected(response.statusCode ?? 0, facts.log.clean(said, MAX_SAID)));
      });
    });
    this.#socket.once('close', (code, reason) => {
      const said = facts.log.clean(reason.toString('utf8'), 200);
      this.#end(`the connection was closed (${code}${said === '' ? '' : `: ${said}`})`);
    });
  }

  get openStreams(): number {
    return this.#tunnel?.openStreams ?? 0;
  }

  /** After `goAway`: nothing comes any more, and every answer that has ended has left. */
  get isQuiet(): boolean {
    const tunnel = this.#tunnel;
    if (tunnel === undefined || tunnel.isClosed) return true;
    return tunnel.goAwayIsKnown && tunnel.leavingBytes === 0;
  }

  reportStatus(status: ConnectorStatus): void {
    this.#tunnel?.reportStatus(status);
  }

  /** @returns whether it could be sent */
  reportLog(batch: LogBatch): boolean {
    if (this.#tunnel?.isReady !== true) return false;
    this.#tunnel.reportLog(batch);
    return true;
  }

  /** Where the gateway doesn't know of it yet, it is given up at once. */
  goAway(message: string): void {
    if (this.#hasGreeted) this.#tunnel?.goAway(message);
    else this.close(message);
  }

  close(message: string): void {
    if (this.#tunnel !== undefined) this.#tunnel.close('closed', message);
    else this.#socket.terminate();
    this.#end(message);
  }

  #open(raw: Duplex): void {
    const socket = this.#socket;
    if (socket.protocol !== SUBPROTOCOL) {
      socket.terminate();
      return this.#end('what answers there is no gateway of this kind');
    }
    const tunnel = this.#makeTunnel(raw);
    this.#tunnel = tunnel;
    socket.on('message', (data, isBinary) => {
      if (isBinary && data instanceof Buffer) tunnel.receive(data);
      else tunnel.close('protocol', 'A message is not binary.');
    });
  }

  #makeTunnel(raw: Duplex): Tunnel {
    const { servers, log, maxStreams } = this.#facts;
    const tunnel = new Tunnel({
      role: 'connector',
      port: new WsPort(this.#socket, raw, () => this.#tunnel?.portDrained()),
      limits: { maxStreams: Math.min(maxStreams, MAX_STREAMS) },
      events: {
        onChallenge: (challenge) => this.#greet(tunnel, challenge),
        onWelcome: () => this.#events.onReady(),
        onRefused: (refused) => (this.#refused = refused),
        onOpen: (head, stream) => servers.open(head, stream),
        onGoAway: () => this.#events.onDraining(),
        onFault: (error) => log.error(`A fault of the connector: ${messageOf(error)}`),
        onClose: (end) => this.#end(end.message),
      },
    });
    return tunnel;
  }

  #greet(tunnel: Tunnel, challenge: { nonce: string; versions: number[]; gatewayVersion: string }) {
    const { state, servers, version, instance, maxStreams } = this.#facts;
    const { nonce, versions, gatewayVersion } = challenge;
    if (chooseVersion(versions) === undefined) {
      const message = versionRefusal({
        connectorVersion: version,
        gatewayVersion: this.#facts.log.clean(gatewayVersion, 64),
        offered: PROTOCOL_VERSIONS,
        spoken: versions,
      });
      this.#refused = { code: 'version', message };
      return tunnel.close('refused', message);
    }
    this.#hasGreeted = true;
    tunnel.hello({
      versions: [...PROTOCOL_VERSIONS],
      connectorId: state.connectorId,
      signature: signChallenge(state, nonce),
      connectorVersion: version,
      instance,
      maxStreams: Math.min(maxStreams, MAX_STREAMS),
      servers: servers.offered,
    });
  }

  #end(message: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#tunnel?.portClosed(message);
    // Errors of a socket that is given up are nobody's.
    this.#socket.on('error', () => undefined);
    if (this.#tunnel === undefined) this.#socket.terminate();
    const refused = this.#refused;
    this.#events.onEnd({ message, ...(refused !== undefined && { refused }) });
  }
}

function dial({ state, gateway, version }: LinkFacts): WebSocket {
  const url = new URL('/connector', state.gateway);
  url.protocol = url.protocol.replace('http', 'ws');
  const ca = gateway.ca === undefined ? undefined : readAuthority(gateway.ca, 'gateway.ca');
  const proxy = proxyFor(url.href, gateway.proxy, ca);
  // Masks keep a proxy that reads plain HTTP from taking a payload for a request. Nobody reads TLS.
  const needsMask = url.protocol === 'ws:' && !LOOPBACK.test(url.hostname);
  return new WebSocket(url, SUBPROTOCOL, {
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    handshakeTimeout: HANDSHAKE_MS,
    followRedirects: false,
    headers: { 'user-agent': `holdpoint-connector/${version}` },
    ...(proxy !== undefined && { agent: proxy.agent }),
    ...(ca !== undefined && { ca }),
    ...(!needsMask && { generateMask: () => undefined }),
  });
}

/** A gateway says in one line why it refuses. A page or a file of somebody else isn't shown. */
async function sentenceOf(response: IncomingMessage): Promise<string> {
  if (!/^text\/plain\b/.test(response.headers['content-type'] ?? '')) return '';
  const late = setTimeout(() => response.destroy(), SAID_WITHIN_MS);
  let text = '';
  try {
    for await (const chunk of response.setEncoding('utf8')) {
      text += String(chunk);
      if (text.length > MAX_SAID) break;
    }
  } catch {
    // What came has to do.
  } finally {
    clearTimeout(late);
  }
  return text.trim();
}

function unexpected(status: number, said: string): string {
  const why =
    status === 404
      ? 'no gateway with connectors is there, or a proxy in front doesn’t pass WebSockets'
      : status === 407
        ? PROXY_WANTS_LOGIN
        : said === ''
          ? 'a WebSocket was refused'
          : said;
  return `HTTP ${status}: ${why}`;
}
