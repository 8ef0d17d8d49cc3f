import type { Spoken } from '@holdpoint/contracts';
import { member, paramsOf, parseServerFrame, type Frame, type JsonNode } from '@holdpoint/mcp';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../platform/database.ts';
import { HeldPayload } from './held-payload.ts';

/** A hostile upstream may ask without end; the replay has all of it. */
const MOST = 200;
/** Of all texts together, in bytes: one page must open whatever an upstream asked. */
const MOST_BYTES = 1024 * 1024;

const rowSchema = z.object({
  id: z.string(),
  at: z.date(),
  kind: z.enum(['upstream.request', 'upstream.reply', 'call.answered', 'call.continued']),
  method: z.string().nullable(),
  effect: z.string().nullable(),
  content: z.string(),
  frame_id: z.string().nullable(),
  size: z.number().int().nullable(),
});
type Row = z.infer<typeof rowSchema>;

const dataSchema = z.object({
  data: z.looseObject({
    inputRequired: z.array(z.string()).optional(),
    refused: z.string().optional(),
    by: z.string().optional(),
  }),
});
type Data = z.infer<typeof dataSchema>['data'];

/** What an upstream asked the agent for while a held call ran, and what it was told, from the record. */
@Injectable()
export class Conversation {
  constructor(
    private readonly database: Database,
    private readonly payload: HeldPayload,
  ) {}

  /** `mayOpen`: whether the reader may see what the agent sent. */
  async of(approvalId: string, mayOpen: boolean): Promise<Spoken[]> {
    const { rows } = await this.database.pool.query(
      `select e.id, e.at, e.kind, e.method, e.effect, e.content, f.id as frame_id, f.size
         from entry e left join frame f on f.entry_id = e.id and f.edge <> 'gateway-to-upstream'
        where e.approval_id = $1
          and (e.kind in ('upstream.request', 'upstream.reply')
            or (e.kind = 'call.answered' and e.content like '%"inputRequired":%')
            or (e.kind = 'call.continued' and e.content like '%"by":"input"%'))
        order by e.id limit $2`,
      [approvalId, MOST],
    );
    const said = z
      .array(rowSchema)
      .parse(rows)
      .map((row) => ({ row, data: dataSchema.parse(JSON.parse(row.content)).data }))
      // The filter of the query is only a quick one: a name in the record may look like it.
      .filter(({ row, data }) => row.kind !== 'call.answered' || data.inputRequired !== undefined)
      .filter(({ row, data }) => row.kind !== 'call.continued' || data.by === 'input');
    const opened = said.flatMap(({ row }) => (fromOf(row) === 'connection' || mayOpen ? row : []));
    const shown = withinBudget(opened);
    const texts = await this.payload.texts([...shown]);
    return said.map(({ row, data }) => ({
      ...spokenOf(row, data, texts.get(row.frame_id ?? '')),
      tooLong: opened.includes(row) && row.frame_id !== null && !shown.has(row.frame_id),
    }));
  }
}

/** The frames that are shown, oldest first, as long as they fit. */
function withinBudget(rows: readonly Row[]): ReadonlySet<string> {
  const shown = new Set<string>();
  let left = MOST_BYTES;
  for (const { frame_id: id, size } of rows) {
    if (id === null || size === null || size > left) continue;
    left -= size;
    shown.add(id);
  }
  return shown;
}

function fromOf({ kind }: Row): Spoken['from'] {
  return kind === 'upstream.request' || kind === 'call.answered' ? 'connection' : 'agent';
}

function spokenOf(row: Row, data: Data, text: string | undefined): Omit<Spoken, 'tooLong'> {
  const parsed = text === undefined ? undefined : parseServerFrame(text);
  const node = parsed?.kind === 'frame' ? whatWasSaid(row.kind, parsed.frame) : undefined;
  return {
    id: row.id,
    at: row.at.toISOString(),
    from: fromOf(row),
    methods: data.inputRequired ?? (row.kind === 'call.continued' ? [] : [row.method ?? '']),
    refused:
      data.refused !== undefined || (row.kind === 'upstream.request' && row.effect !== 'allow'),
    text: node === undefined || text === undefined ? null : text.slice(node.start, node.end),
  };
}

/** Without what the envelope repeats: the arguments are shown already, and states are the gateway's own. */
function whatWasSaid(kind: Row['kind'], { message }: Frame): JsonNode | undefined {
  switch (kind) {
    case 'upstream.request':
      return paramsOf(message);
    case 'upstream.reply':
      return message.kind === 'error'
        ? message.error
        : message.kind === 'result'
          ? message.result
          : undefined;
    case 'call.answered':
      return message.kind === 'result' ? member(message.result, 'inputRequests') : undefined;
    case 'call.continued':
      return member(paramsOf(message), 'inputResponses');
    default:
      return kind satisfies never;
  }
}
