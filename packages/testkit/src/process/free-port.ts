import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { TestkitError, systemErrorCode } from '../testkit.error.ts';

/**
 * Below the ports that Linux (from 32768 on) and others (from 49152 on) give to outgoing connections:
 * on a busy machine one of those is taken again before anybody listens on it. Browsers refuse none of
 * them.
 */
const LOWEST = 20_000;
const ABOVE = 32_000;
const ATTEMPTS = 100;
/** Two that are asked for one after the other differ. */
const given = new Set<number>();

/** A loopback port that was free a moment ago, and that no outgoing connection takes meanwhile. */
export async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = randomInt(LOWEST, ABOVE);
    if (given.has(port)) continue;
    given.add(port);
    try {
      return await probe(port, '127.0.0.1');
    } catch (cause) {
      const code = systemErrorCode(cause);
      if (code !== 'EADDRINUSE' && code !== 'EACCES') throw cause;
    }
  }
  return probe(0, '127.0.0.1');
}

/** Throws `port_taken` when something else already listens on the port of either loopback. */
export async function assertPortFree(port: number): Promise<void> {
  for (const host of ['127.0.0.1', '::1']) {
    try {
      await probe(port, host);
    } catch (cause) {
      const code = systemErrorCode(cause);
      // A machine without IPv6 has nothing listening there.
      if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') continue;
      if (code !== 'EADDRINUSE' && code !== 'EACCES') throw cause;
      const why = code === 'EACCES' ? 'needs more rights' : 'is already in use by another program';
      throw new TestkitError('port_taken', `Port ${port} ${why}.`, { cause });
    }
  }
}

function probe(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('no TCP address'));
        else resolve(address.port);
      });
    });
  });
}
