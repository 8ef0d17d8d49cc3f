import { McpError, parseClientBatch, parseClientFrame, type Frame } from '@holdpoint/mcp';
import { GatewayError } from '../platform/gateway.error.ts';
import type { AgentExchange } from './agent-exchange.ts';
import { Batch, mayBatch } from './batch.ts';
import type { HttpVisit } from './call.ts';
import { readBody } from './read-body.ts';

/** The answer may be either, and which one isn't known before it comes. */
export function checkAccept(exchange: AgentExchange): void {
  const accept = exchange.header('accept') ?? '';
  const accepts = (wanted: string) => accept.includes(wanted) || accept.includes('*/*');
  if (!accepts('application/json') || !accepts('text/event-stream')) {
    throw new GatewayError('not_acceptable', 'Accept both application/json and text/event-stream.');
  }
}

/** Reads one frame of an agent. Everything here is attacker-controlled. */
export async function receiveFrame(visit: HttpVisit, maxBytes: number): Promise<Frame> {
  const frame = parseClientFrame(await receiveBytes(visit, maxBytes), { maxBytes });
  visit.stay.weigh(frame);
  return frame;
}

/** As `receiveFrame`, or several frames where the client's revision knows batches. */
export async function receiveMessages(visit: HttpVisit, maxBytes: number): Promise<Frame | Batch> {
  const { exchange, stay } = visit;
  const bytes = await receiveBytes(visit, maxBytes);
  try {
    const frame = parseClientFrame(bytes, { maxBytes });
    stay.weigh(frame);
    return frame;
  } catch (error) {
    const isBatch = error instanceof McpError && error.code === 'batch_unsupported';
    if (!isBatch || !mayBatch(exchange)) throw error;
  }
  const { root, frames } = parseClientBatch(bytes, { maxBytes });
  stay.weigh({ bytes, root });
  stay.spread(frames.length);
  return new Batch(exchange, frames);
}

async function receiveBytes({ exchange }: HttpVisit, maxBytes: number): Promise<Uint8Array> {
  const type = (exchange.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new GatewayError(
      'unsupported_media_type',
      'Send the message as Content-Type: application/json.',
    );
  }
  const encoding = (exchange.header('content-encoding') ?? 'identity').trim().toLowerCase();
  if (encoding !== 'identity') {
    throw new GatewayError(
      'unsupported_media_type',
      'Send the message uncompressed, without Content-Encoding.',
    );
  }
  const declaredBytes = Number(exchange.header('content-length') ?? 0);
  return readBody(exchange.request, { maxBytes, declaredBytes });
}
