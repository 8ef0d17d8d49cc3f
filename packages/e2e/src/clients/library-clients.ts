import { createMCPClient } from '@ai-sdk/mcp';
import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
} from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { installed } from './installed.ts';
import { seenCall, type MatrixClient } from './matrix-client.ts';

const SHORT_TIMEOUT_MS = 1_500;

function bearer(token: string) {
  return { authorization: `Bearer ${token}` };
}

const sdkV1: MatrixClient = {
  label: 'SDK v1',
  package: installed(import.meta.resolve('@modelcontextprotocol/sdk/client/index.js')),
  introducesItselfAs: 'matrix-sdk-v1',
  revision: '2025-11-25',
  shortTimeoutMs: SHORT_TIMEOUT_MS,
  async open({ endpoint, token, timeoutMs }) {
    const client = new ClientV1({ name: this.introducesItselfAs, version: '1.0.0' });
    await client.connect(
      new TransportV1(new URL(endpoint), { requestInit: { headers: bearer(token) } }),
    );
    const options = timeoutMs === undefined ? {} : { timeout: timeoutMs };
    return {
      call: (name, args) =>
        seenCall(client.callTool({ name, arguments: { ...args } }, undefined, options)),
      close: () => client.close(),
    };
  },
};

function sdkV2(mode: 'legacy' | 'auto'): MatrixClient {
  return {
    label: mode === 'auto' ? 'SDK v2, negotiating' : 'SDK v2',
    package: installed(import.meta.resolve('@modelcontextprotocol/client')),
    introducesItselfAs: `matrix-sdk-v2-${mode}`,
    revision: mode === 'auto' ? '2026-07-28' : '2025-11-25',
    shortTimeoutMs: SHORT_TIMEOUT_MS,
    async open({ endpoint, token, timeoutMs }) {
      // As published it speaks 2025-11-25; only who asks for it gets the negotiation.
      const negotiation = mode === 'auto' ? { versionNegotiation: { mode } } : {};
      const client = new ClientV2(
        { name: this.introducesItselfAs, version: '1.0.0' },
        { ...negotiation },
      );
      await client.connect(
        new TransportV2(new URL(endpoint), { requestInit: { headers: bearer(token) } }),
      );
      const options = timeoutMs === undefined ? {} : { timeout: timeoutMs };
      return {
        call: (name, args) => seenCall(client.callTool({ name, arguments: { ...args } }, options)),
        close: () => client.close(),
      };
    },
  };
}

const aiSdk: MatrixClient = {
  label: 'AI SDK',
  package: installed(import.meta.resolve('@ai-sdk/mcp')),
  introducesItselfAs: 'ai-sdk-mcp-client',
  revision: '2026-07-28',
  shortTimeoutMs: SHORT_TIMEOUT_MS,
  async open({ endpoint, token, timeoutMs }) {
    const client = await createMCPClient({
      transport: { type: 'http', url: endpoint, headers: bearer(token) },
    });
    const limit = timeoutMs === undefined ? {} : { options: { timeout: timeoutMs } };
    return {
      call: (name, args) => seenCall(client.callTool({ name, arguments: { ...args }, ...limit })),
      close: () => client.close(),
    };
  },
};

/** Clients that a program links against. */
export const LIBRARY_CLIENTS: readonly MatrixClient[] = [
  sdkV1,
  sdkV2('legacy'),
  sdkV2('auto'),
  aiSdk,
];
