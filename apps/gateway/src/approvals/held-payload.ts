import { member, paramsOf, parseClientFrame, TRANSPORT_META_KEYS } from '@holdpoint/mcp';
import { Injectable } from '@nestjs/common';
import { FRAME_COLUMNS, FrameReader, frameRowSchema } from '../audit/frame-reader.ts';
import { Database, type Queryable } from '../platform/database.ts';

/** Texts of stored frames: the held request for its reviewers, the masked answer for whoever may see the approval. */
@Injectable()
export class HeldPayload {
  constructor(
    private readonly database: Database,
    private readonly reader: FrameReader,
  ) {}

  async texts(
    frameIds: readonly string[],
    on: Queryable = this.database.pool,
  ): Promise<ReadonlyMap<string, string>> {
    if (frameIds.length === 0) return new Map();
    const { rows } = await on.query<Record<string, unknown>>(
      `select ${FRAME_COLUMNS} from frame where id = any($1::uuid[])`,
      [frameIds],
    );
    return new Map(
      rows.map((row) => {
        const frame = frameRowSchema.parse(row);
        return [frame.id, Buffer.from(this.reader.bytesOf(frame)).toString('utf8')];
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

const SHOWN_ELSEWHERE: ReadonlySet<string> = new Set(['name', 'arguments']);

/**
 * What goes upstream beside name and arguments, exactly as written; `null` where `argumentsTextOf` has
 * it all. Of `_meta` only what says how the message travels is left out, as it is of the digest.
 */
export function otherParamsTextOf(frameText: string): string | null {
  const frame = parseClientFrame(new TextEncoder().encode(frameText));
  const params = paramsOf(frame.message);
  if (params?.kind !== 'object' || member(params, 'arguments') === undefined) return null;
  const written = ({ start, end }: { readonly start: number; readonly end: number }) =>
    frame.text.slice(start, end);
  const others = params.members.flatMap((one) => {
    if (SHOWN_ELSEWHERE.has(one.key)) return [];
    if (one.key !== '_meta' || one.value.kind !== 'object') return [written(one)];
    const said = one.value.members.filter(({ key }) => !TRANSPORT_META_KEYS.has(key));
    return said.length === 0 ? [] : [`"_meta":{${said.map(written).join(',')}}`];
  });
  return others.length === 0 ? null : `{${others.join(',')}}`;
}
