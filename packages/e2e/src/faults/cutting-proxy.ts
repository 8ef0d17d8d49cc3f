import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** How a network breaks. */
export type Cut =
  /** Both ends are told, in order. */
  | 'closed'
  /** Both ends are told by a reset. */
  | 'reset'
  /** Nobody is told anything: the sockets stay open, and nothing passes any more. */
  | 'half-open';

export interface CuttingProxy {
  readonly url: string;
  /** Connections that are open through it. */
  readonly open: number;
  /** Breaks what is open. What is dialled afterwards passes, unless dialling is barred. */
  cut(how: Cut): void;
  /** While barred, nobody gets through who dials. */
  bar(isBarred: boolean): void;
  /** What comes from the gateway isn't read any more, by anybody: its sockets fill up. */
  stall(): void;
  /** How many bytes came from the gateway. */
  readonly fromGateway: number;
  close(): Promise<void>;
}

/**
 * The network between a connector and its gateway, in a test's hand: an HTTP proxy for CONNECT, as
 * connectors use one to get out.
 */
export async function startCuttingProxy(): Promise<CuttingProxy> {
  const pairs = new Set<readonly [Socket, Duplex]>();
  let isBarred = false;
  let fromGateway = 0;

  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on('connect', (request: IncomingMessage, near: Duplex, head: Buffer) => {
    near.on('error', () => undefined);
    if (isBarred) return void near.destroy();
    const { hostname, port } = new URL(`http://${request.url ?? ''}`);
    const far = connect(Number(port), hostname === 'localhost' ? '127.0.0.1' : hostname);
    const pair = [far, near] as const;
    far.on('error', () => near.destroy());
    far.on('connect', () => {
      near.write('HTTP/1.1 200 Connection established\r\n\r\n');
      if (head.length > 0) far.write(head);
      far.on('data', (chunk: Buffer) => (fromGateway += chunk.length));
      far.pipe(near);
      near.pipe(far);
    });
    pairs.add(pair);
    far.on('close', () => {
      pairs.delete(pair);
      near.destroy();
    });
    near.on('close', () => far.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');

  return {
    url: `http://127.0.0.1:${address.port}`,
    get open() {
      return pairs.size;
    },
    get fromGateway() {
      return fromGateway;
    },
    cut(how) {
      for (const [far, near] of pairs) breakOff(how, far, near);
    },
    bar(next) {
      isBarred = next;
    },
    stall() {
      for (const [far, near] of pairs) {
        far.unpipe(near);
        far.pause();
      }
    },
    async close() {
      for (const [far, near] of pairs) {
        far.destroy();
        near.destroy();
      }
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function breakOff(how: Cut, far: Socket, near: Duplex): void {
  switch (how) {
    case 'closed':
      far.destroy();
      near.destroy();
      return;
    case 'reset':
      far.resetAndDestroy();
      if ('resetAndDestroy' in near && typeof near.resetAndDestroy === 'function')
        near.resetAndDestroy();
      return;
    case 'half-open':
      for (const socket of [far, near]) {
        socket.unpipe();
        // Read, so that not even a full buffer tells the sender, and dropped.
        socket.removeAllListeners('data');
        socket.on('data', () => undefined);
        socket.resume();
      }
      return;
    default:
      return how satisfies never;
  }
}
