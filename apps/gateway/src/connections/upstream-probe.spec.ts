import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { HttpOutgoing } from './http-outgoing.ts';
import { Outgoing } from './outgoing.ts';
import { UpstreamProbe, type Extent, type Probe } from './upstream-probe.ts';

const messageSchema = z.object({
  id: z.number().optional(),
  method: z.string(),
  params: z.object({ cursor: z.string().optional() }).optional(),
});
type Message = z.infer<typeof messageSchema>;
type Handler = (message: Message, req: IncomingMessage, res: ServerResponse) => void;

/** An upstream may be of either era, or nothing of the kind; whatever it is gets a name. */
describe('UpstreamProbe', () => {
  let http: HttpOutgoing;
  let outgoing: Outgoing;
  let server: Server;
  let handle: Handler;
  let seen: string[];

  beforeEach(async () => {
    http = new HttpOutgoing({ HOLDPOINT_PORT: 1 });
    outgoing = new Outgoing(http, { request: () => Promise.reject(new Error('unused')) });
    seen = [];
    server = createServer((req, res) => void answer(req, res));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    await http.onModuleDestroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (req.method === 'DELETE') {
      seen.push(`DELETE ${String(req.headers['mcp-session-id'])}`);
      res.writeHead(204).end();
      return;
    }
    const message = messageSchema.parse(await json(req));
    seen.push(message.method);
    handle(message, req, res);
  }

  function probe(extent?: Extent): Promise<Probe> {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const url = `http://127.0.0.1:${port}/mcp`;
    const upstream = {
      url,
      allowPrivate: true,
      headers: {},
      transport: 'streamable-http',
      detectedTransport: null,
    } as const;
    return new UpstreamProbe(outgoing).probe(upstream, extent);
  }

  /** An upstream that offers everything; `lists` answers its lists beside that of tools. */
  const offering =
    (lists: (message: Message) => unknown): Handler =>
    (message, req, res) => {
      if (message.method === 'initialize') {
        const capabilities = { tools: {}, prompts: {}, resources: {} };
        const result = { protocolVersion: '2025-06-18', capabilities, serverInfo: {} };
        res.setHeader('mcp-session-id', 'session-1');
        return stream(res, [reply(message.id, result)]);
      }
      const result = message.method === 'tools/list' ? undefined : lists(message);
      if (result === undefined) return LEGACY(message, req, res);
      res.setHeader('content-type', 'application/json');
      res.end(JSON.stringify(reply(message.id, result)));
    };

  async function others(): Promise<Record<string, string>> {
    const result = await probe('everything');
    if (!result.ok) throw new Error(result.message);
    expect(result.tools.map(({ name }) => name)).toEqual(['one', 'two']);
    return Object.fromEntries(
      [...result.others].map(([kind, { items, isCut }]) => [
        kind,
        `${items.length}${isCut ? ' and more' : ''}`,
      ]),
    );
  }

  const LEGACY: Handler = ({ id, method, params }, req, res) => {
    if (method === 'server/discover') return void res.writeHead(400).end('no session');
    if (method === 'notifications/initialized') return void res.writeHead(202).end();
    if (method === 'initialize') {
      const result = {
        protocolVersion: '2025-06-18',
        capabilities: { tools: {} },
        serverInfo: { name: 'old', version: '1' },
      };
      res.setHeader('mcp-session-id', 'session-1');
      return stream(res, [
        { jsonrpc: '2.0', method: 'notifications/message', params: {} },
        reply(id, result),
      ]);
    }
    expect(req.headers['mcp-session-id']).toBe('session-1');
    expect(req.headers['mcp-protocol-version']).toBe('2025-06-18');
    const second = params?.cursor === 'page-2';
    res.setHeader('content-type', 'application/json').end(
      JSON.stringify(
        reply(id, {
          tools: [{ name: second ? 'two' : 'one', inputSchema: { type: 'object' } }],
          ...(second ? {} : { nextCursor: 'page-2' }),
        }),
      ),
    );
  };

  it('falls back to a legacy session, reads every page, and ends the session', async () => {
    handle = LEGACY;
    const result = await probe();
    if (!result.ok) throw new Error(result.message);
    expect(result).toMatchObject({
      era: 'legacy',
      protocolVersion: '2025-06-18',
      server: { name: 'old' },
    });
    expect(result.tools.map(({ name }) => name)).toEqual(['one', 'two']);
    expect(seen.at(-1)).toBe('DELETE session-1');
    expect(seen).not.toContain('tools/call');
  });

  it('pins what a reviewer relies on, whatever the order and the unknown members', async () => {
    const digestOf = async (tool: string): Promise<string | undefined> => {
      handle = (message, req, res) => {
        if (message.method !== 'tools/list') return LEGACY(message, req, res);
        res.setHeader('content-type', 'application/json');
        res.end(`{"jsonrpc":"2.0","id":${String(message.id)},"result":{"tools":[${tool}]}}`);
      };
      const result = await probe();
      return result.ok ? result.tools[0]?.digest : undefined;
    };
    const digest = await digestOf('{"name":"a","inputSchema":{"maximum":1.0}}');
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(await digestOf('{"icons":[],"inputSchema":{"maximum":1.0},"name":"a"}')).toBe(digest);
    expect(await digestOf('{"name":"a","inputSchema":{"maximum":2}}')).not.toBe(digest);
    expect(await digestOf('{"name":"a","description":"x","inputSchema":{"maximum":1.0}}')).not.toBe(
      digest,
    );
  });

  it('lists prompts, resources and templates where they are offered, and only when asked', async () => {
    handle = offering(({ method }) =>
      method === 'prompts/list'
        ? { prompts: [{ name: 'p' }, { name: 'p', description: 'the second one' }] }
        : method === 'resources/list'
          ? { resources: [{ uri: 'a:1' }, { name: 'without an address' }] }
          : method === 'resources/templates/list'
            ? { resourceTemplates: [] }
            : undefined,
    );
    expect(await others()).toEqual({ prompt: '1', resource: '1', template: '0' });
    handle = LEGACY;
    expect(await others()).toEqual({ prompt: '0', resource: '0', template: '0' });
    seen = [];
    await probe();
    expect(seen).not.toContain('prompts/list');
  });

  // Guarantee: an upstream can't make the gateway read for ever, nor cost it the list of tools.
  it('cuts a list that never ends, and does without one that fails', async () => {
    let page = 0;
    handle = offering(({ method }) => {
      if (method === 'prompts/list') return { prompts: 'none' };
      if (method !== 'resources/list') return undefined;
      page += 1;
      const resources = Array.from({ length: 500 }, (_, at) => ({ uri: `n:${page}/${at}` }));
      return { resources, nextCursor: 'more' };
    });
    expect(await others()).toEqual({ resource: '2000 and more' });
    expect(page).toBe(5);
  });

  it('keeps no item whose name the database could not hold', async () => {
    handle = offering(({ method }) =>
      method === 'resources/list'
        ? { resources: [{ uri: `x:${'é'.repeat(1000)}` }, { uri: 'x:\0' }, { uri: 'x:fine' }] }
        : undefined,
    );
    expect(await others()).toMatchObject({ resource: '1' });
  });

  it.each<[string, Handler, string]>([
    [
      'a web page',
      (_, __, res) => void res.setHeader('content-type', 'text/html').end('<p>'),
      'not_mcp',
    ],
    [
      'broken JSON',
      (_, __, res) => void res.setHeader('content-type', 'application/json').end('{'),
      'not_mcp',
    ],
    ['a redirect', (_, __, res) => void res.writeHead(302, { location: '/x' }).end(), 'redirect'],
    ['a failing server', (_, __, res) => void res.writeHead(503).end(), 'http_status'],
    ['a refused credential', (_, __, res) => void res.writeHead(401).end(), 'unauthorized'],
  ])('names %s', async (_, handler, failure) => {
    handle = handler;
    expect(await probe()).toMatchObject({ ok: false, failure });
  });
});

function reply(id: number | undefined, result: unknown) {
  return { jsonrpc: '2.0', id, result };
}

function stream(res: ServerResponse, messages: readonly unknown[]): void {
  res.setHeader('content-type', 'text/event-stream');
  for (const message of messages) res.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
  // Left open: the answer counts, not the end of the stream.
}
