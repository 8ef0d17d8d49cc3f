import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { z } from 'zod';

/** What reached the upstream, as it came. */
export interface Asked {
  readonly verb: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly method: string;
  /** The id's JSON literal; empty where there is none. */
  readonly id: string;
  readonly target: string;
}

export type Script = (asked: Asked, response: ServerResponse) => void | Promise<void>;

export interface ScriptedUpstream {
  readonly url: string;
  /** Everything but the gateway's own look at the catalogue, oldest first. */
  readonly asked: Asked[];
  /** The tools it lists, by name. */
  readonly tools: Map<string, object>;
  /** What else it lists; a list that was never filled is not offered. */
  readonly prompts: Map<string, object>;
  readonly resources: Map<string, object>;
  readonly templates: Map<string, object>;
  /** What is done with the next messages of a method, or of a verb (`GET`, `DELETE`). */
  on(methodOrVerb: string, script: Script): void;
  calls(method?: string): readonly Asked[];
  reset(): void;
  close(): Promise<void>;
}

const messageSchema = z.looseObject({
  id: z.union([z.string(), z.number()]).optional(),
  method: z.string().default(''),
  params: z.looseObject({ name: z.string().optional() }).optional(),
});

/** An MCP server without an SDK: it says what a test scripts, well-formed or hostile. */
export async function startScriptedUpstream(): Promise<ScriptedUpstream> {
  const scripts = new Map<string, Script>();
  const tools = new Map<string, object>();
  const prompts = new Map<string, object>();
  const resources = new Map<string, object>();
  const templates = new Map<string, object>();
  const lists: Readonly<Record<string, readonly [string, Map<string, object>]>> = {
    'tools/list': ['tools', tools],
    'prompts/list': ['prompts', prompts],
    'resources/list': ['resources', resources],
    'resources/templates/list': ['resourceTemplates', templates],
  };
  const asked: Asked[] = [];
  let sessions = 0;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const said = await read(request);
    const isOwnLook = request.headers['user-agent'] !== 'holdpoint';
    if (!isOwnLook) asked.push(said);
    const script = isOwnLook ? undefined : (scripts.get(said.method) ?? scripts.get(said.verb));
    if (script !== undefined) return script(said, response);
    if (said.verb !== 'POST') return void response.writeHead(said.verb === 'GET' ? 405 : 200).end();
    switch (said.method) {
      case 'server/discover':
        return json(response, errorOf(said.id, -32601, 'Method not found'), 404);
      case 'initialize':
        response.setHeader('mcp-session-id', `upstream-session-${(sessions += 1)}`);
        return json(
          response,
          resultOf(
            said.id,
            JSON.stringify({
              protocolVersion: '2025-11-25',
              capabilities: {
                tools: {},
                ...(prompts.size > 0 && { prompts: {} }),
                ...(resources.size + templates.size > 0 && { resources: {} }),
              },
              serverInfo: { name: 'scripted', version: '1' },
            }),
          ),
        );
      default: {
        const list = lists[said.method];
        if (list !== undefined)
          return json(
            response,
            resultOf(said.id, JSON.stringify({ [list[0]]: [...list[1].values()] })),
          );
        return said.id === ''
          ? void response.writeHead(202).end()
          : json(response, resultOf(said.id, '{"content":[{"type":"text","text":"done"}]}'));
      }
    }
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.destroy();
      process.stderr.write(`The scripted upstream failed: ${String(error)}\n`);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    asked,
    tools,
    prompts,
    resources,
    templates,
    on: (name, script) => void scripts.set(name, script),
    calls: (method = 'tools/call') => asked.filter((each) => each.method === method),
    reset() {
      scripts.clear();
      asked.length = 0;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function read(request: IncomingMessage): Promise<Asked> {
  const text = (await buffer(request)).toString('utf8');
  const message = messageSchema.parse(text === '' ? {} : JSON.parse(text));
  return {
    verb: request.method ?? '',
    headers: request.headers,
    text,
    method: message.method,
    id: message.id === undefined ? '' : JSON.stringify(message.id),
    target: message.params?.name ?? '',
  };
}

export function json(response: ServerResponse, text: string, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(text);
}

/** Opens an event stream; more may be written to it. */
export function stream(response: ServerResponse, ...chunks: readonly string[]): ServerResponse {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  for (const chunk of chunks) response.write(chunk);
  return response;
}

export const event = (data: string, fields = '') => `${fields}data: ${data}\n\n`;
export const resultOf = (id: string, result: string) =>
  `{"jsonrpc":"2.0","id":${id},"result":${result}}`;
const errorOf = (id: string, code: number, message: string) =>
  `{"jsonrpc":"2.0","id":${id},"error":{"code":${code},"message":${JSON.stringify(message)}}}`;
export const textResult = (id: string, text: string) =>
  resultOf(id, JSON.stringify({ content: [{ type: 'text', text }] }));
