import { createServer, type RequestListener, type Server } from 'node:http';
import { TestkitError, systemErrorCode } from '../testkit.error.ts';

/** Serves on 127.0.0.1 only: nothing here is meant for another machine. */
export async function listenOnLoopback(
  port: number,
  listener: RequestListener,
): Promise<{ readonly server: Server; readonly port: number; close(): Promise<void> }> {
  const server = createServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const taken = systemErrorCode(cause) === 'EADDRINUSE';
      reject(
        taken
          ? new TestkitError('port_taken', `Port ${port} is already in use.`, { cause })
          : cause,
      );
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  async function close(): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }
  return { server, port: address.port, close };
}
