import { createPublicKey, verify } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import {
  challengeBytes,
  chooseVersion,
  MAX_MESSAGE_BYTES,
  PROTOCOL_VERSIONS,
  SUBPROTOCOL,
  Tunnel,
  versionRefusal,
  type Hello,
  type Refused,
} from '@holdpoint/tunnel';
import { WebSocketServer, type WebSocket } from 'ws';
import { z } from 'zod';
import type { Environment } from '../env.ts';
import { Database } from '../platform/database.ts';
import { judgeHost } from '../platform/host-check.ts';
import type { Logger } from '../platform/logger.ts';
import { newId } from '../platform/new-id.ts';
import { randomBytes } from '../platform/random.ts';
import { ENVIRONMENT, LOGGER } from '../platform/tokens.ts';
import { VERSION } from '../platform/version.ts';
import { ConnectorLink } from './connector-link.ts';
import { findEnrolled } from './connector-link.sql.ts';
import { ConnectorLinks } from './connector-links.ts';
import { TunnelSocket } from './tunnel-socket.ts';

const PATH = '/connector';
/** Sockets that haven't proved who they are. One more ends the oldest: who says nothing keeps nobody out. */
const MAX_GREETING = 64;
/** Whose signature is being checked: these are ended by nobody else, and one more is told to come again. */
const MAX_JUDGED = 64;
const MAX_LINKS = 1024;

/**
 * `GET /connector`: where connectors dial in. Whoever comes is sent a challenge, and has no tunnel
 * before its signature was checked against the key that it enrolled with.
 */
@Injectable()
export class ConnectorEndpoint {
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    clientTracking: false,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  readonly #greeting = new Set<Tunnel>();
  readonly #judged = new Set<Tunnel>();

  constructor(
    @Inject(ENVIRONMENT) private readonly env: Environment,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly database: Database,
    private readonly links: ConnectorLinks,
  ) {}

  /** Takes the upgrades of its own path, and leaves those of every other one alone. */
  attach(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if ((request.url ?? '').split('?')[0] !== PATH) return;
      const refusal = this.#refusalOf(request);
      if (refusal !== undefined) return turnAway(socket, ...refusal);
      this.#sockets.handleUpgrade(request, socket, head, (ws) => this.#greet(ws, socket));
    });
  }

  #refusalOf(request: IncomingMessage): Refusal | undefined {
    const { headers } = request;
    // SECURITY: browsers always name the origin, and a page has no business here.
    if (headers.origin !== undefined) return [403, 'Pages don’t dial in.'];
    const { HOLDPOINT_TRUSTED_PROXIES: proxies } = this.env;
    const asked = { method: 'POST', path: PATH };
    if (proxies.length === 0 && judgeHost(headers.host, asked, this.env) !== 'accepted')
      return [421, `This gateway answers at ${this.env.HOLDPOINT_PUBLIC_URL} only.`];
    const protocols = (headers['sec-websocket-protocol'] ?? '')
      .split(',')
      .map((each) => each.trim());
    if (!protocols.includes(SUBPROTOCOL))
      return [400, `This gateway speaks ${SUBPROTOCOL}. Use a connector of its version.`];
    if (this.links.isDraining) return [503, 'The gateway stops.'];
    if (this.links.all().length >= MAX_LINKS) return [503, 'Too many connectors are linked.'];
    return undefined;
  }

  #greet(ws: WebSocket, transport: Duplex): void {
    const [oldest] = this.#greeting.size < MAX_GREETING ? [] : this.#greeting;
    oldest?.close('not_ready', 'Too many dial in at once. Dial again.');
    const greeted = () => {
      this.#greeting.delete(tunnel);
      this.#judged.delete(tunnel);
    };
    const nonce = randomBytes(32).toString('base64url');
    let link: ConnectorLink | undefined;
    let isGoingAway = false;
    const tunnel = new Tunnel({
      role: 'gateway',
      port: new TunnelSocket(ws, transport),
      events: {
        onHello: (hello) => {
          if (this.#judged.size >= MAX_JUDGED)
            return tunnel.close('not_ready', 'Too many dial in at once. Dial again.');
          this.#greeting.delete(tunnel);
          this.#judged.add(tunnel);
          void this.#admit(hello, nonce, tunnel)
            .then((admitted) => {
              link = admitted;
              if (link !== undefined && isGoingAway) this.links.noteGoAway(link);
            })
            .catch((error: unknown) => this.#failed(tunnel, error))
            .finally(greeted);
        },
        onStatus: (status) => link?.noteStatus(status),
        onLog: (batch) => link?.noteLog(batch),
        onFault: (error) =>
          this.logger.error(
            { error: String(error) },
            'an exchange through a connector failed here',
          ),
        // It says so once, and may be stopped while it is let in.
        onGoAway: () => {
          isGoingAway = true;
          if (link !== undefined) this.links.noteGoAway(link);
        },
        onClose: (end) => {
          greeted();
          if (link !== undefined) this.links.ended(link, end);
        },
      },
    });
    this.#greeting.add(tunnel);
    // Text would come as a Buffer, too; the first frame of anything else breaks the protocol anyway.
    ws.on('message', (data: Buffer) => tunnel.receive(data));
    ws.on('error', () => undefined);
    ws.on('close', () => tunnel.portClosed('The connection to the connector was lost.'));
    transport.on('drain', () => tunnel.portDrained());
    tunnel.challenge({
      nonce,
      versions: [...PROTOCOL_VERSIONS],
      gatewayVersion: VERSION,
    });
  }

  /** ATTACKER-CONTROLLED: all of the hello. */
  async #admit(hello: Hello, nonce: string, tunnel: Tunnel): Promise<ConnectorLink | undefined> {
    const version = chooseVersion(hello.versions);
    if (version === undefined) {
      const { connectorVersion, versions: offered } = hello;
      const facts = { connectorVersion, offered, gatewayVersion: VERSION };
      return refuse(tunnel, 'version', versionRefusal(facts));
    }
    const { connectorId } = hello;
    const known = z.uuid().safeParse(connectorId).success
      ? await findEnrolled(this.database.pool, connectorId)
      : undefined;
    if (known === undefined)
      return refuse(tunnel, 'unknown', 'This gateway knows no such connector. Enrol it again.');
    const origin = new URL(this.env.HOLDPOINT_PUBLIC_URL).origin;
    if (
      !isSignedBy(known.publicKey, challengeBytes({ connectorId, nonce, origin }), hello.signature)
    )
      return refuse(
        tunnel,
        'signature',
        `The signature doesn’t fit. Dial ${origin}, with the key that this connector enrolled with.`,
      );
    if (known.revoked) return this.#revoked(tunnel);
    const { site } = known;
    const link = new ConnectorLink({ id: newId(), connectorId, site, hello, tunnel });
    if (!(await this.links.register(link))) return this.#revoked(tunnel);
    // It may have gone while it was written down.
    if (tunnel.isClosed) {
      this.links.ended(link, { code: 'port_closed', message: 'The connection was lost at once.' });
      return undefined;
    }
    tunnel.welcome({ version, gatewayVersion: VERSION, site });
    this.logger.info({ connector: connectorId, site }, 'a connector is linked');
    return link;
  }

  #revoked(tunnel: Tunnel): undefined {
    return refuse(tunnel, 'revoked', 'This connector was revoked. Enrol it again to use it.');
  }

  #failed(tunnel: Tunnel, error: unknown): void {
    this.logger.error({ error: String(error) }, 'a connector could not be admitted');
    refuse(tunnel, 'busy', 'The gateway can’t admit connectors right now.');
  }
}

function refuse(tunnel: Tunnel, code: Refused['code'], message: string): undefined {
  tunnel.refuse({ code, message });
}

function isSignedBy(publicKey: string, bytes: Uint8Array, signature: string): boolean {
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
  return verify(null, bytes, key, Buffer.from(signature, 'base64url'));
}

type Refusal = readonly [status: 400 | 403 | 421 | 503, sentence: string];

const REASONS: Readonly<Record<Refusal[0], string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  421: 'Misdirected Request',
  503: 'Service Unavailable',
};

function turnAway(socket: Duplex, status: Refusal[0], sentence: string): void {
  const body = Buffer.from(`${sentence}\n`, 'utf8');
  socket.on('error', () => undefined);
  socket.end(
    `HTTP/1.1 ${status} ${REASONS[status]}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body.toString('utf8')}`,
  );
}
