import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { z } from 'zod';

/** How far the exchange of one tool call has come, seen from the upstream. */
export type UpstreamPoint = 'arrived' | 'ran' | 'half a body' | 'half an event' | 'answered';

/** An exchange that stands still at a point, until it is let go. */
export interface Halt {
  readonly reached: Promise<void>;
  letGo(): void;
}

export interface CountingUpstream {
  readonly url: string;
  /** How often each call ran, by the key in its arguments. */
  readonly runs: ReadonlyMap<string, number>;
  /** Calls that ran although nobody had approved them when they arrived. */
  readonly unapproved: readonly string[];
  /** The next call of `tool` that gets to `point` stands still there. */
  haltAt(point: UpstreamPoint, tool: ToolName): Halt;
  /** Every exchange breaks off where it is, as when the process dies. */
  breakOff(): void;
  close(): Promise<void>;
}

/** `pay` is held by the test's policy, `note` allowed. */
export const TOOLS = ['pay', 'note'] as const;
export type ToolName = (typeof TOOLS)[number];

const argumentsSchema = z.looseObject({
  key: z.string(),
  /** The answer is made so much longer. */
  padding: z.int().default(0),
});
const messageSchema = z.looseObject({
  id: z.union([z.string(), z.number()]).optional(),
  method: z.string(),
  params: z
    .looseObject({ name: z.string().optional(), arguments: argumentsSchema.optional() })
    .optional(),
});
type Message = z.infer<typeof messageSchema>;

interface OpenHalt {
  readonly point: UpstreamPoint;
  readonly tool: ToolName;
  readonly reach: () => void;
  readonly released: Promise<void>;
}

/**
 * An MCP server without an SDK that counts what runs, in a process of its own as seen from the
 * gateway. `mayRun` is asked the moment a call has arrived.
 */
export async function startCountingUpstream(
  mayRun: (tool: string, key: string) => boolean,
): Promise<CountingUpstream> {
  const runs = new Map<string, number>();
  const unapproved: string[] = [];
  let halt: OpenHalt | undefined;

  async function pass(point: UpstreamPoint, tool: string): Promise<void> {
    const here = halt;
    if (here?.point !== point || here.tool !== tool) return;
    halt = undefined;
    here.reach();
    await here.released;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') return void response.writeHead(405).end();
    const message = messageSchema.parse(JSON.parse((await buffer(request)).toString('utf8')));
    if (message.id === undefined) return void response.writeHead(202).end();
    // A legacy client gets a session handle only where the upstream has sessions.
    if (message.method === 'initialize') response.setHeader('mcp-session-id', 'the-only-session');
    const known = plainAnswer(message);
    if (known !== undefined) return sendBody(response, known.text, known.status);
    const tool = message.params?.name ?? '';
    const key = message.params?.arguments?.key ?? '';
    await pass('arrived', tool);
    if (!mayRun(tool, key)) unapproved.push(key);
    runs.set(key, (runs.get(key) ?? 0) + 1);
    await pass('ran', tool);
    await answerInParts(response, ranText(message, key), isStreamed(key), (at) => pass(at, tool));
  }

  const server = createServer((request, response) => {
    // A gateway that was killed resets its sockets; that is no failure of the upstream.
    serve(request, response).catch(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The upstream has no port.');
  return {
    url: `http://127.0.0.1:${address.port}/mcp`,
    runs,
    unapproved,
    haltAt(point, tool) {
      const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
      const { promise: released, resolve: letGo } = Promise.withResolvers<void>();
      halt = { point, tool, reach, released };
      return {
        reached,
        letGo() {
          halt = undefined;
          letGo();
        },
      };
    },
    breakOff: () => server.closeAllConnections(),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What an agent reads of a call that ran. */
export function receiptOf(key: string): string {
  return `ran ${key}`;
}

function ranText({ id, params }: Message, key: string): string {
  const padding = ' and more'.repeat(params?.arguments?.padding ?? 0);
  const content = [{ type: 'text', text: receiptOf(key) + padding }];
  return JSON.stringify({ jsonrpc: '2.0', id, result: { resultType: 'complete', content } });
}

/** Half of all calls are answered in an event stream, by the last character of their key. */
function isStreamed(key: string): boolean {
  return (key.codePointAt(key.length - 1) ?? 0) % 2 === 0;
}

/** Either way in two halves. */
async function answerInParts(
  response: ServerResponse,
  text: string,
  asStream: boolean,
  pass: (point: UpstreamPoint) => Promise<void>,
): Promise<void> {
  const whole = asStream ? `event: message\ndata: ${text}\n\n` : text;
  const middle = Math.floor(whole.length / 2);
  response.writeHead(
    200,
    asStream
      ? { 'content-type': 'text/event-stream' }
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(whole) },
  );
  response.write(whole.slice(0, middle));
  await pass(asStream ? 'half an event' : 'half a body');
  response.end(whole.slice(middle));
  if (!response.closed) await once(response, 'close');
  await pass('answered');
}

function plainAnswer({ id, method }: Message): { text: string; status: number } | undefined {
  const result = (value: unknown) => ({
    text: JSON.stringify({ jsonrpc: '2.0', id, result: value }),
    status: 200,
  });
  switch (method) {
    case 'tools/call':
      return undefined;
    case 'initialize':
      return result({
        protocolVersion: '2025-11-25',
        capabilities: { tools: {} },
        serverInfo: { name: 'counting', version: '1.0.0' },
      });
    case 'tools/list':
      return result({ tools: TOOLS.map((name) => ({ name, inputSchema: { type: 'object' } })) });
    default:
      return {
        text: JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32601, message: 'Not here' } }),
        status: method === 'server/discover' ? 404 : 200,
      };
  }
}

function sendBody(response: ServerResponse, text: string, status: number): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(text);
}
