import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { once } from 'node:events';
import { z } from 'zod';
import { serveJobs } from './worker.ts';

/**
 * The instant upstream: answers from memory, so that what is measured is what stands before it. Counts
 * the tool calls it ran.
 */
const messageSchema = z.object({
  id: z.union([z.string(), z.number()]).optional(),
  method: z.string(),
  params: z.looseObject({ name: z.string().optional() }).optional(),
});

const TOOLS = ['query', 'many_frames', 'one_frame'].map((name) => ({
  name,
  description: 'Runs one SQL statement and returns its rows.',
  inputSchema: { type: 'object', properties: { sql: { type: 'string' } } },
}));

/** Two people: the policy of the measurement masks their addresses and numbers. */
const ROWS = [
  {
    id: 1,
    name: 'Ada Byron',
    email: 'ada.byron@example.com',
    phone: '+1 202 555 0143',
    status: 'active',
  },
  {
    id: 2,
    name: 'Alan Mathison',
    email: 'alan.m@example.com',
    phone: '+1 202 555 0178',
    status: 'paused',
  },
];
const ANSWER = JSON.stringify({
  content: [{ type: 'text', text: JSON.stringify({ command: 'SELECT', rowCount: 2, rows: ROWS }) }],
  structuredContent: { command: 'SELECT', rowCount: 2, rows: ROWS },
});

const MEBIBYTE = 1024 * 1024;
const TEN_MEBIBYTES = 10 * MEBIBYTE;
const SMALL_FRAME_BYTES = 8 * 1024;
const LINE = 'order 104233: 3 items, shipped on time, paid by invoice, no remarks\n';

let calls = 0;

const server = createServer((request, response) => {
  void (async () => {
    if (request.method !== 'POST') return void response.writeHead(405).end();
    const { id, method, params } = messageSchema.parse(
      JSON.parse((await buffer(request)).toString('utf8')),
    );
    if (id === undefined) return void response.writeHead(202).end();
    const idText = JSON.stringify(id);
    switch (method) {
      case 'initialize':
        response.setHeader('mcp-session-id', 'bench');
        return answer(response, idText, JSON.stringify(INITIALIZED));
      case 'tools/list':
        return answer(response, idText, JSON.stringify({ tools: TOOLS }));
      case 'tools/call':
        calls += 1;
        return call(response, idText, params?.name ?? '');
      default:
        return answer(response, idText, '{}');
    }
  })().catch(() => response.destroy());
});

const INITIALIZED = {
  protocolVersion: '2025-11-25',
  capabilities: { tools: {}, logging: {} },
  serverInfo: { name: 'instant', version: '1.0.0' },
};

function call(response: ServerResponse, idText: string, tool: string): Promise<void> | void {
  switch (tool) {
    case 'many_frames':
      return manyFrames(response, idText);
    case 'one_frame':
      return answer(response, idText, textResult(TEN_MEBIBYTES));
    default:
      return answer(response, idText, ANSWER);
  }
}

function answer(response: ServerResponse, idText: string, result: string): void {
  const body = Buffer.from(`{"jsonrpc":"2.0","id":${idText},"result":${result}}`);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
}

/** Ten mebibytes of notifications, as fast as they are taken, then the answer. */
async function manyFrames(response: ServerResponse, idText: string): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const data = LINE.repeat(SMALL_FRAME_BYTES / LINE.length);
  const frame = JSON.stringify({
    jsonrpc: '2.0',
    method: 'notifications/message',
    params: { level: 'info', data },
  });
  for (let sent = 0; sent < TEN_MEBIBYTES; sent += frame.length) {
    if (!response.write(`event: message\ndata: ${frame}\n\n`)) await once(response, 'drain');
  }
  const last = `{"jsonrpc":"2.0","id":${idText},"result":${ANSWER}}`;
  response.end(`event: message\ndata: ${last}\n\n`);
}

function textResult(bytes: number): string {
  const text = LINE.repeat(Math.ceil(bytes / LINE.length)).slice(0, bytes);
  return JSON.stringify({ content: [{ type: 'text', text }] });
}

serveJobs(async (job) => {
  switch (z.enum(['start', 'count']).parse(job)) {
    case 'start':
      server.keepAliveTimeout = 60_000;
      await once(server.listen(0, '127.0.0.1'), 'listening');
      return { port: portOf(server.address()) };
    case 'count':
      return { calls };
  }
});

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return address.port;
}
