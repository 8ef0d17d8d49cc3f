import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { serviceToken } from '../world/tokens.ts';
import { refusalCode, send, toolCall, WireAgent, type WireAnswer } from '../world/wire-agent.ts';
import type { World } from '../world/world.ts';
import type { Trial } from './trial.ts';

/** Makes calls as one client program does; `call` throws when no complete answer came. */
export interface CallingAgent {
  call(trial: Asked, signal?: AbortSignal): Promise<WireAnswer>;
}

/** What makes a call; with `filler`, a long one. */
type Asked = Pick<Trial, 'tool' | 'key'> & { readonly filler?: string };

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
  const ask = await modernClient(place, {});
  return {
    call: ({ tool, key, filler }, signal) =>
      ask('tools/call', tool, { name: tool, arguments: { key, filler } }, signal),
  };
}

/**
 * Is given a task for a call that is held, and polls it, whatever becomes of the gateway meanwhile. It
 * keeps the handle when it leaves: one that forgot it would make a second call beside a living task.
 */
export async function connectTaskAgent(place: AgentPlace): Promise<CallingAgent> {
  const ask = await modernClient(place, { extensions: { 'io.modelcontextprotocol/tasks': {} } });
  const handles = new Map<string, string>();
  return {
    async call({ tool, key }, signal) {
      let taskId = handles.get(key);
      if (taskId === undefined) {
        const first = await ask('tools/call', tool, { name: tool, arguments: { key } }, signal);
        const given = taskSchema.safeParse(first.message?.result);
        if (!given.success) return first;
        taskId = given.data.taskId;
        handles.set(key, taskId);
      }
      for (;;) {
        await sleep(POLL_MS);
        signal?.throwIfAborted();
        const polled = await ask('tasks/get', taskId, { taskId }).catch(() => undefined);
        const ended = polled && endOf(polled);
        if (ended) return ended;
      }
    },
  };
}

/** What the call came to; `undefined` while its task still works. */
function endOf(polled: WireAnswer): WireAnswer | undefined {
  const told = taskSchema.safeParse(polled.message?.result);
  // Without its database the gateway can't tell; the task is as it was, and is asked for again.
  if (!told.success) return refusalCode(polled) === 'not_recorded' ? undefined : polled;
  const { status, result, error } = told.data;
  if (status === 'working') return undefined;
  return { ...polled, message: { ...(result && { result }), ...(error && { error }) } };
}

const POLL_MS = 300;
const taskSchema = z.looseObject({
  taskId: z.string(),
  status: z.string(),
  result: z.looseObject({}).optional(),
  error: z.looseObject({ code: z.number(), message: z.string(), data: z.unknown() }).optional(),
});

type Ask = (
  method: string,
  name: string,
  params: Readonly<Record<string, unknown>>,
  signal?: AbortSignal,
) => Promise<WireAnswer>;

const MODERN = '2026-07-28';

/** A client of the stateless era, with what it declares. */
async function modernClient(
  { world, endpoint, clientId }: AgentPlace,
  clientCapabilities: Readonly<Record<string, unknown>>,
): Promise<Ask> {
  const token = await serviceToken(world, clientId, endpoint);
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': MODERN,
    'io.modelcontextprotocol/clientCapabilities': clientCapabilities,
    'io.modelcontextprotocol/clientInfo': { name: 'e2e-faults', version: '1.0.0' },
  };
  let id = 0;
  return (method, name, params, signal) => {
    id += 1;
    const headers = {
      authorization: `Bearer ${token}`,
      'mcp-protocol-version': MODERN,
      'mcp-method': method,
      'mcp-name': name,
    };
    const message = { jsonrpc: '2.0', id, method, params: { ...params, _meta } };
    return send(endpoint, JSON.stringify(message), headers, signal);
  };
}
