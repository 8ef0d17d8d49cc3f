import type { EntryQuery } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../platform/database.ts';
import { FRAME_COLUMNS, frameRowSchema, type FrameRow } from './frame-reader.ts';
import { lowestIdAt, newestHead, positionSchema, type StoredHead } from './leaf.sql.ts';

const entryRowSchema = z.object({
  id: z.string(),
  at: z.date(),
  kind: z.string(),
  content: z.string(),
  connection_id: z.string().nullable(),
  session_id: z.string().nullable(),
  call_id: z.string().nullable(),
  approval_id: z.string().nullable(),
  who: z.string().nullable(),
  method: z.string().nullable(),
  target: z.string().nullable(),
  position: positionSchema.nullable(),
});
export type EntryRow = z.infer<typeof entryRowSchema>;

const leafRowSchema = z.object({
  position: positionSchema,
  hash: z.instanceof(Uint8Array),
  entry_id: z.string(),
  content: z.string(),
});
export type LeafRow = z.infer<typeof leafRowSchema>;

const spanSchema = z.object({
  first: positionSchema.nullable(),
  last: positionSchema.nullable(),
});

/** Reads of the audit log for people; nothing here is on the data path. */
@Injectable()
export class AuditRepository {
  constructor(private readonly database: Database) {}

  /** Newest first; one more than asked for tells that there is a next page. */
  async entries(query: EntryQuery): Promise<readonly EntryRow[]> {
    const { rows } = await this.database.pool.query(
      `select e.id, e.at, e.kind, e.content, e.connection_id, e.session_id, e.call_id,
              e.approval_id, e.who, e.method, e.target, l.position
       from entry e left join leaf l on l.entry_id = e.id
       where ($1::uuid is null or e.id < $1)
         and ($2::text is null or e.kind = $2 or starts_with(e.kind, $2 || '.'))
         and ($3::text is null or e.connection_id = (select id from connection where slug = $3))
         and ($4::text is null or e.who = $4 or e.who in (select key from person where name = $4 or email = $4))
         and ($5::timestamptz is null or e.at >= $5)
         and ($6::timestamptz is null or e.at < $6)
         and ($7::text is null or strpos(lower(e.content), lower($7)) > 0)
       order by e.id desc limit $8`,
      [
        query.cursor ?? null,
        query.kind ?? null,
        query.connection ?? null,
        query.who ?? null,
        query.from ?? null,
        query.to ?? null,
        query.q ?? null,
        query.limit + 1,
      ],
    );
    return z.array(entryRowSchema).parse(rows);
  }

  newestHead(): Promise<StoredHead | undefined> {
    return newestHead(this.database.pool);
  }

  /** Whether something recorded until then still waits for its position. */
  async hasUnsequenced(until: Date): Promise<boolean> {
    const { rowCount } = await this.database.pool.query(
      `select 1 from entry e where e.at > $1::timestamptz - interval '1 minute' and e.at <= $1
         and e.id >= $2::uuid and not exists (select 1 from leaf l where l.entry_id = e.id) limit 1`,
      [until, lowestIdAt(new Date(until.getTime() - 60_000))],
    );
    return rowCount === 1;
  }

  /**
   * The run of positions, below `size`, that holds every entry of a period. Entries near its ends
   * may lie outside the period: positions follow the order of commits.
   */
  async span(from: string, to: string, size: number): Promise<{ first: number; count: number }> {
    const { rows } = await this.database.pool.query(
      `select min(l.position) as first, max(l.position) as last
       from entry e join leaf l on l.entry_id = e.id
       where e.at >= $1 and e.at < $2 and l.position < $3`,
      [from, to, size],
    );
    const { first, last } = spanSchema.parse(rows[0]);
    return first === null || last === null
      ? { first: 0, count: 0 }
      : { first, count: last - first + 1 };
  }

  async leafHashes(start: number, end: number): Promise<readonly Uint8Array[]> {
    const { rows } = await this.database.pool.query(
      'select hash from leaf where position >= $1 and position < $2 order by position',
      [start, end],
    );
    return z
      .array(z.object({ hash: z.instanceof(Uint8Array) }))
      .parse(rows)
      .map((row) => row.hash);
  }

  async leaves(start: number, end: number): Promise<readonly LeafRow[]> {
    const { rows } = await this.database.pool.query(
      `select l.position, l.hash, l.entry_id, e.content from leaf l join entry e on e.id = l.entry_id
       where l.position >= $1 and l.position < $2 order by l.position`,
      [start, end],
    );
    return z.array(leafRowSchema).parse(rows);
  }

  async framesOf(entryIds: readonly string[]): Promise<ReadonlyMap<string, readonly FrameRow[]>> {
    const { rows } = await this.database.pool.query(
      `select ${FRAME_COLUMNS} from frame where entry_id = any($1::uuid[]) order by id`,
      [entryIds],
    );
    return Map.groupBy(z.array(frameRowSchema).parse(rows), (row) => row.entry_id);
  }

  /** Notes of tree sizes within a run, at most `limit`, spread evenly. */
  async notesWithin(start: number, end: number, limit: number): Promise<readonly string[]> {
    const { rows } = await this.database.pool.query(
      `select note from (
         select note, size, row_number() over (order by size) as n, count(*) over () as total
         from tree_head where size > $1 and size <= $2) as heads
       where n % greatest(1, total / $3) = 0 order by size`,
      [start, end, limit],
    );
    return z
      .array(z.object({ note: z.string() }))
      .parse(rows)
      .map((row) => row.note);
  }
}
