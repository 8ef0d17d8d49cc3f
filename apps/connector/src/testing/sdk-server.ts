import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';

/** What the tools of every instance in this process have seen. */
const cancelled: string[] = [];

/** A server of the current SDK, which speaks both eras. */
export function createSdkServer(): McpServer {
  const server = new McpServer({ name: 'sdk', version: '1' });
  server.registerTool('echo', { inputSchema: z.object({ text: z.string() }) }, ({ text }) => ({
    content: [{ type: 'text', text }],
  }));
  server.registerTool('count', { inputSchema: z.object({}) }, async (_args, ctx) => {
    const progressToken = ctx.mcpReq._meta?.progressToken;
    for (const progress of progressToken === undefined ? [] : [1, 2, 3]) {
      const params = { progressToken: progressToken ?? 0, progress, total: 3 };
      await ctx.mcpReq.notify({ method: 'notifications/progress', params });
    }
    return { content: [{ type: 'text', text: 'counted' }] };
  });
  server.registerTool('wait', { inputSchema: z.object({ name: z.string() }) }, ({ name }, ctx) => {
    return new Promise((resolve) => {
      ctx.mcpReq.signal.addEventListener('abort', () => {
        cancelled.push(name);
        resolve({ content: [] });
      });
    });
  });
  server.registerTool('cancelled', { inputSchema: z.object({}) }, () => ({
    content: [{ type: 'text', text: cancelled.join(',') }],
  }));
  return server;
}

/** The same over HTTP, for the newest revision. */
export async function startModernHttp(): Promise<{ url: string; server: Server }> {
  const handler = createMcpHandler(() => createSdkServer(), { legacy: 'reject' });
  const server = createServer((request, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const headers = Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' ? [[name, value]] : [],
    );
    const isPost = request.method === 'POST';
    const web = new Request(`http://127.0.0.1${request.url ?? ''}`, {
      method: request.method ?? 'GET',
      headers,
      signal: gone.signal,
      ...(isPost && { body: Readable.toWeb(request), duplex: 'half' as const }),
    });
    void handler.fetch(web).then((answer) => {
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      response.flushHeaders();
      if (answer.body === null) response.end();
      else
        Readable.fromWeb(answer.body)
          .on('error', () => response.destroy())
          .pipe(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/mcp`, server };
}
