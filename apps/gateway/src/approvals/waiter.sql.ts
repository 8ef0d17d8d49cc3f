import type { Queryable } from '../platform/database.ts';
import type { ApprovalRecord } from './approval.ts';
import { WAITER_LEASE } from './approval.sql.ts';

export async function extendWaiters(
  on: Queryable,
  instance: number,
  waiterIds: readonly string[],
): Promise<void> {
  await on.query(
    `update approval set waiter_until = now() + ${WAITER_LEASE} where waiter_instance = $1 and waiter_id = any($2::uuid[])`,
    [instance, waiterIds],
  );
}

export interface StateNow {
  readonly id: string;
  /** As `seenOf` puts it. */
  readonly state: string;
}

const SEEN = `state || coalesce(rejudged ->> 'at', '') as state`;

/** What makes a waiter look again: the state, or what a newer policy asked for in the same state. */
export function seenOf({ state, rejudged }: Pick<ApprovalRecord, 'state' | 'rejudged'>): string {
  return state + (rejudged?.at ?? '');
}

export async function statesOf(
  on: Queryable,
  ids: readonly string[],
): Promise<readonly StateNow[]> {
  const { rows } = await on.query<StateNow>(
    `select id, ${SEEN} from approval where id = any($1::uuid[])`,
    [ids],
  );
  return rows;
}

/** What a verdict, the time or a freeze settled within the last `withinMs`. */
export async function justSettled(on: Queryable, withinMs: number): Promise<readonly StateNow[]> {
  const { rows } = await on.query<StateNow>(
    `select id, ${SEEN} from approval where settled_at > now() - $1 * interval '1 millisecond'`,
    [withinMs],
  );
  return rows;
}
