import type { ApprovalFilters } from '@holdpoint/contracts';
import { z } from 'zod';
import type { Queryable } from '../../platform/database.ts';
import type { ApprovalRecord } from '../approval.ts';
import { APPROVAL_COLUMNS, manyApprovals } from '../approval.sql.ts';
import { indexedSql, otherSql, parameters, type Put } from './approval-filter.sql.ts';
import { snoozedBy } from './snooze.sql.ts';

/** Of a long history one question looks through so much, and its answer says where to go on. */
const LOOKED_THROUGH = 20_000;

export interface ApprovalList {
  readonly pending: boolean;
  readonly cursor: string | null;
  readonly limit: number;
  readonly filters: ApprovalFilters;
  readonly personKey: string;
}

/**
 * A page of what was held. Pending: the one that has waited longest first. Settled: newest first; a
 * page may then hold fewer than asked for, or none, and still have a `next`.
 */
export async function listApprovals(
  on: Queryable,
  list: ApprovalList,
): Promise<{ readonly records: readonly ApprovalRecord[]; readonly next: string | null }> {
  const { values, put } = parameters();
  const inside = windowSql(list, put);
  const outside = [...otherSql(list.filters, put)];
  if (list.filters.snoozed === 'only') outside.push(snoozedBy(put(list.personKey)));
  if (list.filters.mine === 'yes' && !list.pending)
    outside.push(
      `exists (select 1 from verdict v where v.approval_id = a.id and v.person_key = ${put(list.personKey)})`,
    );
  const order = `order by a.id ${list.pending ? 'asc' : 'desc'}`;
  const bounded = !list.pending && outside.length > 0;
  const source = bounded
    ? `(select * from approval a where ${inside} ${order} limit ${LOOKED_THROUGH}) a where ${outside.join(' and ')}`
    : `approval a where ${[inside, ...outside].join(' and ')}`;
  const records = await manyApprovals(
    on,
    `select ${APPROVAL_COLUMNS} from ${source} ${order} limit ${put(list.limit + 1)}`,
    values,
  );
  if (records.length > list.limit) {
    const shown = records.slice(0, list.limit);
    return { records: shown, next: shown.at(-1)?.id ?? null };
  }
  return { records, next: bounded ? await endOfWindow(on, list) : null };
}

/** What an index finds after the cursor. */
function windowSql({ pending, cursor, filters }: ApprovalList, put: Put): string {
  return [
    pending ? `a.state = 'held'` : `a.state <> 'held'`,
    ...indexedSql(filters, put),
    ...(cursor === null ? [] : [`a.id ${pending ? '>' : '<'} ${put(cursor)}`]),
  ].join(' and ');
}

/** The last one that was looked at; `null` where nothing is after it. */
async function endOfWindow(on: Queryable, list: ApprovalList): Promise<string | null> {
  const { values, put } = parameters();
  const { rows } = await on.query(
    `select a.id from approval a where ${windowSql(list, put)} order by a.id desc offset ${LOOKED_THROUGH - 1} limit 1`,
    values,
  );
  return z.array(z.object({ id: z.string() })).parse(rows)[0]?.id ?? null;
}

export async function countPending(on: Queryable): Promise<number> {
  const { rows } = await on.query<{ n: string }>(
    `select count(*) as n from approval where state = 'held'`,
  );
  return Number(rows[0]?.n ?? 0);
}
