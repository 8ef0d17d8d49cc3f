// Guarantees that only what the file says is reached, once, with nothing of the gateway's but MCP's
// own headers, and that a failure says truthfully whether anything may have left.
import { writeFileSync } from 'node:fs';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, createServer as createNetServer } from 'node:net';
import { join } from 'node:path';
import { watch } from '../testing/legacy-client.ts';
import { scratch, Setup, until } from '../testing/setup.ts';

const SECRET = 'very-secret-token';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  closed: boolean;
}

type Behaviour = (response: ServerResponse, seen: Seen) => void;

let upstream: Server;
let cutting: ReturnType<typeof createNetServer>;
let setup: Setup;
let behaviour: Behaviour;
const seen: Seen[] = [];
const elsewhere: string[] = [];
const folder = scratch();

const portOf = (server: { address(): AddressInfo | string | null }) =>
  (server.address() as AddressInfo).port;

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  const { method, url, headers } = request;
  if (url?.startsWith('/elsewhere')) elsewhere.push(url);
  const one: Seen = { method, url, headers, body, closed: false };
  response.once('close', () => (one.closed = true));
  seen.push(one);
  behaviour(response, one);
}

beforeAll(async () => {
  upstream = createServer((request, response) => void receive(request, response));
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  // Reads a request and hangs up.
  cutting = createNetServer((socket) => socket.once('data', () => socket.destroy()));
  await new Promise<void>((resolve) => cutting.listen(0, '127.0.0.1', resolve));
  const file = join(folder.path, 'token');
  writeFileSync(file, `${SECRET}\n`);
  setup = await Setup.start({
    api: {
      http: {
        url: `http://127.0.0.1:${portOf(upstream)}/mcp?tenant=a`,
        headers: {
          Authorization: { file, prefix: 'Bearer ' },
          'x-plain': 'as it is',
          'User-Agent': "the file's own",
          'Last-Event-ID': '0',
        },
      },
    },
    nobody: { http: { url: 'http://127.0.0.1:1/mcp' } },
    cutting: { http: { url: `http://127.0.0.1:${portOf(cutting)}/mcp` } },
    locked: {
      http: {
        url: `http://127.0.0.1:${portOf(upstream)}/locked`,
        headers: { authorization: { file: join(folder.path, 'missing') } },
      },
    },
  });
});

afterAll(async () => {
  await setup.stop();
  upstream.closeAllConnections();
  upstream.close();
  cutting.close();
  folder.remove();
});

beforeEach(() => {
  seen.length = 0;
  behaviour = (response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
});

const head = (server: string, headers: Record<string, string> = {}) => ({
  server,
  method: 'POST' as const,
  headers,
});

describe('a request', () => {
  it('carries MCP’s headers and the connector’s credential, and nothing else of the gateway', async () => {
    await setup.far.exchange(
      head('api', {
        accept: 'application/json',
        'content-type': 'application/json',
        'mcp-session-id': 's',
        'mcp-param-x': 'p',
        'last-event-id': '7',
        authorization: 'Bearer of-the-gateway',
        cookie: 'a=b',
        host: 'elsewhere.example.com',
        'x-forwarded-for': '10.0.0.1',
        'x-plain': 'of the gateway',
        'transfer-encoding': 'chunked',
      }),
      '{"a":1}',
    );
    const [{ headers, body, url, method } = { headers: {} }] = seen;
    expect([method, url, body]).toEqual(['POST', '/mcp?tenant=a', '{"a":1}']);
    expect(headers).toEqual({
      accept: 'application/json',
      'accept-encoding': 'identity',
      authorization: `Bearer ${SECRET}`,
      connection: expect.any(String),
      'content-length': '7',
      'content-type': 'application/json',
      host: `127.0.0.1:${portOf(upstream)}`,
      'last-event-id': '0',
      'mcp-param-x': 'p',
      'mcp-session-id': 's',
      'user-agent': "the file's own",
      'x-plain': 'as it is',
    });
  });

  it('is sent once, and a redirect is an answer', async () => {
    behaviour = (response) => response.writeHead(307, { location: '/elsewhere' }).end();
    const answer = await setup.far.exchange(head('api'), '{}');
    expect(answer.status).toBe(307);
    expect(answer.headers['location']).toBeUndefined();
    expect([seen.length, elsewhere]).toEqual([1, []]);
  });

  it('ends at the server when the gateway gives it up', async () => {
    behaviour = (response) =>
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    const call = watch(setup.far, head('api'), '{}');
    await until(() => call.status === 200, 'the head');
    call.stream?.reset({ code: 'cancelled', sent: true, message: '' });
    await until(() => seen[0]?.closed === true, 'the end at the server');
  });
});

describe('an answer', () => {
  it('brings status, MCP’s headers and every byte', async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
    behaviour = (response) =>
      response
        .writeHead(404, {
          'content-type': 'application/json',
          'mcp-session-id': 'of-the-server',
          'set-cookie': 'a=b',
          'www-authenticate': 'Bearer',
          server: 'x',
        })
        .end(bytes);
    const chunks: Uint8Array[] = [];
    const answer = await new Promise<{ status: number; headers: object }>((resolve) => {
      let answered = { status: 0, headers: {} };
      const stream = setup.far.open(head('api'), {
        onHead: (one) => (answered = one),
        onData: (chunk) => chunks.push(chunk),
        onEnd: () => resolve(answered),
        onReset: () => undefined,
      });
      stream.end(Buffer.from('{}'));
    });
    expect(answer).toEqual({
      status: 404,
      headers: { 'content-type': 'application/json', 'mcp-session-id': 'of-the-server' },
    });
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
  });

  it('whose reader stands still holds its server back, and nobody else', async () => {
    let written = 0;
    behaviour = (response, { body }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      if (body === 'quick') return void response.end('quick');
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(64 * 1024))) written += 64 * 1024;
      };
      response.on('drain', more);
      more();
    };
    const slow = watch(setup.far, head('api'), 'slow');
    slow.stream?.pause();
    await until(() => slow.status === 200, 'the head');
    for (let i = 0; i < 20; i += 1) {
      const answer = await setup.far.exchange(head('api'), 'quick');
      expect(answer.body).toBe('quick');
    }
    const isHeld = async () => {
      const before = written;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return written === before;
    };
    await until(isHeld, 'the server is held back');
    // A window, and what sockets hold.
    expect(written).toBeLessThan(32 * 1024 * 1024);
    slow.stream?.reset({ code: 'cancelled', sent: true, message: '' });
    await until(() => seen.some(({ body, closed }) => body === 'slow' && closed), 'its end');
  });

  it('with a strange header doesn’t end everybody’s tunnel', async () => {
    behaviour = (response) =>
      response
        .writeHead(200, {
          'mcp-long': 'x'.repeat(8000),
          [`mcp-${'n'.repeat(300)}`]: 'x',
          'mcp-fine': 'yes',
          'content-type': 'a/b',
        })
        .end();
    const answer = await setup.far.exchange(head('api'), '{}');
    expect(answer.headers).toMatchObject({ 'mcp-fine': 'yes', 'content-type': 'a/b' });
    expect(answer.headers['mcp-long']).toBeUndefined();
  });

  it('that is compressed although it was asked not to be fails, as sent', async () => {
    behaviour = (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x');
    const call = watch(setup.far, head('api'), '{}');
    await until(() => call.reset !== undefined, 'the reset');
    expect(call.reset).toMatchObject({ code: 'server_failed', sent: true });
  });
});

describe('a failure', () => {
  it.each([
    ['nobody', { code: 'unavailable', sent: false }],
    ['locked', { code: 'unavailable', sent: false }],
    ['cutting', { code: 'server_failed', sent: true }],
  ])('says whether anything may have left: %s', async (server, expected) => {
    const call = watch(setup.far, head(server), '{}');
    await until(() => call.reset !== undefined, 'the reset');
    expect(call.reset).toMatchObject(expected);
    const state = setup.connector.status().servers.find(({ name }) => name === server);
    expect(state).toMatchObject({ state: 'failed', lastError: expect.any(String) });
    expect(JSON.stringify([call.reset, state, setup.lines])).not.toContain(SECRET);
  });

  it('in the middle of an answer is no end of it', async () => {
    behaviour = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: half');
      setTimeout(() => response.destroy(), 50);
    };
    const call = watch(setup.far, head('api'), '{}');
    await until(() => call.reset !== undefined, 'the reset');
    expect([call.status, call.ended]).toEqual([200, false]);
    expect(call.reset).toMatchObject({ code: 'server_failed', sent: true });
  });
});

describe('a stop', () => {
  const LISTEN = { 'mcp-method': 'subscriptions/listen' };
  const open = (response: ServerResponse) =>
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
  let stopping: Setup;
  beforeEach(async () => {
    const http = { url: `http://127.0.0.1:${portOf(upstream)}/mcp` };
    stopping = await Setup.start({ api: { http } }, { limits: { drainSeconds: 20 } });
  });
  afterEach(() => stopping.stop());

  it.each([
    ['the stream of a session', { ...head('api'), method: 'GET' as const }, undefined],
    ['what is listened to without a session', head('api', LISTEN), '{}'],
  ])('does not wait for %s', async (_name, asked, body) => {
    behaviour = open;
    const listening = watch(stopping.far, asked, body);
    await until(() => listening.text !== '', 'the stream');
    const startedAt = performance.now();
    await stopping.connector.drain();
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  // The rest of a call's stream, which its server closed early, comes by a GET.
  it('waits for the rest of a stream that was resumed', async () => {
    behaviour = (response) => {
      open(response);
      setTimeout(() => response.end('data: 2\n\n'), 1500);
    };
    const asked = { ...head('api', { 'last-event-id': '1' }), method: 'GET' as const };
    const rest = watch(stopping.far, asked);
    await until(() => rest.text !== '', 'the stream');
    await stopping.connector.drain();
    await until(() => rest.ended || rest.reset !== undefined, 'its end');
    expect([rest.reset, rest.text]).toEqual([undefined, 'data: 1\n\ndata: 2\n\n']);
  });
});
