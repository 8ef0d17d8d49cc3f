import type { ApprovalFilters } from '@holdpoint/contracts';
import { z } from 'zod';
import type { Queryable } from '../../platform/database.ts';
import { indexedSql, otherSql, parameters } from './approval-filter.sql.ts';
import { SNOOZE_ENDS } from './snooze.sql.ts';

/** As many as are listed; the oldest are. */
export const INDEXED_AT_MOST = 10_000;

/** SQL: equal for alike calls. A hash over JSON, so that no part of it can be taken for another. */
const GROUP = `left(encode(sha256(convert_to(jsonb_build_array(a.connection_id, a.method, a.target, a.caller_key,
  (select jsonb_agg(r->>'ruleId' order by r->>'ruleId') from jsonb_array_elements(a.decision->'rules') r))::text, 'utf8')), 'hex'), 32)`;

const snoozeOf = (person: string) =>
  `left join lateral (select ${SNOOZE_ENDS} as ends from snooze s
     where s.approval_id = a.id and s.person_key = ${person} and a.state = 'held' and ${SNOOZE_ENDS} > now()) s on true`;

const indexRowsSchema = z.array(
  z.object({
    id: z.string(),
    grp: z.string(),
    ends: z.date().nullable(),
    caller_key: z.string(),
    connection_id: z.string(),
    editor_key: z.string().nullable(),
    caller: z.string(),
    steps: z.string(),
    timer_step: z.number().int().nullable(),
    timer_fired: z.number().int(),
  }),
);
export type IndexRow = z.infer<typeof indexRowsSchema>[number];

/** The pending approvals that the filters leave, oldest first, in one snapshot; of these ids, if given. */
export async function indexRows(
  on: Queryable,
  filters: ApprovalFilters,
  personKey: string,
  ids: readonly string[] | null,
): Promise<readonly IndexRow[]> {
  const { values, put } = parameters();
  const conditions = [`a.state = 'held'`, ...indexedSql(filters, put), ...otherSql(filters, put)];
  if (ids !== null) conditions.push(`a.id = any(${put(ids)}::uuid[])`);
  const { rows } = await on.query(
    `select a.id, ${GROUP} as grp, s.ends, a.caller_key, a.connection_id, a.caller::text, a.steps::text,
       (select e.editor_key from approval_edit e where e.id = a.edit_id) as editor_key,
            a.timer_step, a.timer_fired
       from approval a ${snoozeOf(put(personKey))}
      where ${conditions.join(' and ')} order by a.id limit ${INDEXED_AT_MOST + 1}`,
    values,
  );
  return indexRowsSchema.parse(rows);
}

const partRowsSchema = z.array(
  z.object({ id: z.string(), grp: z.string(), ends: z.date().nullable() }),
);

/** What the inbox of one person makes of these approvals. */
export async function inboxParts(
  on: Queryable,
  ids: readonly string[],
  personKey: string,
): Promise<ReadonlyMap<string, { readonly group: string; readonly snoozedUntil: string | null }>> {
  const { rows } = await on.query(
    `select a.id, ${GROUP} as grp, s.ends from approval a ${snoozeOf('$2')} where a.id = any($1::uuid[])`,
    [ids, personKey],
  );
  return new Map(
    partRowsSchema
      .parse(rows)
      .map(({ id, grp, ends }) => [id, { group: grp, snoozedUntil: ends?.toISOString() ?? null }]),
  );
}
