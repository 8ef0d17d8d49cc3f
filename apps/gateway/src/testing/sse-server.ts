import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What a scripted HTTP+SSE upstream was posted. */
export interface Posted {
  readonly text: string;
  readonly method: string;
  /** The id's JSON literal; empty where there is none. */
  readonly id: string;
  readonly headers: IncomingMessage['headers'];
}

export interface SseServer {
  readonly url: string;
  readonly posted: Posted[];
  /** Streams that were opened, oldest first; those of the gateway's own looks too. */
  readonly streams: ServerResponse[];
  /** What is said to a posted message; without one, its method's ordinary answer. */
  on(
    method: string,
    script: (posted: Posted, say: (text: string) => void, stream: ServerResponse) => void,
  ): void;
  /** The `endpoint` that the next streams name. */
  endpoint: string;
  calls(method?: string): readonly Posted[];
  reset(): void;
  close(): Promise<void>;
}

const RESULTS: Readonly<Record<string, string>> = {
  initialize:
    '{"protocolVersion":"2024-11-05","capabilities":{"tools":{}},"serverInfo":{"name":"older","version":"1"}}',
  'tools/list':
    '{"tools":[{"name":"read","inputSchema":{"type":"object"}},{"name":"staff","inputSchema":{"type":"object"}},{"name":"write","inputSchema":{"type":"object"}}]}',
  'tools/call': '{"content":[{"type":"text","text":"done"}]}',
};

/** A server of HTTP+SSE without an SDK: it says what a test scripts, well-formed or hostile. */
export async function startSseServer(): Promise<SseServer> {
  const scripts = new Map<string, Parameters<SseServer['on']>[1]>();
  const streams: ServerResponse[] = [];
  const posted: Posted[] = [];
  const own: SseServer = {
    url: '',
    posted,
    streams,
    endpoint: '',
    on: (method, script) => void scripts.set(method, script),
    calls: (method = 'tools/call') => posted.filter((each) => each.method === method),
    reset() {
      scripts.clear();
      posted.length = 0;
      own.endpoint = '';
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  const openStream = (response: ServerResponse) => {
    const number = streams.push(response) - 1;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const endpoint = own.endpoint === '' ? `/messages?stream=${number}` : own.endpoint;
    response.write(`event: endpoint\ndata: ${endpoint}\n\n`);
  };
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const stream = streams[Number(new URL(request.url ?? '', own.url).searchParams.get('stream'))];
    const text = (await buffer(request)).toString('utf8');
    const message: { method?: string; id?: unknown } = JSON.parse(text);
    const { method = '', id } = message;
    const literal = id === undefined ? '' : JSON.stringify(id);
    const each: Posted = { text, method, id: literal, headers: request.headers };
    // The gateway's own looks at the catalogue name themselves no agent.
    if (request.headers['user-agent'] === 'holdpoint') posted.push(each);
    response.writeHead(202).end('Accepted');
    if (stream === undefined) return;
    const say = (data: string) => void stream.write(`event: message\ndata: ${data}\n\n`);
    const script = request.headers['user-agent'] === 'holdpoint' ? scripts.get(method) : undefined;
    if (script) return script(each, say, stream);
    const result = RESULTS[method];
    if (literal !== '') say(`{"jsonrpc":"2.0","id":${literal},"result":${result ?? '{}'}}`);
  };
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0];
    if (request.method === 'GET' && path === '/sse') return openStream(response);
    if (request.method === 'POST' && path === '/messages') return void take(request, response);
    response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return Object.assign(own, { url: `http://127.0.0.1:${port}/sse` });
}
