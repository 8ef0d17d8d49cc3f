import { setTimeout as sleep } from 'node:timers/promises';
import {
  fromJsonSchema,
  type CallToolResult,
  type McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';

/** One red pixel. */
export const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
/** Silence. */
const WAV = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=';

/** Between two messages, so that a client can tell them apart. */
const BEAT_MS = 50;

/** Announces that a list changed, on whatever carries such news in the era. */
export interface Announce {
  tools(): void;
  prompts(): void;
}

/** Tools that answer at once. */
export function registerContentTools(server: McpServer): void {
  const answers: Readonly<Record<string, CallToolResult['content']>> = {
    // The suite tries headers on the tool that is listed first: it takes no arguments.
    test_simple_text: [{ type: 'text', text: 'This is a simple text response for testing.' }],
    test_image_content: [{ type: 'image', data: PNG, mimeType: 'image/png' }],
    test_audio_content: [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }],
    test_embedded_resource: [
      {
        type: 'resource',
        resource: {
          uri: 'test://embedded-resource',
          mimeType: 'text/plain',
          text: 'This is an embedded resource content.',
        },
      },
    ],
    test_multiple_content_types: [
      { type: 'text', text: 'Multiple content types test:' },
      { type: 'image', data: PNG, mimeType: 'image/png' },
      {
        type: 'resource',
        resource: {
          uri: 'test://mixed-content-resource',
          mimeType: 'application/json',
          text: '{"test":"data","value":123}',
        },
      },
    ],
  };
  for (const [name, content] of Object.entries(answers))
    server.registerTool(name, { description: `Answers as its name says: ${name}.` }, () => ({
      content,
    }));

  server.registerTool('test_error_handling', { description: 'Always fails.' }, () => {
    throw new Error('This tool intentionally returns an error for testing');
  });
  server.registerTool(
    'json_schema_2020_12_tool',
    {
      description: 'Has keywords that only JSON Schema 2020-12 knows.',
      inputSchema: fromJsonSchema(SCHEMA_2020_12),
    },
    () => said('Called.'),
  );
  server.registerTool(
    'test_param_header',
    {
      description: 'Has an argument that the client repeats in a header.',
      inputSchema: z.object({ region: z.string().meta({ 'x-mcp-header': 'Region' }) }),
    },
    ({ region }) => said(region),
  );
}

/** Tools that say something before they answer, or tell everyone who listens. */
export function registerTalkativeTools(server: McpServer, announce: Announce): void {
  server.registerTool(
    'test_tool_with_logging',
    { description: 'Logs three messages.' },
    async (ctx) => {
      for (const step of ['started', 'processing', 'completed'])
        await logged(ctx, `Tool execution ${step}`);
      return said('Tool with logging executed successfully');
    },
  );
  server.registerTool(
    'test_logging_tool',
    { description: 'Logs, unless nobody asked for it.' },
    async (ctx) => {
      await ctx.mcpReq.log('info', 'Only for those who set a level');
      return said('Done.');
    },
  );
  server.registerTool(
    'test_tool_with_progress',
    { description: 'Reports its progress three times.' },
    async (ctx) => {
      const progressToken = ctx.mcpReq._meta?.progressToken;
      for (const progress of [0, 50, 100]) {
        if (progressToken !== undefined)
          await ctx.mcpReq.notify({
            method: 'notifications/progress',
            params: { progressToken, progress, total: 100 },
          });
        await sleep(BEAT_MS);
      }
      return said('Done.');
    },
  );
  server.registerTool(
    'test_reconnection',
    { description: 'Closes the stream of its own call; the answer waits for whoever resumes it.' },
    async (ctx) => {
      ctx.http?.closeSSE?.();
      await sleep(2 * BEAT_MS);
      return said('Reconnection test completed successfully.');
    },
  );
  server.registerTool('test_trigger_tool_change', { description: 'Changes the tools.' }, () => {
    announce.tools();
    return said('Announced.');
  });
  server.registerTool('test_trigger_prompt_change', { description: 'Changes the prompts.' }, () => {
    announce.prompts();
    return said('Announced.');
  });
}

export function said(text: string): CallToolResult {
  return { content: [{ type: 'text', text }] };
}

async function logged(ctx: ServerContext, data: string): Promise<void> {
  await ctx.mcpReq.notify({ method: 'notifications/message', params: { level: 'info', data } });
  await sleep(BEAT_MS);
}

const SCHEMA_2020_12 = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  $defs: {
    address: {
      $anchor: 'addressDef',
      type: 'object',
      properties: { street: { type: 'string' }, city: { type: 'string' } },
    },
  },
  properties: {
    name: { type: 'string' },
    address: { $ref: '#/$defs/address' },
    contactMethod: { type: 'string', enum: ['phone', 'email'] },
    phone: { type: 'string' },
    email: { type: 'string' },
  },
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
  if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
  then: { required: ['phone'] },
  else: { required: ['email'] },
  additionalProperties: false,
} as const;
