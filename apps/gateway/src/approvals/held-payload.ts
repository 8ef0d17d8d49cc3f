import { inflateRawSync } from 'node:zlib';
import { parseClientFrame } from '@holdpoint/mcp';
import { member, paramsOf } from '@holdpoint/mcp';
import { Injectable } from '@nestjs/common';
import { frameContext } from '../audit/entry.ts';
import { Database } from '../platform/database.ts';
import { Envelope } from '../platform/envelope.ts';

/** Opens stored frames: the held request for its reviewers, the masked answer for whoever may see the approval. */
@Injectable()
export class HeldPayload {
  constructor(
    private readonly database: Database,
    private readonly envelope: Envelope,
  ) {}

  async texts(frameIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const { rows } = await this.database.pool.query<{
      id: string;
      sealed: boolean;
      encoding: string;
      bytes: Buffer;
    }>('select id, sealed, encoding, bytes from frame where id = any($1::uuid[])', [frameIds]);
    return new Map(
      rows.map((row) => {
        const packed = row.sealed ? this.envelope.open(row.bytes, frameContext(row.id)) : row.bytes;
        return [
          row.id,
          (row.encoding === 'deflate-raw' ? inflateRawSync(packed) : packed).toString('utf8'),
        ];
      }),
    );
  }
}

/** The arguments exactly as the agent wrote them: `params.arguments` of a tool call, else all of `params`. */
export function argumentsTextOf(frameText: string): string {
  const frame = parseClientFrame(new TextEncoder().encode(frameText));
  const params = paramsOf(frame.message);
  const node = member(params, 'arguments') ?? params;
  return node ? frame.text.slice(node.start, node.end) : '{}';
}
