import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { z } from 'zod';

const messageSchema = z.looseObject({
  id: z.union([z.string(), z.number()]).optional(),
  method: z.string(),
  params: z.looseObject({ name: z.string().optional() }).optional(),
});

/** One event of a flood. */
const DROP = `data: ${JSON.stringify({
  jsonrpc: '2.0',
  method: 'notifications/message',
  params: { level: 'info', data: 'water '.repeat(5_000) },
})}\n\n`;

export interface FloodingUpstream {
  readonly url: string;
  /** Bytes that a flood has written, as far as its reader let it. */
  readonly written: number;
  /** Floods that somebody still takes. */
  readonly floods: number;
  close(): Promise<void>;
}

/** An MCP server whose tool `flood` never stops to tell, as fast as it is read; `note` answers at once. */
export async function startFloodingUpstream(): Promise<FloodingUpstream> {
  let written = 0;
  let floods = 0;

  async function flood(response: ServerResponse): Promise<void> {
    const isOver = () => response.closed || response.destroyed;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    floods += 1;
    while (!isOver()) {
      const hasRoom = response.write(DROP);
      written += DROP.length;
      if (!hasRoom) await Promise.race([once(response, 'drain'), once(response, 'close')]);
      await new Promise((resolve) => setImmediate(resolve));
    }
    floods -= 1;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') return void response.writeHead(405).end();
    const { id, method, params } = messageSchema.parse(
      JSON.parse((await buffer(request)).toString('utf8')),
    );
    if (id === undefined) return void response.writeHead(202).end();
    if (params?.name === 'flood') return flood(response);
    const status = method === 'server/discover' ? 404 : 200;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ jsonrpc: '2.0', id, ...answerTo(method) }));
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The upstream has no port.');
  return {
    url: `http://127.0.0.1:${address.port}/mcp`,
    get written() {
      return written;
    },
    get floods() {
      return floods;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function answerTo(method: string): object {
  if (method === 'initialize')
    return {
      result: {
        protocolVersion: '2025-11-25',
        capabilities: { tools: {}, logging: {} },
        serverInfo: { name: 'flooding', version: '1.0.0' },
      },
    };
  if (method === 'tools/list')
    return {
      result: {
        tools: ['flood', 'note'].map((name) => ({ name, inputSchema: { type: 'object' } })),
      },
    };
  if (method === 'tools/call')
    return {
      result: { resultType: 'complete', content: [{ type: 'text', text: 'noted' }] },
    };
  return { error: { code: -32601, message: 'Not here' } };
}
