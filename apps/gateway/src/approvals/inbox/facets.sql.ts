import { z } from 'zod';
import type { Queryable } from '../../platform/database.ts';

/** What the filters can be set to is read from so many: of what waits the oldest, of what is settled the newest. */
const READ_AT_MOST = { pending: 10_000, settled: 2_000 } as const;
const EACH_AT_MOST = 50;

const KINDS = ['connection', 'target', 'caller', 'group', 'chain', 'rule'] as const;
const rowsSchema = z.array(
  z.object({ kind: z.enum(KINDS), value: z.string(), label: z.string(), n: z.coerce.number() }),
);
export type FacetRow = z.infer<typeof rowsSchema>[number];

export async function facetRows(
  on: Queryable,
  state: 'pending' | 'settled',
): Promise<readonly FacetRow[]> {
  const which =
    state === 'pending' ? `a.state = 'held' order by a.id` : `a.state <> 'held' order by a.id desc`;
  const { rows } = await on.query(
    `with read as materialized (
       select a.connection_id, a.target, a.caller_key, a.caller->>'displayName' as caller_name, a.steps, a.decision
         from approval a where ${which} limit $1),
     found as (
       select 'connection' as kind, c.slug as value, c.title as label, count(*) as n
         from read join connection c on c.id = read.connection_id group by 1, 2, 3
       union all
       select 'target', target, target, count(*) from read where target <> '' group by 1, 2, 3
       union all
       select 'caller', caller_key, max(caller_name), count(*) from read group by 1, 2
       union all
       select 'group', g, g, count(*) from read, jsonb_array_elements(read.steps) s,
         jsonb_array_elements_text(s->'reviewers'->'groups') g group by 1, 2, 3
       union all
       select 'chain', s->>'chain', s->>'chain', count(*) from read, jsonb_array_elements(read.steps) s group by 1, 2, 3
       union all
       select 'rule', r->>'ruleId', r->>'ruleId', count(*)
         from read, jsonb_array_elements(read.decision->'rules') r group by 1, 2, 3)
     select kind, value, coalesce(label, value) as label, n from (
       select *, row_number() over (partition by kind order by n desc, value) as place from found where value <> '') f
      where place <= ${EACH_AT_MOST} order by kind, place`,
    [READ_AT_MOST[state]],
  );
  return rowsSchema.parse(rows);
}
