import { z } from 'zod';
import type { Queryable } from '../../platform/database.ts';

export interface NewBreakGlass {
  readonly id: string;
  readonly approvalId: string;
  readonly personKey: string;
  readonly personName: string;
  readonly reason: string;
}

/** `false` where the approval is past its time, though nothing has settled it yet: database time decides. */
export async function insertBreakGlass(client: Queryable, use: NewBreakGlass): Promise<boolean> {
  const { rowCount } = await client.query(
    `insert into break_glass (id, approval_id, person_key, person_name, reason, at)
     select $1, a.id, $3, $4, $5, clock_timestamp() from approval a
      where a.id = $2 and a.state = 'held' and a.expires_at > clock_timestamp()
        and (a.timer_ends_at is null or a.timer_ends_at > clock_timestamp())`,
    [use.id, use.approvalId, use.personKey, use.personName, use.reason],
  );
  return rowCount === 1;
}

const useSchema = z.object({
  id: z.string(),
  approval_id: z.string(),
  person_key: z.string(),
  person_name: z.string(),
  reason: z.string(),
  at: z.date(),
  acknowledged_by: z.string().nullable(),
  acknowledged_by_name: z.string().nullable(),
  acknowledged_at: z.date().nullable(),
});
export type BreakGlassRow = z.infer<typeof useSchema>;

const COLUMNS = `b.id, b.approval_id, b.person_key, b.person_name, b.reason, b.at,
  b.acknowledged_by, b.acknowledged_by_name, b.acknowledged_at`;

/** The newest one of an approval: steps that were added after one may need another. */
export async function breakGlassOf(
  on: Queryable,
  approvalId: string,
): Promise<BreakGlassRow | undefined> {
  const { rows } = await on.query(
    `select ${COLUMNS} from break_glass b where b.approval_id = $1 order by b.at desc limit 1`,
    [approvalId],
  );
  return rows[0] && useSchema.parse(rows[0]);
}

const openSchema = useSchema.extend({ slug: z.string(), method: z.string(), target: z.string() });

export async function openBreakGlass(
  on: Queryable,
): Promise<readonly z.infer<typeof openSchema>[]> {
  const { rows } = await on.query(
    `select ${COLUMNS}, c.slug, a.method, a.target
     from break_glass b join approval a on a.id = b.approval_id
       join connection c on c.id = a.connection_id
     where b.acknowledged_at is null order by b.at desc limit 50`,
  );
  return z.array(openSchema).parse(rows);
}

/** Once, and never by the person themselves; `undefined` otherwise. */
export async function acknowledge(
  client: Queryable,
  id: string,
  by: { readonly key: string; readonly name: string },
): Promise<BreakGlassRow | undefined> {
  const { rows } = await client.query(
    `update break_glass b set acknowledged_by = $2, acknowledged_by_name = $3, acknowledged_at = now()
     where b.id = $1 and b.acknowledged_at is null and b.person_key <> $2 returning ${COLUMNS}`,
    [id, by.key, by.name],
  );
  return rows[0] && useSchema.parse(rows[0]);
}
