import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HttpOutgoing } from './http-outgoing.ts';
import { Outgoing } from './outgoing.ts';
import { openSseServer } from './sse-server-stream.ts';

const http = new HttpOutgoing({ HOLDPOINT_PORT: 1 });
const outgoing = new Outgoing(http, { request: () => Promise.reject(new Error('unused')) });
let server: Server;
let url: string;
let answer: (response: ServerResponse) => void;

beforeAll(async () => {
  server = createServer((_request, response) => answer(response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/base/sse`;
});
afterAll(async () => {
  await http.onModuleDestroy();
  server.closeAllConnections();
  server.close();
});

const says = (text: string, type = 'text/event-stream') => {
  answer = (response) => {
    response.writeHead(200, { 'content-type': type });
    response.write(text);
  };
};
const open = () =>
  openSseServer(
    outgoing,
    { url, allowPrivate: true, headers: {} },
    { maxEventBytes: 8192, headers: {}, signal: new AbortController().signal },
  );

describe('the endpoint that a server names', () => {
  it.each([
    ['a path', '/messages?s=1', '/messages?s=1'],
    ['a path beside its own', 'messages', '/base/messages'],
    ['a query alone', '?s=1', '/base/sse?s=1'],
    ['a fragment, which is left out', '/m#here', '/m'],
  ])('may be %s', async (_what, named, path) => {
    says(`: hello\n\nevent: endpoint\ndata: ${named}\n\ndata: {}\n\n`);
    const opened = await open();
    expect(opened).toMatchObject({ ok: true, endpoint: new URL(path, url).href });
    if (!opened.ok) return;
    for await (const event of opened.events) {
      expect(event).toEqual({ kind: 'message', data: '{}' });
      break;
    }
  });

  it('may be a whole address of the same origin', async () => {
    says(`event: endpoint\ndata: ${url}/messages\n\n`);
    expect(await open()).toMatchObject({ ok: true, endpoint: `${url}/messages` });
  });

  // Guarantee (invariant 5): messages and the credential go to the origin that an admin entered.
  it.each([
    ['another host', 'http://elsewhere.example/m'],
    ['another host without a scheme', '//elsewhere.example/m'],
    ['another host by backslashes', String.raw`\\elsewhere.example/m`],
    ['another port', 'http://127.0.0.1:1/m'],
    ['another scheme', 'https://127.0.0.1/m'],
    ['no host at all', 'data:text/plain,x'],
    ['a script', 'javascript:1'],
    ['no address', 'http://['],
    ['an address as long as nobody needs', `/m?x=${'"'.repeat(2000)}`],
  ])('is refused with %s', async (_what, named) => {
    says(`event: endpoint\ndata: ${named}\n\n`);
    expect(await open()).toEqual({ ok: false, why: 'foreign_endpoint' });
  });

  it('is refused with a user in it', async () => {
    says(`event: endpoint\ndata: ${url.replace('//', '//user@')}\n\n`);
    expect(await open()).toEqual({ ok: false, why: 'foreign_endpoint' });
  });
});

describe('a stream that came through a connector', () => {
  // All addresses of a scheme that URLs know nothing of have the same origin, "null".
  it('names no server of another connector, and none of its own', async () => {
    const body = () => {
      const named = 'event: endpoint\ndata: connector://vault/secrets\n\n';
      const read = Readable.from([Buffer.from(named)]);
      return Object.assign(read, { bytes: () => buffer(read) });
    };
    const headers = { 'content-type': 'text/event-stream' };
    const through = new Outgoing(http, {
      request: () => Promise.resolve({ statusCode: 200, headers, body: body() }),
    });
    const opened = await openSseServer(
      through,
      { url: 'connector://plant/files', allowPrivate: false, headers: {} },
      { maxEventBytes: 8192, headers: {}, signal: new AbortController().signal },
    );
    expect(opened).toEqual({ ok: false, why: 'foreign_endpoint' });
  });
});

describe('what is no server of HTTP+SSE', () => {
  it.each([
    ['another first event', 'data: {}\n\n', 'text/event-stream', 'no_endpoint'],
    ['a page', '<html>', 'text/html', 'no_stream'],
  ])('is told by %s', async (_what, text, type, why) => {
    says(text, type);
    expect(await open()).toEqual({ ok: false, why });
  });

  it('is told by its status, and by a stream that ends', async () => {
    answer = (response) => void response.writeHead(405).end();
    expect(await open()).toEqual({ ok: false, why: 'status', status: 405 });
    answer = (response) =>
      void response.writeHead(200, { 'content-type': 'text/event-stream' }).end();
    expect(await open()).toEqual({ ok: false, why: 'no_endpoint' });
  });

  it('is not read beyond the bound', async () => {
    says(`event: endpoint\ndata: /${'x'.repeat(9000)}\n\n`);
    await expect(open()).rejects.toMatchObject({ code: 'frame_too_large' });
  });
});
