import { McpServer, type CallToolResult, type RegisteredTool } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Production } from './production.ts';

const row = z.record(z.string(), z.unknown());

/** How a tool call misbehaves, for tests. */
export interface Fault {
  readonly delayMs?: number;
  /** `before`: never runs, never answers. `after`: runs, and the answer never comes. */
  readonly hang?: 'before' | 'after';
}

/** What a tool is described by, where it isn't its own words: an upstream that changed. */
export type Rewording = ReadonlyMap<string, string>;

/** One MCP server over the production database: the same tools in both eras. */
export function createDemoServer(
  production: Production,
  fault: () => Fault,
  rewording: Rewording = new Map(),
): McpServer {
  const server = new McpServer(
    { name: 'holdpoint-demo-production', title: 'Production (demo)', version: '1.0.0' },
    { instructions: 'A demo production database: customers, orders, model_settings.' },
  );
  const tools = new Map([
    ['query', registerQuery(server, production, fault)],
    ['describe_table', registerDescribeTable(server, production, fault)],
    ['refund_order', registerRefundOrder(server, production, fault)],
    ['update_model_config', registerUpdateModelConfig(server, production, fault)],
  ]);
  registerSchemaResource(server, production);
  registerPrompt(server);
  for (const [name, description] of rewording) tools.get(name)?.update({ description });
  return server;
}

function registerQuery(
  server: McpServer,
  production: Production,
  fault: () => Fault,
): RegisteredTool {
  return server.registerTool(
    'query',
    {
      title: 'Run SQL',
      description: 'Runs one SQL statement on the production database and returns its rows.',
      inputSchema: z.object({ sql: z.string().min(1).describe('One PostgreSQL statement') }),
      outputSchema: z.object({ command: z.string(), rowCount: z.int(), rows: z.array(row) }),
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false },
    },
    ({ sql }) => answer(fault(), async () => ({ ...(await production.query(sql)) })),
  );
}

function registerDescribeTable(
  server: McpServer,
  production: Production,
  fault: () => Fault,
): RegisteredTool {
  return server.registerTool(
    'describe_table',
    {
      title: 'Describe a table',
      description: 'Lists the columns of one table.',
      inputSchema: z.object({ table: z.string().min(1) }),
      outputSchema: z.object({
        table: z.string(),
        columns: z.array(z.object({ name: z.string(), type: z.string(), nullable: z.boolean() })),
      }),
      annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
    },
    ({ table }) =>
      answer(fault(), async () => ({ table, columns: await production.describeTable(table) })),
  );
}

function registerRefundOrder(
  server: McpServer,
  production: Production,
  fault: () => Fault,
): RegisteredTool {
  return server.registerTool(
    'refund_order',
    {
      title: 'Refund an order',
      description: 'Pays money back to the customer of an order.',
      inputSchema: z.object({
        orderId: z.int(),
        amountCents: z.int().positive(),
        reason: z.string().min(1),
      }),
      outputSchema: z.object({ orderId: z.int(), refundedCents: z.int(), status: z.string() }),
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false },
    },
    ({ orderId, amountCents, reason }) =>
      answer(fault(), () => production.refundOrder(orderId, amountCents, reason)),
  );
}

function registerUpdateModelConfig(
  server: McpServer,
  production: Production,
  fault: () => Fault,
): RegisteredTool {
  return server.registerTool(
    'update_model_config',
    {
      title: 'Change a model setting',
      description: 'Changes one setting of a model that serves customers.',
      inputSchema: z.object({
        key: z.string().min(1),
        value: z.union([z.string(), z.number(), z.boolean()]),
      }),
      outputSchema: z.object({
        key: z.string(),
        value: z.union([z.string(), z.number(), z.boolean()]),
      }),
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
    },
    ({ key, value }) => answer(fault(), () => production.updateModelConfig(key, value)),
  );
}

function registerSchemaResource(server: McpServer, production: Production): void {
  server.registerResource(
    'schema',
    'demo://schema',
    {
      title: 'Database schema',
      description: 'The tables and their columns.',
      mimeType: 'application/json',
    },
    async (uri) => {
      const tables = ['customers', 'orders', 'model_settings'];
      const schema = Object.fromEntries(
        await Promise.all(
          tables.map(async (table) => [table, await production.describeTable(table)]),
        ),
      );
      const text = JSON.stringify(schema, null, 2);
      return { contents: [{ uri: uri.href, mimeType: 'application/json', text }] };
    },
  );
}

function registerPrompt(server: McpServer): void {
  server.registerPrompt(
    'tidy_up_orders',
    {
      title: 'Tidy up orders',
      description: 'Asks for the removal of cancelled orders older than a date.',
      argsSchema: z.object({ before: z.string().describe('A date, such as 2026-03-01') }),
    },
    ({ before }) => ({
      messages: [
        {
          role: 'user',
          content: {
            type: 'text',
            text: `Find cancelled orders before ${before}, show them, then delete them one by one.`,
          },
        },
      ],
    }),
  );
}

/** Gives a result in both forms; a database's complaint is a tool error the model can read. */
async function answer(
  fault: Fault,
  run: () => Promise<Record<string, unknown>>,
): Promise<CallToolResult> {
  if (fault.delayMs !== undefined) {
    await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
  }
  if (fault.hang === 'before') return never();
  try {
    const structuredContent = await run();
    if (fault.hang === 'after') return await never();
    return {
      content: [{ type: 'text', text: JSON.stringify(structuredContent) }],
      structuredContent,
    };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { content: [{ type: 'text', text }], isError: true };
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
