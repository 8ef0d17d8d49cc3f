import { createServer } from 'node:net';
import { TestkitError, systemErrorCode } from '../testkit.error.ts';

/** A loopback port that was free a moment ago. */
export function findFreePort(): Promise<number> {
  return probe(0);
}

/** Throws `port_taken` when something else already listens on the loopback port. */
export async function assertPortFree(port: number): Promise<void> {
  try {
    await probe(port);
  } catch (error) {
    if (systemErrorCode(error) === 'EADDRINUSE') {
      throw new TestkitError('port_taken', `Port ${port} is already in use by another program.`, {
        cause: error,
      });
    }
    if (systemErrorCode(error) === 'EACCES') {
      throw new TestkitError('port_taken', `Port ${port} may not be used without more rights.`, {
        cause: error,
      });
    }
    throw error;
  }
}

function probe(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('no TCP address'));
        else resolve(address.port);
      });
    });
  });
}
