import { serviceToken } from '../world/tokens.ts';
import { send, toolCall, WireAgent, type WireAnswer } from '../world/wire-agent.ts';
import type { World } from '../world/world.ts';
import type { Trial } from './trial.ts';

/** Makes calls as one client program does; `call` throws when no complete answer came. */
export interface CallingAgent {
  call(trial: Trial, signal?: AbortSignal): Promise<WireAnswer>;
}

export interface AgentPlace {
  readonly world: World;
  readonly endpoint: string;
  readonly clientId: string;
}

export async function connectLegacyAgent(place: AgentPlace): Promise<CallingAgent> {
  const { world, endpoint, clientId } = place;
  const wire = await WireAgent.connect(world, { clientId, endpoint });
  let id = 0;
  return {
    call({ tool, key }, signal) {
      id += 1;
      return send(endpoint, toolCall(id, tool, { key }), wire.headers, signal);
    },
  };
}

export async function connectModernAgent(place: AgentPlace): Promise<CallingAgent> {
  const { world, endpoint, clientId } = place;
  const token = await serviceToken(world, clientId, endpoint);
  let id = 0;
  return {
    call({ tool, key }, signal) {
      id += 1;
      const headers = {
        authorization: `Bearer ${token}`,
        'mcp-protocol-version': MODERN,
        'mcp-method': 'tools/call',
        'mcp-name': tool,
      };
      return send(endpoint, modernCall(id, tool, key), headers, signal);
    },
  };
}

const MODERN = '2026-07-28';

function modernCall(id: number, name: string, key: string): string {
  return JSON.stringify({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: {
      name,
      arguments: { key },
      _meta: {
        'io.modelcontextprotocol/protocolVersion': MODERN,
        'io.modelcontextprotocol/clientCapabilities': {},
        'io.modelcontextprotocol/clientInfo': { name: 'e2e-faults', version: '1.0.0' },
      },
    },
  });
}
