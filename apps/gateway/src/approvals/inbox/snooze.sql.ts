import { z } from 'zod';
import type { Queryable } from '../../platform/database.ts';

/**
 * SQL: when the snooze `s` of the approval `a` is over. At the latest when a tenth of its time is
 * left: what is about to run out must not be out of sight.
 */
export const SNOOZE_ENDS = `least(s.until, a.expires_at - (a.expires_at - a.held_at) / 10)`;

/** SQL condition: the approval `a` waits, and this person put it off. */
export function snoozedBy(person: string): string {
  return `(a.state = 'held' and exists (select 1 from snooze s
    where s.approval_id = a.id and s.person_key = ${person} and ${SNOOZE_ENDS} > now()))`;
}

const rowsSchema = z.array(z.object({ id: z.string(), ends: z.date() }));

/** Puts off what still waits; answers until when, without what is about to run out. */
export async function snooze(
  client: Queryable,
  personKey: string,
  ids: readonly string[],
  minutes: number,
): Promise<z.infer<typeof rowsSchema>> {
  // What is long over is of no use to anyone.
  await client.query(
    `delete from snooze where person_key = $1 and until < now() - interval '1 day'`,
    [personKey],
  );
  await client.query(
    `insert into snooze (person_key, approval_id, until)
     select $1, a.id, now() + make_interval(mins => $3) from approval a
      where a.id = any($2::uuid[]) and a.state = 'held'
     on conflict (person_key, approval_id) do update set until = excluded.until`,
    [personKey, ids, minutes],
  );
  const { rows } = await client.query(
    `select a.id, ${SNOOZE_ENDS} as ends from snooze s join approval a on a.id = s.approval_id
      where s.person_key = $1 and a.id = any($2::uuid[]) and a.state = 'held' and ${SNOOZE_ENDS} > now()`,
    [personKey, ids],
  );
  return rowsSchema.parse(rows);
}

export async function wake(
  on: Queryable,
  personKey: string,
  ids: readonly string[],
): Promise<void> {
  await on.query(`delete from snooze where person_key = $1 and approval_id = any($2::uuid[])`, [
    personKey,
    ids,
  ]);
}
