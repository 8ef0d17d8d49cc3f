/** The JSON-RPC messages that are measured: small, and like what an agent with a database tool sends. */

export const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 'initialize',
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'holdpoint-bench', version: '1.0.0' },
  },
});

/** Reads: allowed by the demo policy's SQL rule. Another text each time, as agents' statements are. */
export function readCall(id: number): string {
  return toolCall(id, 'query', {
    sql: `SELECT id, name, email, status FROM customers WHERE id = ${id} ORDER BY id`,
  });
}

/** Writes: held by the demo policy's SQL rule. */
export function writeCall(id: number): string {
  return toolCall(id, 'query', { sql: `DELETE FROM orders WHERE id = ${id}` });
}

/** The order that a write names, out of whatever text shows the statement. */
export function orderOf(text: string): number | undefined {
  const id = /DELETE FROM orders WHERE id = (\d+)/.exec(text)?.[1];
  return id === undefined ? undefined : Number(id);
}

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

/** What every request carries. */
export const MCP_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
  'mcp-protocol-version': '2025-11-25',
};
