import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer, type Server as NetServer } from 'node:net';

const LOOPBACKS = ['127.0.0.1', '::1'];
/** Balancers keep idle connections for about a minute; the one who closes first must not be us. */
const KEEP_ALIVE_MS = 75_000;
/** Who sends its head or its body slower than this is cut off: nobody holds a place by trickling. */
const HEADERS_MS = 80_000;
const REQUEST_MS = 300_000;

export class ListenError extends Error {
  override readonly name = 'ListenError';
}

export interface Listening {
  /** Takes no new connections; those that are open stay. */
  stop(): void;
}

/**
 * Opens the server's port. `loopback` means both loopback addresses: one http server, and a second
 * socket that hands its connections over, so that both share every handler and Socket.IO.
 * The answers it streams may take an hour; only the request has a time limit.
 *
 * @throws ListenError with one clear sentence
 */
export async function listen(server: Server, host: string, port: number): Promise<Listening> {
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = HEADERS_MS;
  server.requestTimeout = REQUEST_MS;
  if (host !== 'loopback') {
    await open(server, host, port);
    return { stop: () => void server.close() };
  }
  const [first = host, second = host] = LOOPBACKS;
  await open(server, first, port);
  const twin = createServer((socket) => server.emit('connection', socket));
  const listening = {
    stop() {
      server.close();
      twin.close();
    },
  };
  server.once('close', () => twin.close());
  try {
    await open(twin, second, port);
  } catch (error) {
    // A machine without IPv6 has no second loopback.
    const code = error instanceof ListenError ? codeOf(error.cause) : undefined;
    if (code !== 'EADDRNOTAVAIL' && code !== 'EAFNOSUPPORT') throw error;
  }
  return listening;
}

async function open(server: Server | NetServer, host: string, port: number): Promise<void> {
  const opened = once(server, 'listening');
  server.listen({ host, port });
  try {
    await opened;
  } catch (cause) {
    throw new ListenError(explain(cause, host, port), { cause });
  }
}

function explain(error: unknown, host: string, port: number): string {
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is taken by another program. Stop it, or choose another with HOLDPOINT_PORT.`;
    case 'EACCES':
      return `This account may not open port ${port}. Choose one above 1023 with HOLDPOINT_PORT.`;
    case 'EADDRNOTAVAIL':
      return `This machine has no address ${host}. Set HOLDPOINT_HOST to one of its own.`;
    default:
      return `Port ${port} on ${host} can’t be opened: ${String(error)}`;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
