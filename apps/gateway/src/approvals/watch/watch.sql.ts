import { z } from 'zod';
import type { Queryable } from '../../platform/database.ts';

/**
 * A page that says nothing for so long is taken for closed. It speaks every 15 s, and once a minute
 * where the browser slows a hidden window down: who looks something up elsewhere is still looking.
 */
const LEASE = `interval '90 seconds'`;

interface Watching {
  readonly approvalId: string;
  readonly person: { readonly key: string; readonly name: string };
}

const rowsSchema = z.array(
  z.object({
    approval_id: z.string(),
    person_key: z.string(),
    person_name: z.string(),
    kind: z.enum(['open', 'claimed']),
    since: z.date(),
    taken_from_key: z.string().nullable(),
    taken_from_name: z.string().nullable(),
  }),
);
export type WatchRow = z.infer<typeof rowsSchema>[number];

/** Whose lease runs, on what is still held; who watches longest first. */
export async function watchRows(
  on: Queryable,
  approvalIds: readonly string[],
): Promise<readonly WatchRow[]> {
  const { rows } = await on.query(
    `select w.approval_id, w.person_key, w.person_name, w.kind, w.since, w.taken_from_key, w.taken_from_name
       from approval_watch w join approval a on a.id = w.approval_id
      where w.approval_id = any($1::uuid[]) and w.until > now() and a.state = 'held'
      order by w.since, w.person_key`,
    [approvalIds],
  );
  return rowsSchema.parse(rows);
}

/** `false` where the lease is over, or never was. */
export async function renew(on: Queryable, { approvalId, person }: Watching): Promise<boolean> {
  const { rowCount } = await on.query(
    `update approval_watch set until = now() + ${LEASE}, person_name = $3
      where approval_id = $1 and person_key = $2 and until > now()`,
    [approvalId, person.key, person.name],
  );
  return rowCount === 1;
}

/** Only a lapsed row is begun anew: a claim that another window made meanwhile stays. */
export async function open(client: Queryable, { approvalId, person }: Watching): Promise<void> {
  // What is long over is of no use to anyone.
  await client.query(
    `delete from approval_watch where person_key = $1 and until < now() - interval '1 day'`,
    [person.key],
  );
  await client.query(
    `insert into approval_watch as w (approval_id, person_key, person_name, kind, since, until)
     values ($1, $2, $3, 'open', now(), now() + ${LEASE})
     on conflict (approval_id, person_key) do update
       set person_name = excluded.person_name, kind = 'open', since = excluded.since,
           until = excluded.until, taken_from_key = null, taken_from_name = null
       where w.until <= now()`,
    [approvalId, person.key, person.name],
  );
}

/** Makes room for whoever claims next. */
export async function endLapsed(client: Queryable, approvalId: string): Promise<void> {
  await client.query('delete from approval_watch where approval_id = $1 and until <= now()', [
    approvalId,
  ]);
}

const claimedSchema = z.object({ taken_from_name: z.string().nullable() });

/**
 * Claims what nobody claims, or takes over from exactly the person who is named. `undefined` where
 * it is somebody else's, or one's own already. A partial unique index allows one claim.
 */
export async function claim(
  client: Queryable,
  { approvalId, person }: Watching,
  takeFrom: string | null,
): Promise<{ readonly takenFrom: string | null } | undefined> {
  const { rows } = await client.query(
    `with relieved as (
       update approval_watch set kind = 'open', since = now(), taken_from_key = null, taken_from_name = null
        where approval_id = $1 and kind = 'claimed' and person_key = $4::text and person_key <> $2
        returning person_key, person_name)
     insert into approval_watch (approval_id, person_key, person_name, kind, since, until, taken_from_key, taken_from_name)
     select $1, $2, $3, 'claimed', now(), now() + ${LEASE}, r.person_key, r.person_name
       from (select) one left join relieved r on true
      where not exists (select from approval_watch o where o.approval_id = $1 and o.kind = 'claimed'
        and o.person_key is distinct from $4::text)
     on conflict (approval_id, person_key) do update
       set person_name = excluded.person_name, kind = 'claimed', since = excluded.since,
           until = excluded.until, taken_from_key = excluded.taken_from_key,
           taken_from_name = excluded.taken_from_name
     returning taken_from_name`,
    [approvalId, person.key, person.name, takeFrom],
  );
  return rows[0] && { takenFrom: claimedSchema.parse(rows[0]).taken_from_name };
}

/** Still open, no longer claimed. */
export async function letGo(client: Queryable, { approvalId, person }: Watching): Promise<boolean> {
  const { rowCount } = await client.query(
    `update approval_watch set kind = 'open', since = now(), taken_from_key = null, taken_from_name = null
      where approval_id = $1 and person_key = $2 and kind = 'claimed' and until > now()`,
    [approvalId, person.key],
  );
  return rowCount === 1;
}

const leftSchema = z.object({ had_claim: z.boolean() });

/** `undefined` where the page wasn't open. */
export async function leave(
  client: Queryable,
  { approvalId, person }: Watching,
): Promise<{ readonly hadClaim: boolean } | undefined> {
  const { rows } = await client.query(
    `delete from approval_watch where approval_id = $1 and person_key = $2
     returning kind = 'claimed' and until > now() as had_claim`,
    [approvalId, person.key],
  );
  return rows[0] && { hadClaim: leftSchema.parse(rows[0]).had_claim };
}
