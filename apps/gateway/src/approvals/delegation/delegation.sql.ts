import { z } from 'zod';
import type { Queryable } from '../../platform/database.ts';

/** Groups that the provider confirmed longer ago give no place to take: the person may have left. */
const KNOWN = `d.groups_at > clock_timestamp() - interval '14 days'`;
/** By the clock, not by the transaction's beginning: it may have waited for a lock since. */
const OPEN = `d.ended_at is null and d.until_at > clock_timestamp()`;
/** Of `delegation d`: its delegate may take its delegator's place now. */
export const IN_FORCE = `${OPEN} and d.from_at <= now() and ${KNOWN}`;

const rowSchema = z
  .object({
    id: z.string(),
    delegator_key: z.string(),
    delegator_name: z.string(),
    delegate_key: z.string(),
    delegate_name: z.string(),
    from_at: z.date(),
    until_at: z.date(),
    note: z.string().nullable(),
    connections: z.array(z.string()),
    chains: z.array(z.string()),
    groups: z.array(z.string()),
    known: z.boolean(),
    begun: z.boolean(),
  })
  .transform((row) => ({
    id: row.id,
    delegator: { key: row.delegator_key, name: row.delegator_name },
    delegate: { key: row.delegate_key, name: row.delegate_name },
    from: row.from_at,
    until: row.until_at,
    note: row.note,
    connections: row.connections,
    chains: row.chains,
    groups: row.groups,
    known: row.known,
    begun: row.begun,
  }));
export type DelegationRow = z.infer<typeof rowSchema>;

const SELECT = `select d.id, d.delegator_key, d.delegator_name, d.delegate_key, d.delegate_name, d.from_at,
    d.until_at, d.note, d.connections, d.chains, d.groups, ${KNOWN} as known, d.from_at <= now() as begun
  from delegation d`;

/**
 * Whose place a person may take now. Locked in a verdict's transaction: a delegation that is ended
 * meanwhile ends before it or after it.
 */
export async function delegatorsOf(
  on: Queryable,
  delegateKey: string,
  { lock = false }: { readonly lock?: boolean } = {},
): Promise<readonly DelegationRow[]> {
  const { rows } = await on.query(
    `${SELECT} where d.delegate_key = $1 and ${IN_FORCE}
     order by d.created_at, d.id ${lock ? 'for share' : ''}`,
    [delegateKey],
  );
  return z.array(rowSchema).parse(rows);
}

/** Those that run or will; `personKey: null`: everyone's. */
export async function listDelegations(
  on: Queryable,
  personKey: string | null,
): Promise<readonly DelegationRow[]> {
  const { rows } = await on.query(
    `${SELECT} where ${OPEN} and ($1::text is null or d.delegator_key = $1 or d.delegate_key = $1)
     order by d.from_at, d.id limit 200`,
    [personKey],
  );
  return z.array(rowSchema).parse(rows);
}

export interface NewDelegation {
  readonly id: string;
  readonly delegator: { readonly key: string; readonly name: string };
  readonly delegate: { readonly key: string; readonly name: string };
  /** `null`: now. */
  readonly from: string | null;
  readonly until: string;
  readonly note: string | null;
  readonly connections: readonly string[];
  readonly chains: readonly string[];
  readonly groups: readonly string[];
  readonly groupsAt: Date;
}

/** `false` where the period is over, backwards or longer than `days`, or the person has `most` of them already. */
export async function insertDelegation(
  client: Queryable,
  row: NewDelegation,
  { days, most }: { readonly days: number; readonly most: number },
): Promise<boolean> {
  const { rowCount } = await client.query(
    `insert into delegation (id, delegator_key, delegator_name, delegate_key, delegate_name, from_at,
       until_at, note, connections, chains, groups, groups_at)
     select $1, $2, $3, $4, $5, p.from_at, $7, $8, $9, $10, $11, $12
     from (select coalesce($6::timestamptz, now()) as from_at) p
     where $7::timestamptz > now() and $7 > p.from_at
       and $7 <= greatest(p.from_at, now()) + $13 * interval '1 day'
       and p.from_at <= now() + $13 * interval '1 day'
       and (select count(*) from delegation d where d.delegator_key = $2 and ${OPEN}) < $14`,
    [
      row.id,
      row.delegator.key,
      row.delegator.name,
      row.delegate.key,
      row.delegate.name,
      row.from,
      row.until,
      row.note,
      [...row.connections],
      [...row.chains],
      [...row.groups],
      row.groupsAt,
      days,
      most,
    ],
  );
  return rowCount === 1;
}

/** By either of the two, or by an admin; `undefined` where it is none of theirs, or over. */
export async function endDelegation(
  client: Queryable,
  id: string,
  by: { readonly key: string; readonly name: string; readonly isAdmin: boolean },
): Promise<DelegationRow | undefined> {
  const { rows } = await client.query(
    `with ended as (
       update delegation d set ended_at = now(), ended_by_name = $3
       where d.id = $1 and ${OPEN} and ($4 or $2 in (d.delegator_key, d.delegate_key)) returning d.id)
     ${SELECT} join ended on ended.id = d.id`,
    [id, by.key, by.name, by.isAdmin],
  );
  return rows[0] && rowSchema.parse(rows[0]);
}
