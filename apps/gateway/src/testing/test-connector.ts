import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { PassThrough } from 'node:stream';
import type { INestApplicationContext } from '@nestjs/common';
import {
  challengeBytes,
  PROTOCOL_VERSIONS,
  SUBPROTOCOL,
  Tunnel,
  type Hello,
  type OpenHead,
  type Refused,
  type StreamHandlers,
  type TunnelEnd,
  type TunnelStream,
} from '@holdpoint/tunnel';
import { WebSocket } from 'ws';
import { Enrolments } from '../connectors/enrolments.ts';
import { TunnelSocket } from '../connectors/tunnel-socket.ts';
import { adminNamed } from './admins.ts';
import { PUBLIC_URL } from './mcp-bench.ts';

/** A connector's key and the id that enrolling gave it. */
export interface TestIdentity {
  readonly connectorId: string;
  readonly key: KeyObject;
}

export async function enrolTestConnector(
  context: INestApplicationContext,
  site: string,
): Promise<TestIdentity> {
  const enrolments = context.get(Enrolments);
  const { token } = await enrolments.create({ site, minutes: 5 }, adminNamed('adrian'));
  const { publicKey, privateKey: key } = generateKeyPairSync('ed25519');
  const { x = '' } = publicKey.export({ format: 'jwk' });
  const { connectorId } = await enrolments.enroll({
    token,
    publicKey: { kty: 'OKP', crv: 'Ed25519', x },
    name: `connector of ${site}`,
    version: '0.0.1',
  });
  return { connectorId, key };
}

export interface TestConnectorOptions {
  /** Server name → the HTTP MCP server that it fronts. */
  readonly servers: Readonly<Record<string, string>>;
  /** What it says of all of them. */
  readonly kind?: 'stdio' | 'http';
  readonly instance?: string;
  readonly versions?: readonly number[];
  /** In place of fronting a server. */
  readonly onOpen?: (head: OpenHead, stream: TunnelStream) => StreamHandlers;
  readonly headers?: Readonly<Record<string, string>>;
  /** Signed for in place of the gateway's. */
  readonly origin?: string;
  /** How often it says who it is. */
  readonly hellos?: number;
  /** It is stopped before it is welcome. */
  readonly isStopped?: boolean;
}

export interface TestConnector {
  readonly tunnel: Tunnel;
  /** Every exchange that the gateway opened. */
  readonly opened: OpenHead[];
  readonly goneAway: Promise<void>;
  readonly ended: Promise<TunnelEnd>;
  /** Without a word, as a cut line or a killed process. */
  cut(): void;
  close(): Promise<void>;
}

/** A connector that fronts HTTP servers, over the real tunnel. @throws TestRefusal where it isn't welcome */
export async function dial(
  gateway: { readonly origin: string },
  { connectorId, key }: TestIdentity,
  options: TestConnectorOptions,
): Promise<TestConnector> {
  const url = `${gateway.origin.replace(/^http/, 'ws')}/connector`;
  const headers = { host: new URL(PUBLIC_URL).host, ...options.headers };
  const socket = new WebSocket(url, [SUBPROTOCOL], { headers });
  // The gateway speaks first, as soon as it is open.
  const isOpen = once(socket, 'open');
  const opened: OpenHead[] = [];
  const welcome = Promise.withResolvers<Refused | 'welcome'>();
  const ended = Promise.withResolvers<TunnelEnd>();
  const goneAway = Promise.withResolvers<void>();
  const tunnel = new Tunnel({
    role: 'connector',
    // It gathers nothing: each frame leaves alone.
    port: new TunnelSocket(socket, new PassThrough()),
    events: {
      onChallenge: ({ nonce }) => {
        const bytes = challengeBytes({ connectorId, nonce, origin: options.origin ?? PUBLIC_URL });
        const hello: Hello = {
          versions: [...(options.versions ?? PROTOCOL_VERSIONS)],
          connectorId,
          signature: sign(null, bytes, key).toString('base64url'),
          connectorVersion: '0.0.1',
          instance: options.instance ?? 'only',
          maxStreams: 256,
          servers: Object.keys(options.servers).map((name) => ({
            name,
            kind: options.kind ?? 'http',
          })),
        };
        for (let said = 0; said < (options.hellos ?? 1); said += 1) tunnel.hello(hello);
        if (options.isStopped) tunnel.goAway('Stopped.');
      },
      onWelcome: () => welcome.resolve('welcome'),
      onRefused: (refused) => welcome.resolve(refused),
      onGoAway: () => goneAway.resolve(),
      onOpen: (head, stream) => {
        opened.push(head);
        if (options.onOpen !== undefined) return options.onOpen(head, stream);
        return front(options.servers[head.server], head, stream);
      },
      onClose: (end) => {
        ended.resolve(end);
        welcome.resolve({ code: 'invalid', message: end.message });
      },
    },
  });
  socket.on('message', (data: Buffer) => tunnel.receive(data));
  socket.on('close', () => tunnel.portClosed('The gateway is gone.'));
  await isOpen;
  socket.on('error', () => undefined);
  const greeted = await welcome.promise;
  if (greeted !== 'welcome') throw new TestRefusal(greeted);
  return {
    tunnel,
    opened,
    goneAway: goneAway.promise,
    ended: ended.promise,
    cut: () => socket.terminate(),
    async close() {
      tunnel.close();
      await ended.promise;
    },
  };
}

export class TestRefusal extends Error {
  constructor(readonly refused: Refused) {
    super(refused.message);
  }
}

/** One exchange, passed on over HTTP. */
function front(url: string | undefined, head: OpenHead, stream: TunnelStream): StreamHandlers {
  if (url === undefined) {
    queueMicrotask(() => stream.reset({ code: 'unknown_server', sent: false, message: 'No.' }));
    return { onData: () => undefined, onEnd: () => undefined, onReset: () => undefined };
  }
  const outgoing = request(url, { method: head.method, headers: head.headers });
  const lost = () => stream.reset({ code: 'server_failed', sent: true, message: 'It broke.' });
  outgoing.on('error', lost);
  outgoing.on('response', (response) => {
    const { 'content-type': type, 'mcp-session-id': session } = response.headers;
    stream.respond({
      status: response.statusCode ?? 500,
      headers: {
        ...(type !== undefined && { 'content-type': type }),
        ...(typeof session === 'string' && { 'mcp-session-id': session }),
      },
    });
    response.on('data', (chunk: Buffer) => {
      if (!stream.write(chunk)) response.pause();
    });
    resume = () => void response.resume();
    response.on('end', () => stream.end());
    response.on('error', lost);
  });
  let resume = () => {};
  // Without a body there is no end of one either.
  if (head.method !== 'POST') outgoing.end();
  return {
    onData: (chunk) => void outgoing.write(chunk),
    onEnd: () => void outgoing.end(),
    onReset: () => void outgoing.destroy(),
    onDrain: () => resume(),
  };
}
