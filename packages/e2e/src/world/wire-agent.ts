import { z } from 'zod';
import { serviceToken } from './tokens.ts';
import type { World } from './world.ts';

const messageSchema = z.looseObject({
  id: z.union([z.string(), z.number(), z.null()]).optional(),
  result: z.looseObject({}).optional(),
  error: z.looseObject({ code: z.number(), message: z.string(), data: z.unknown() }).optional(),
});
export type WireMessage = z.infer<typeof messageSchema>;

const refusalSchema = z.looseObject({ code: z.string() });
const refusedResultSchema = z.looseObject({
  _meta: z.looseObject({ 'holdpoint/refusal': refusalSchema }),
});

/** What came back on one HTTP exchange. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Everything that was sent, as text. */
  readonly raw: string;
  /** The last JSON-RPC message with a result or an error. */
  readonly message: WireMessage | undefined;
}

const HEADERS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
};

/** One HTTP request to an MCP endpoint, exactly as a test writes it. */
export async function send(
  endpoint: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<WireAnswer> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { ...HEADERS, ...headers },
    body,
    ...(signal === undefined ? {} : { signal }),
  });
  const raw = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    raw,
    message: lastMessage(raw, response.headers.get('content-type') ?? ''),
  };
}

function lastMessage(raw: string, type: string): WireMessage | undefined {
  const texts = type.startsWith('text/event-stream')
    ? raw.split(/\r?\n/).flatMap((line) => (line.startsWith('data:') ? [line.slice(5).trim()] : []))
    : [raw];
  return texts
    .filter((text) => text.startsWith('{'))
    .map((text) => messageSchema.parse(JSON.parse(text)))
    .findLast((message) => message.result !== undefined || message.error !== undefined);
}

/** The gateway's stable code of a refusal, whichever form it took. */
export function refusalCode({ message }: WireAnswer): string | undefined {
  const inError = refusalSchema.safeParse(message?.error?.data);
  if (inError.success) return inError.data.code;
  return refusedResultSchema.safeParse(message?.result).data?._meta['holdpoint/refusal'].code;
}

/** A legacy client written out by hand, for what no stock client does: leaving, repeating, cheating. */
export class WireAgent {
  readonly endpoint: string;
  readonly token: string;
  readonly sessionId: string;
  #nextId = 100;

  private constructor(endpoint: string, token: string, sessionId: string) {
    this.endpoint = endpoint;
    this.token = token;
    this.sessionId = sessionId;
  }

  static async connect(
    world: World,
    { clientId = 'demo-agent', endpoint = world.started.mcp, token = '' } = {},
  ): Promise<WireAgent> {
    const bearer = token === '' ? await serviceToken(world, clientId, endpoint) : token;
    const headers = { authorization: `Bearer ${bearer}` };
    const hello = await send(endpoint, INITIALIZE, headers);
    const sessionId = hello.headers.get('mcp-session-id');
    if (sessionId === null) throw new Error(`No session: ${hello.status} ${hello.raw}`);
    const agent = new WireAgent(endpoint, bearer, sessionId);
    await agent.notify('notifications/initialized', {});
    return agent;
  }

  get headers(): Readonly<Record<string, string>> {
    return {
      authorization: `Bearer ${this.token}`,
      'mcp-session-id': this.sessionId,
      'mcp-protocol-version': '2025-11-25',
    };
  }

  /** The id that the next `call` will carry. */
  get nextId(): number {
    return this.#nextId;
  }

  query(sql: string, signal?: AbortSignal): Promise<WireAnswer> {
    const id = this.#nextId;
    this.#nextId += 1;
    return send(this.endpoint, toolCall(id, 'query', { sql }), this.headers, signal);
  }

  notify(method: string, params: Readonly<Record<string, unknown>>): Promise<WireAnswer> {
    return send(this.endpoint, JSON.stringify({ jsonrpc: '2.0', method, params }), this.headers);
  }
}

export const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'e2e-wire', version: '1.0.0' },
  },
});

export function toolCall(
  id: number,
  name: string,
  args: Readonly<Record<string, unknown>>,
): string {
  return JSON.stringify({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: { name, arguments: args },
  });
}
