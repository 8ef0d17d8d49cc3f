import { createServer, type Server } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GatewayError } from '../platform/gateway.error.ts';
import { classifyFailure, wasSent } from './outgoing-failure.ts';
import { guardedLookup, HttpOutgoing } from './http-outgoing.ts';

/** Keeps what the gateway sends within what was checked, and at most once. */
describe('HttpOutgoing', () => {
  const OWN_PORT = 4600;
  let outgoing: HttpOutgoing;
  let server: Server;
  let port: number;
  let seen: { url: string; method: string; proxied: boolean }[];

  beforeEach(async () => {
    outgoing = new HttpOutgoing({ HOLDPOINT_PORT: OWN_PORT });
    seen = [];
    server = createServer((req, res) => {
      seen.push({
        url: req.url ?? '',
        method: req.method ?? '',
        proxied: (req.url ?? '').startsWith('http'),
      });
      if (req.url === '/moved') res.writeHead(307, { location: '/elsewhere' }).end();
      else if (req.url === '/reset') req.socket.destroy();
      else if (req.url !== '/hang') res.end('hello');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = portOf(server.address());
  });
  afterEach(async () => {
    await outgoing.onModuleDestroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const options = { method: 'POST', allowPrivate: true, body: '{}' } as const;

  it('reaches a private address where it is ticked, by name and by number', async () => {
    for (const host of ['127.0.0.1', 'localhost']) {
      const answer = await outgoing.request(`http://${host}:${port}/`, options);
      expect(answer.statusCode).toBe(200);
      expect(await text(answer.body)).toBe('hello');
    }
  });

  it('refuses a private address where it is not ticked, and sends nothing', async () => {
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '0x7f.1', '2130706433']) {
      const error = await failureOf(
        outgoing.request(`http://${host}:${port}/`, { ...options, allowPrivate: false }),
      );
      expect(classifyFailure(error)).toBe('address_refused');
      expect(error).toBeInstanceOf(GatewayError);
      expect(wasSent(error)).toBe(false);
    }
    expect(seen).toEqual([]);
  });

  it('does not serve an unticked connection over a ticked one’s open socket', async () => {
    const answer = await outgoing.request(`http://localhost:${port}/`, options);
    await text(answer.body);
    const error = await failureOf(
      outgoing.request(`http://localhost:${port}/`, { ...options, allowPrivate: false }),
    );
    expect(classifyFailure(error)).toBe('address_refused');
    expect(seen).toHaveLength(1);
  });

  it.each([
    ['link-local metadata', 'http://169.254.169.254/latest/meta-data/'],
    ['the gateway itself', `http://127.0.0.1:${OWN_PORT}/`],
    ['the gateway itself, mapped', `http://[::ffff:127.0.0.1]:${OWN_PORT}/`],
    ['the unspecified address', 'http://0.0.0.0/'],
    ['another scheme', 'file:///etc/passwd'],
    ['a password in the address', `http://a:b@127.0.0.1/`],
  ])('refuses %s even where private ranges are ticked', async (_, url) => {
    expect(classifyFailure(await failureOf(outgoing.request(url, options)))).toBe(
      'address_refused',
    );
  });

  it('hands a redirect back instead of following it', async () => {
    const answer = await outgoing.request(`http://127.0.0.1:${port}/moved`, options);
    answer.body.resume();
    expect(answer.statusCode).toBe(307);
    expect(seen.map(({ url }) => url)).toEqual(['/moved']);
  });

  it('does not send again after a broken connection, and does not call it unsent', async () => {
    const error = await failureOf(outgoing.request(`http://127.0.0.1:${port}/reset`, options));
    expect(wasSent(error)).toBe(true);
    expect(seen).toHaveLength(1);
  });

  it('calls a silent upstream a timeout that may have run', async () => {
    const error = await failureOf(
      outgoing.request(`http://127.0.0.1:${port}/hang`, { ...options, headersTimeoutMs: 100 }),
    );
    expect(classifyFailure(error)).toBe('timeout');
    expect(wasSent(error)).toBe(true);
  });

  it('uses no proxy from the environment', async () => {
    process.env['HTTP_PROXY'] = 'http://127.0.0.1:1';
    try {
      const answer = await outgoing.request(`http://127.0.0.1:${port}/`, options);
      await text(answer.body);
      expect(seen).toEqual([{ url: '/', method: 'POST', proxied: false }]);
    } finally {
      delete process.env['HTTP_PROXY'];
    }
  });

  it('names a refused connection, and knows that nothing was sent', async () => {
    const closed = createTcpServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const freePort = portOf(closed.address());
    await new Promise((resolve) => closed.close(resolve));
    for (const host of ['127.0.0.1', 'localhost']) {
      const error = await failureOf(outgoing.request(`http://${host}:${freePort}/`, options));
      expect(classifyFailure(error)).toBe('connect');
      expect(wasSent(error)).toBe(false);
    }
  });

  it('names a failed TLS handshake, and knows that nothing was sent', async () => {
    const error = await failureOf(outgoing.request(`https://127.0.0.1:${port}/`, options));
    expect(classifyFailure(error)).toBe('tls');
    expect(wasSent(error)).toBe(false);
    expect(seen).toEqual([]);
  });

  it('names a name that does not resolve', async () => {
    const error = await failureOf(outgoing.request('http://nowhere.invalid/', options));
    expect(classifyFailure(error)).toBe('dns');
    expect(wasSent(error)).toBe(false);
  });

  it('calls an unknown error sent', () => {
    expect(wasSent(new Error('?'))).toBe(true);
    expect(wasSent(undefined)).toBe(true);
  });
});

describe('guardedLookup', () => {
  const answering =
    (...addresses: string[]) =>
    (
      _host: string,
      _options: object,
      callback: (error: null, found: { address: string; family: number }[]) => void,
    ) =>
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
  const look = (addresses: string[], allowPrivate = false, all = true) =>
    new Promise((resolve) => {
      const lookup = guardedLookup({ allowPrivate, isOwnPort: false }, answering(...addresses));
      lookup('name.test', { all }, (error, found, family) =>
        resolve(error === null ? [found, family] : classifyFailure(error)),
      );
    });

  it('hands out exactly what it checked', async () => {
    expect(await look(['93.184.216.34'])).toEqual([
      [{ address: '93.184.216.34', family: 4 }],
      undefined,
    ]);
    expect(await look(['93.184.216.34'], false, false)).toEqual(['93.184.216.34', 4]);
  });

  it('refuses a name when any of its addresses is refused', async () => {
    expect(await look(['93.184.216.34', '169.254.169.254'], true)).toBe('address_refused');
    expect(await look(['93.184.216.34', '10.0.0.1'])).toBe('address_refused');
  });

  it('can be handed to a socket', async () => {
    const echo = createTcpServer((socket) => socket.end('hi'));
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    const lookup = guardedLookup({ allowPrivate: true, isOwnPort: false }, answering('127.0.0.1'));
    const socket = connect({ host: 'name.test', port: portOf(echo.address()), lookup });
    expect(await text(socket)).toBe('hi');
    await new Promise((resolve) => echo.close(resolve));
  });
});

function portOf(address: string | AddressInfo | null): number {
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return address.port;
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error,
  );
}
