import { callerSchema, eraSchema, storedClientSchema } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { FRAME_COLUMNS, frameRowSchema, type FrameRow } from '../audit/frame-reader.ts';
import { positionSchema } from '../audit/leaf.sql.ts';
import { Database } from '../platform/database.ts';

const sessionRowSchema = z.object({
  id: z.string(),
  connection_id: z.string(),
  slug: z.string(),
  title: z.string(),
  caller: callerSchema,
  client: storedClientSchema,
  era: eraSchema,
  protocol_version: z.string().nullable(),
  started_at: z.date(),
  last_seen_at: z.date(),
  ended_at: z.date().nullable(),
  calls: z.coerce.number().int(),
  held: z.coerce.number().int(),
  denied: z.coerce.number().int(),
  masked: z.coerce.number().int(),
});
export type SessionRow = z.infer<typeof sessionRowSchema>;

const entryRowSchema = z.object({
  id: z.string(),
  at: z.date(),
  kind: z.string(),
  content: z.string(),
  call_id: z.string().nullable(),
  approval_id: z.string().nullable(),
  position: positionSchema.nullable(),
});
export type SessionEntryRow = z.infer<typeof entryRowSchema>;

/** Canonical JSON writes `"masks":` only as a member's key: inside a string its quotes are escaped. */
const SESSIONS = `
  select s.id, s.connection_id, c.slug, c.title, s.caller, s.client, s.era, s.protocol_version,
    s.started_at, s.last_seen_at, s.ended_at, counts.*
  from session s join connection c on c.id = s.connection_id
  cross join lateral (
    select count(*) filter (where e.kind = 'call.received') as calls,
      count(distinct e.approval_id) filter (where e.kind = 'approval.held') as held,
      count(distinct e.call_id) filter (where e.kind in ('call.refused', 'approval.denied')) as denied,
      count(*) filter (where e.kind = 'call.answered'
        and e.content ~ '"masks":' and e.content !~ '"masks":(\\[\\]|0[,}])') as masked
    from entry e where e.session_id = s.id) as counts`;

/** Sessions and what was stored of them. */
@Injectable()
export class SessionRepository {
  constructor(private readonly database: Database) {}

  /** Newest first; one more than asked for tells that there is a next page. */
  async list(query: {
    readonly cursor?: string | undefined;
    readonly limit: number;
    readonly connection?: string | undefined;
    readonly q?: string | undefined;
  }): Promise<readonly SessionRow[]> {
    const { rows } = await this.database.pool.query(
      `${SESSIONS}
       where ($1::uuid is null or s.id < $1)
         and ($2::text is null or c.slug = $2)
         and ($3::text is null
           or strpos(lower(concat_ws(' ', s.caller ->> 'displayName', s.caller_key, s.client ->> 'name')), lower($3)) > 0)
       order by s.id desc limit $4`,
      [query.cursor ?? null, query.connection ?? null, query.q ?? null, query.limit + 1],
    );
    return z.array(sessionRowSchema).parse(rows);
  }

  async find(id: string): Promise<SessionRow | undefined> {
    const { rows } = await this.database.pool.query(`${SESSIONS} where s.id = $1`, [id]);
    return rows.length === 0 ? undefined : sessionRowSchema.parse(rows[0]);
  }

  /**
   * In order of their ids, which is the order of their times. What was decided on an approval that
   * this session joined is part of its story, though the call was held in an earlier session.
   */
  async entries(
    sessionId: string,
    after: string | null,
    limit: number,
  ): Promise<readonly SessionEntryRow[]> {
    const { rows } = await this.database.pool.query(
      `select e.id, e.at, e.kind, e.content, e.call_id, e.approval_id, l.position
       from entry e left join leaf l on l.entry_id = e.id
       where (e.session_id = $1
           or (e.approval_id in (select j.approval_id from entry j where j.session_id = $1 and j.approval_id is not null)
             and e.kind ~ '^(verdict\\.|approval\\.(held|approved|denied|expired|void|rejudged)$)'))
         and ($2::uuid is null or e.id > $2)
       order by e.id limit $3`,
      [sessionId, after, limit],
    );
    return z.array(entryRowSchema).parse(rows);
  }

  async framesOf(entryIds: readonly string[]): Promise<ReadonlyMap<string, FrameRow>> {
    const { rows } = await this.database.pool.query(
      `select ${FRAME_COLUMNS} from frame where entry_id = any($1::uuid[])`,
      [entryIds],
    );
    return new Map(
      z
        .array(frameRowSchema)
        .parse(rows)
        .map((row) => [row.id, row]),
    );
  }
}
