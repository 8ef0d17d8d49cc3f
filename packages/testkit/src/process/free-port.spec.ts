import { createServer } from 'node:net';
import { findFreePort } from './free-port.ts';

describe('a free port', () => {
  it('is one that outgoing connections don’t get, and never the same twice', async () => {
    const ports: number[] = [];
    for (let n = 0; n < 200; n += 1) ports.push(await findFreePort());
    expect(new Set(ports).size).toBe(200);
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(20_000);
    expect(Math.max(...ports)).toBeLessThan(32_000);
  });

  it('can be listened on', async () => {
    const port = await findFreePort();
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    await new Promise((resolve) => server.close(resolve));
  });
});
