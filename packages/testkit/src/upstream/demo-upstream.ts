import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  WebStandardStreamableHTTPServerTransport,
  createMcpHandler,
  isLegacyRequest,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import { listenOnLoopback } from '../process/loopback-server.ts';
import { createDemoServer, type Fault, type Rewording } from './demo-server.ts';
import { openProduction, type Production } from './production.ts';
import { sendWebResponse, toWebRequest } from './web-standard.ts';

export const demoUpstreamOptionsSchema = z.object({
  /** 0 takes a free one. */
  port: z.int().default(0),
  databaseUrl: z.string(),
  /** The credential every request must bring as a bearer token; only the gateway has it. */
  token: z.string().min(16),
  fault: z
    .object({ delayMs: z.number().optional(), hang: z.enum(['before', 'after']).optional() })
    .default({}),
});
export type DemoUpstreamOptions = z.input<typeof demoUpstreamOptionsSchema>;

export interface DemoUpstream {
  readonly port: number;
  /** The MCP endpoint. */
  readonly url: string;
  /** Makes tool calls misbehave from now on; `{}` ends it. */
  setFault(fault: Fault): void;
  /** Describes a tool otherwise from now on; `undefined` gives it its own words back. */
  describeTool(name: string, description: string | undefined): void;
  close(): Promise<void>;
}

/** Starts the demo MCP server: legacy sessions and the stateless modern form on one endpoint. */
export async function startDemoUpstream(input: DemoUpstreamOptions): Promise<DemoUpstream> {
  const options = demoUpstreamOptionsSchema.parse(input);
  const production = await openProduction(options.databaseUrl);
  let fault: Fault = readFault(options.fault);
  const rewording = new Map<string, string>();
  const respond = createResponder(production, () => fault, rewording);
  const listening = await listenOnLoopback(options.port, (req, res) => {
    serve(req, res, options.token, respond).catch((error: unknown) => {
      console.error(error);
      if (!res.headersSent) res.writeHead(500);
      res.end();
    });
  });
  return {
    port: listening.port,
    url: `http://127.0.0.1:${listening.port}/mcp`,
    setFault: (next) => {
      fault = next;
    },
    describeTool(name, description) {
      if (description === undefined) rewording.delete(name);
      else rewording.set(name, description);
    },
    async close() {
      await listening.close();
      await production.close();
    },
  };
}

type Responder = (request: Request) => Promise<Response>;

async function serve(
  req: IncomingMessage,
  res: ServerResponse,
  token: string,
  respond: Responder,
): Promise<void> {
  if (!hasToken(req, token)) {
    res.writeHead(401, { 'www-authenticate': 'Bearer', 'content-type': 'application/json' });
    res.end('{"error":"unauthorized"}');
    return;
  }
  if (req.url?.split('?')[0] !== '/mcp') {
    res.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not_found"}');
    return;
  }
  const gone = new AbortController();
  res.once('close', () => gone.abort());
  await sendWebResponse(await respond(toWebRequest(req, 'http://127.0.0.1', gone.signal)), res);
}

function hasToken(req: IncomingMessage, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const given = req.headers.authorization ?? '';
  return timingSafeEqual(digest(given), digest(`Bearer ${token}`));
}

/** Modern requests are stateless; a legacy session keeps its own server until it is deleted. */
function createResponder(
  production: Production,
  fault: () => Fault,
  rewording: Rewording,
): Responder {
  const modern = createMcpHandler(() => createDemoServer(production, fault, rewording), {
    legacy: 'reject',
  });
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();

  async function openSession(request: Request): Promise<Response> {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (id) => {
        sessions.set(id, transport);
      },
      onsessionclosed: (id) => {
        sessions.delete(id);
      },
    });
    await createDemoServer(production, fault, rewording).connect(transport);
    return transport.handleRequest(request);
  }

  return async (request) => {
    if (!(await isLegacyRequest(request))) return modern.fetch(request);
    const id = request.headers.get('mcp-session-id');
    if (id === null) return openSession(request);
    const transport = sessions.get(id);
    if (transport !== undefined) return transport.handleRequest(request);
    const error = { code: -32001, message: 'Session not found' };
    return Response.json({ jsonrpc: '2.0', error, id: null }, { status: 404 });
  };
}

function readFault(fault: z.infer<typeof demoUpstreamOptionsSchema>['fault']): Fault {
  return {
    ...(fault.delayMs === undefined ? {} : { delayMs: fault.delayMs }),
    ...(fault.hang === undefined ? {} : { hang: fault.hang }),
  };
}
