import type { Queryable } from '../platform/database.ts';

/** The first time counts; later ones change nothing. */
export async function noteOpening(
  on: Queryable,
  approvalId: string,
  personKey: string,
): Promise<void> {
  await on.query(
    `insert into approval_opening (approval_id, person_key) values ($1, $2) on conflict do nothing`,
    [approvalId, personKey],
  );
}
