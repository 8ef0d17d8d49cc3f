import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import {
  createTaskSessionFromClient,
  resultFromTaskOutcome,
} from '@modelcontextprotocol/ext-tasks/client';
import { z } from 'zod';
import type { Agent } from '../testing/agent.ts';
import { startMcpBench, until, type McpBench } from '../testing/mcp-bench.ts';
import { json, resultOf } from '../testing/scripted-upstream.ts';

// The official requester of the Tasks extension, as MCP Inspector uses it too, on the official client.

let bench: McpBench;
let count = 0;

beforeAll(async () => {
  bench = await startMcpBench();
});
afterAll(() => bench.close());
afterEach(() => bench.upstream.reset());

const TASKS = 'io.modelcontextprotocol/tasks';
const VERSION = '2026-07-28';
const clientInfo = { name: 'ext-tasks', version: '1' };
const clientCapabilities = { extensions: { [TASKS]: {} } };
const requestSchema = z.looseObject({ method: z.string(), params: z.record(z.string(), z.json()) });
const responseSchema = z.object({
  result: z.json().optional(),
  error: z.object({ code: z.number(), message: z.string() }).optional(),
});

/** The host's part: it sends what the package frames, with the headers that the revision asks for. */
function dispatchVia(agent: Agent) {
  return async (request: unknown) => {
    const { method, params } = requestSchema.parse(request);
    const id = (count += 1);
    const name = params['taskId'] ?? params['name'];
    const answer = await agent.post(JSON.stringify({ jsonrpc: '2.0', id, method, params }), {
      'mcp-protocol-version': VERSION,
      'mcp-method': method,
      ...(typeof name === 'string' && { 'mcp-name': name }),
    });
    const { result, error } = responseSchema.parse(JSON.parse(await answer.last()));
    return error === undefined
      ? ({ kind: 'result', result: result ?? null } as const)
      : ({ kind: 'error', error } as const);
  };
}

/** The package takes only objects of its own realm, and Jest runs it in another one than Node's `fetch`. */
const ownFetch = async (url: string | URL, init?: RequestInit) => {
  const response = await fetch(url, init);
  return Object.assign(response, { json: async () => JSON.parse(await response.text()) });
};

async function session() {
  // It asks for tasks only where the server's own discovery names the extension.
  bench.upstream.on('server/discover', (asked, response) =>
    json(
      response,
      resultOf(
        asked.id,
        JSON.stringify({
          resultType: 'complete',
          supportedVersions: [VERSION],
          capabilities: { tools: {}, extensions: { [TASKS]: {} } },
          serverInfo: { name: 'scripted', version: '1' },
          ttlMs: 0,
          cacheScope: 'private',
        }),
      ),
    ),
  );
  bench.upstream.on('tools/list', (asked, response) => {
    const tools = [...bench.upstream.tools.values()];
    const list = { resultType: 'complete', tools, ttlMs: 0, cacheScope: 'private' };
    json(response, resultOf(asked.id, JSON.stringify(list)));
  });
  const agent = await bench.agent('ext-tasks');
  const client = new Client(clientInfo, {
    capabilities: clientCapabilities,
    versionNegotiation: { mode: 'auto' },
  });
  const requestInit = { headers: { authorization: `Bearer ${agent.token}` } };
  const url = new URL(agent.url);
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit, fetch: ownFetch }));
  const tasks = createTaskSessionFromClient(client, {
    endpointId: 'gateway',
    rawDispatch: dispatchVia(agent),
    v2RequestFraming: { protocolVersion: VERSION, clientInfo, clientCapabilities },
  });
  return { client, tasks };
}

it.each(['approve', 'deny'] as const)(
  'the official client of the extension polls a held call to its end: %s',
  async (verdict) => {
    bench.upstream.on('tools/call', (asked, response) =>
      json(
        response,
        resultOf(asked.id, '{"resultType":"complete","content":[{"type":"text","text":"done"}]}'),
      ),
    );
    const { client, tasks } = await session();
    const execution = await tasks.callTool('write', { stock: verdict });
    const { id } = await bench.approval('held');
    const settling = execution.settle();
    await bench.decide(verdict, id);
    const { outcome } = await settling;
    const result = JSON.stringify(resultFromTaskOutcome(outcome));
    expect(result).toContain(verdict === 'approve' ? 'done' : 'Not today.');
    expect(bench.upstream.calls()).toHaveLength(verdict === 'approve' ? 1 : 0);
    await until(async () => {
      const { rows } = await bench.database.pool.query('select state from approval where id = $1', [
        id,
      ]);
      return rows[0]?.state === (verdict === 'approve' ? 'delivered' : 'denied');
    }, 'it is delivered or denied');
    await tasks.close();
    await client.close();
  },
);
