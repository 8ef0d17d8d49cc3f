import { parseClientFrame, type Frame } from '@holdpoint/mcp';
import { GatewayError } from '../platform/gateway.error.ts';
import type { AgentExchange } from './agent-exchange.ts';
import type { Exchange } from './exchange.ts';

/** The answer may be either, and which one isn't known before it comes. */
export function checkAccept(exchange: AgentExchange): void {
  const accept = exchange.header('accept') ?? '';
  const accepts = (wanted: string) => accept.includes(wanted) || accept.includes('*/*');
  if (!accepts('application/json') || !accepts('text/event-stream')) {
    throw new GatewayError('not_acceptable', 'Accept both application/json and text/event-stream.');
  }
}

/** Reads one frame of an agent. Everything here is attacker-controlled. */
export async function receiveFrame(exchange: Exchange, maxBytes: number): Promise<Frame> {
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
  return parseClientFrame(await readBody(exchange, maxBytes), { maxBytes });
}

async function readBody(exchange: Exchange, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = () =>
    new GatewayError(
      'frame_too_large',
      `The message is larger than this gateway takes (${maxBytes} bytes).`,
    );
  const declared = Number(exchange.header('content-length') ?? 0);
  if (declared > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop must not destroy the socket: the refusal still has to get out.
  const body: AsyncIterable<Buffer> = exchange.request.iterator({ destroyOnReturn: false });
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}
