import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Environment } from '../env.ts';
import { createConsoleProxy } from './console-proxy.ts';
import type { Logger } from './logger.ts';

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  open.push(server);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('It does not listen.');
  return `http://127.0.0.1:${address.port}`;
}

/** The gateway in front of a console, and what it warned of. */
async function before(console: RequestListener): Promise<{ url: string; warnings: unknown[] }> {
  const warnings: unknown[] = [];
  const env = {
    HOLDPOINT_PUBLIC_URL: 'http://localhost:4600',
    HOLDPOINT_OIDC_ISSUER: 'https://id.example.com',
    HOLDPOINT_CONSOLE_URL: await listen(console),
  } as Environment;
  const logger = { warn: (...words: unknown[]) => warnings.push(words) } as unknown as Logger;
  const proxy = createConsoleProxy(env, logger);
  const url = await listen((req, res) => {
    // Express would have made these of them; the proxy asks nothing of Express.
    void proxy(
      req as Parameters<typeof proxy>[0],
      res as Parameters<typeof proxy>[1],
      () => undefined,
    );
  });
  return { url, warnings };
}

describe('the console behind the gateway', () => {
  it('is asked again where it closed an idle connection just as a request came', async () => {
    const seen = new Map<Socket, number>();
    const { url, warnings } = await before((req, res) => {
      const requests = (seen.get(req.socket) ?? 0) + 1;
      seen.set(req.socket, requests);
      if (requests > 1) req.socket.destroy();
      else res.end('a page');
    });
    expect(await (await fetch(`${url}/inbox`)).text()).toBe('a page');
    const again = await fetch(`${url}/inbox`);
    expect([again.status, await again.text()]).toEqual([200, 'a page']);
    expect([...seen.values()]).toEqual([2, 1]);
    expect(warnings).toEqual([]);
  });

  it('is asked twice at most, and then said to be away', async () => {
    let asked = 0;
    const { url, warnings } = await before((req) => {
      asked += 1;
      req.socket.destroy();
    });
    const answer = await fetch(`${url}/inbox`);
    expect(answer.status).toBe(502);
    expect(await answer.text()).toContain('The console isn’t answering');
    expect(asked).toBe(2);
    expect(warnings).toHaveLength(1);
  });
});
