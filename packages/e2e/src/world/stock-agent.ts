import {
  Client as ModernClient,
  ClientCredentialsProvider as ModernCredentials,
  StreamableHTTPClientTransport as ModernTransport,
} from '@modelcontextprotocol/client';
import { ClientCredentialsProvider as LegacyCredentials } from '@modelcontextprotocol/sdk/client/auth-extensions.js';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { z } from 'zod';
import type { World } from './world.ts';

export type Era = 'legacy' | 'modern';
export const ERAS: readonly Era[] = ['legacy', 'modern'];

const answerSchema = z.looseObject({
  content: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
  structuredContent: z.record(z.string(), z.unknown()).optional(),
  isError: z.boolean().optional(),
});

/** What a tool call came to, the same for both SDKs. */
export interface ToolAnswer {
  readonly text: string;
  readonly structured: Readonly<Record<string, unknown>> | undefined;
  readonly isError: boolean;
}

/** A stock SDK client that signed in by client credentials, knowing nothing of the gateway. */
export interface StockAgent {
  readonly protocolVersion: string;
  listTools(): Promise<readonly string[]>;
  call(
    tool: string,
    args: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<ToolAnswer>;
  close(): Promise<void>;
}

/** Longer than any hold in these tests: nothing here shall end by the client's own impatience. */
const PATIENCE_MS = 80_000;

export interface AgentWishes {
  readonly clientId?: string;
  /** The demo connection's when none is named. */
  readonly endpoint?: string;
}

/** `legacy`: `@modelcontextprotocol/sdk` as published. `modern`: `@modelcontextprotocol/client`, negotiating. */
export function connectAgent(
  world: World,
  era: Era,
  { clientId = 'demo-agent', endpoint = world.started.mcp }: AgentWishes = {},
): Promise<StockAgent> {
  const { clientSecret } = world.agent(clientId);
  const credentials = { clientId, clientSecret, expectedIssuer: world.started.issuer };
  return era === 'legacy'
    ? connectLegacy(new URL(endpoint), credentials)
    : connectModern(new URL(endpoint), credentials);
}

interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly expectedIssuer: string;
}

async function connectLegacy(endpoint: URL, credentials: Credentials): Promise<StockAgent> {
  const client = new LegacyClient({ name: 'e2e-legacy', version: '1.0.0' });
  const transport = new LegacyTransport(endpoint, {
    authProvider: new LegacyCredentials(credentials),
  });
  await client.connect(transport);
  return {
    protocolVersion: transport.protocolVersion ?? '',
    listTools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    call: async (name, args, signal) =>
      toAnswer(
        await client.callTool({ name, arguments: { ...args } }, undefined, {
          timeout: PATIENCE_MS,
          ...(signal === undefined ? {} : { signal }),
        }),
      ),
    close: () => client.close(),
  };
}

async function connectModern(endpoint: URL, credentials: Credentials): Promise<StockAgent> {
  const client = new ModernClient(
    { name: 'e2e-modern', version: '1.0.0' },
    { versionNegotiation: { mode: 'auto' } },
  );
  await client.connect(
    new ModernTransport(endpoint, { authProvider: new ModernCredentials(credentials) }),
  );
  return {
    protocolVersion: client.getNegotiatedProtocolVersion() ?? '',
    listTools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    call: async (name, args, signal) =>
      toAnswer(
        await client.callTool(
          { name, arguments: { ...args } },
          { timeout: PATIENCE_MS, ...(signal === undefined ? {} : { signal }) },
        ),
      ),
    close: () => client.close(),
  };
}

function toAnswer(result: unknown): ToolAnswer {
  const { content, structuredContent, isError } = answerSchema.parse(result);
  return {
    text: content.map((block) => block.text ?? '').join('\n'),
    structured: structuredContent,
    isError: isError === true,
  };
}
