import type { Readable } from 'node:stream';
import { GrowingBytes } from '@holdpoint/mcp';
import { GatewayError } from '../platform/gateway.error.ts';

/**
 * The whole body of a request. ATTACKER-CONTROLLED: also into how many pieces it comes.
 *
 * @throws GatewayError `frame_too_large`
 */
export function readBody(
  request: Readable,
  { maxBytes, declaredBytes }: { readonly maxBytes: number; readonly declaredBytes: number },
): Promise<Uint8Array> {
  const tooLarge = () =>
    new GatewayError(
      'frame_too_large',
      `The message is larger than this gateway takes (${maxBytes} bytes).`,
    );
  if (declaredBytes > maxBytes) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    // Most bodies come in one piece, which needs no copy.
    let first: Buffer | undefined;
    const more = new GrowingBytes(declaredBytes > 0 ? declaredBytes : maxBytes);
    let size = 0;
    // By events: an iterator costs each call more than its bytes do.
    const settle = (end: () => void) => {
      request.off('data', take).off('end', whole).off('error', broken).off('close', broken);
      end();
    };
    const take = (piece: Buffer) => {
      size += piece.length;
      // The rest goes unread, and the socket stays: the refusal still has to get out.
      if (size > maxBytes) return settle(() => reject(tooLarge()));
      if (size === piece.length) first = piece;
      else {
        if (first !== undefined) more.append(first);
        first = undefined;
        more.append(piece);
      }
    };
    const whole = () => settle(() => resolve(first ?? more.take()));
    const broken = (error?: Error) => settle(() => reject(error ?? new Error('aborted')));
    request.on('data', take).on('end', whole).on('error', broken).on('close', broken);
  });
}
