import { randomUUID } from 'node:crypto';
import {
  createMcpHandler,
  hostHeaderValidationResponse,
  isLegacyRequest,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  originValidationResponse,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';
import { listenOnLoopback } from '../process/loopback-server.ts';
import { processEntry } from '../process/managed-process.ts';
import { sendWebResponse, toWebRequest } from '../upstream/web-standard.ts';
import { createEventStore } from './event-store.ts';
import { createFixtureServer } from './fixture-server.ts';

/** Told to clients that come back for the rest of a stream. */
const RETRY_MS = 500;

export interface ConformanceFixture {
  /** The MCP endpoint; both eras. */
  readonly url: string;
  close(): Promise<void>;
}

/** A server on the official SDK that does all the conformance suite scores. */
export async function startConformanceFixture(): Promise<ConformanceFixture> {
  const respond = createResponder();
  const listening = await listenOnLoopback(0, (req, res) => {
    const gone = new AbortController();
    res.once('close', () => gone.abort());
    respond(toWebRequest(req, 'http://127.0.0.1', gone.signal))
      .then((response) => sendWebResponse(response, res))
      .catch((error: unknown) => {
        console.error(error);
        res.destroy();
      });
  });
  return { url: `http://127.0.0.1:${listening.port}/mcp`, close: listening.close };
}

/** The same server on standard input and output, as a client starts it. */
export function conformanceFixtureCommand(): { readonly command: string; readonly args: string[] } {
  const script = processEntry(import.meta.url, 'fixture-stdio.process');
  return { command: process.execPath, args: ['--conditions=holdpoint-source', script] };
}

/** Modern requests are stateless; a legacy session keeps its own server until it is deleted. */
function createResponder(): (request: Request) => Promise<Response> {
  const modern = createMcpHandler(
    () =>
      createFixtureServer('modern', {
        tools: () => modern.notify.toolsChanged(),
        prompts: () => modern.notify.promptsChanged(),
      }),
    { legacy: 'reject' },
  );
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();

  async function openSession(request: Request): Promise<Response> {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      eventStore: createEventStore(),
      retryInterval: RETRY_MS,
      onsessioninitialized: (id) => {
        sessions.set(id, transport);
      },
      onsessionclosed: (id) => {
        sessions.delete(id);
      },
    });
    await createFixtureServer('legacy').connect(transport);
    return transport.handleRequest(request);
  }

  return async (request) => {
    const rebound =
      hostHeaderValidationResponse(request, localhostAllowedHostnames()) ??
      originValidationResponse(request, localhostAllowedOrigins());
    if (rebound !== undefined) return rebound;
    if (!(await isLegacyRequest(request))) return modern.fetch(request);
    const id = request.headers.get('mcp-session-id');
    if (id === null) return openSession(request);
    const transport = sessions.get(id);
    if (transport !== undefined) return transport.handleRequest(request);
    const error = { code: -32001, message: 'Session not found' };
    return Response.json({ jsonrpc: '2.0', error, id: null }, { status: 404 });
  };
}
