import type { Queryable } from '../platform/database.ts';
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
  readonly state: string;
}

export async function statesOf(
  on: Queryable,
  ids: readonly string[],
): Promise<readonly StateNow[]> {
  const { rows } = await on.query<StateNow>(
    'select id, state from approval where id = any($1::uuid[])',
    [ids],
  );
  return rows;
}

/** What a verdict, the time or a freeze settled within the last `withinMs`. */
export async function justSettled(on: Queryable, withinMs: number): Promise<readonly StateNow[]> {
  const { rows } = await on.query<StateNow>(
    `select id, state from approval where settled_at > now() - $1 * interval '1 millisecond'`,
    [withinMs],
  );
  return rows;
}
