import { parseClientFrame, type Frame } from '@holdpoint/mcp';
import { GatewayError } from '../platform/gateway.error.ts';
import type { AgentExchange } from './agent-exchange.ts';
import type { HttpVisit } from './call.ts';
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
export async function receiveFrame(
  { exchange, stay }: HttpVisit,
  maxBytes: number,
): Promise<Frame> {
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
  const frame = parseClientFrame(await readBody(exchange, maxBytes), { maxBytes });
  stay.weigh(frame);
  return frame;
}

function readBody(exchange: Exchange, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = () =>
    new GatewayError(
      'frame_too_large',
      `The message is larger than this gateway takes (${maxBytes} bytes).`,
    );
  const declared = Number(exchange.header('content-length') ?? 0);
  if (declared > maxBytes) return Promise.reject(tooLarge());
  const { request } = exchange;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    // By events: an iterator costs each call more than its bytes do.
    const settle = (end: () => void) => {
      request.off('data', take).off('end', whole).off('error', broken).off('close', broken);
      end();
    };
    const take = (chunk: Buffer) => {
      size += chunk.length;
      // The rest goes unread, and the socket stays: the refusal still has to get out.
      if (size > maxBytes) settle(() => reject(tooLarge()));
      else chunks.push(chunk);
    };
    const whole = () => settle(() => resolve(joined(chunks)));
    const broken = (error?: Error) => settle(() => reject(error ?? new Error('aborted')));
    request.on('data', take).on('end', whole).on('error', broken).on('close', broken);
  });
}

function joined(chunks: readonly Buffer[]): Buffer {
  const [first, second] = chunks;
  return first !== undefined && second === undefined ? first : Buffer.concat(chunks);
}
