import { inflateRawSync } from 'node:zlib';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Envelope } from '../platform/envelope.ts';
import { frameContext, type Edge } from './entry.ts';

const edgeSchema = z.enum([
  'agent-to-gateway',
  'gateway-to-upstream',
  'upstream-to-gateway',
  'gateway-to-agent',
]) satisfies z.ZodType<Edge>;

/** Columns of `frame`, as `frameRowSchema` reads them. */
export const FRAME_COLUMNS = 'id, entry_id, edge, salt, digest, sealed, encoding, size, bytes';
export const frameRowSchema = z.object({
  id: z.string(),
  entry_id: z.string(),
  edge: edgeSchema,
  salt: z.instanceof(Uint8Array),
  digest: z.string(),
  sealed: z.boolean(),
  encoding: z.enum(['identity', 'deflate-raw']),
  size: z.number().int(),
  bytes: z.instanceof(Uint8Array),
});
export type FrameRow = z.infer<typeof frameRowSchema>;

/** Gives stored frames back as they crossed the edge. Who may see a sealed one is the caller's to ask. */
@Injectable()
export class FrameReader {
  constructor(private readonly envelope: Envelope) {}

  /** Throws when a sealed frame was changed or moved. */
  bytesOf(row: FrameRow): Uint8Array {
    const packed = row.sealed ? this.envelope.open(row.bytes, frameContext(row.id)) : row.bytes;
    if (row.encoding === 'identity') return packed;
    // The size is stored beside it: nothing inflates to more than was recorded.
    return inflateRawSync(packed, { maxOutputLength: Math.max(row.size, 1) });
  }
}
