import type { Queryable } from '../platform/database.ts';

/**
 * The registrations of the service that calls, under either name that its tokens give it. `a` is the
 * approval's row.
 */
export const ITS_OWNERS = `service_identity s
  where s.issuer = a.caller->>'issuer' and s.subject in (a.caller->>'subject', a.caller->>'clientId')`;

const IS_UNOWNED = `a.caller->>'kind' = 'service' and not exists (select 1 from ${ITS_OWNERS})`;

/** By a verdict that counts, in whosever place, or by break-glass. */
const IS_APPROVED_BY_OWNER = `a.caller->>'kind' = 'service' and exists (select 1 from ${ITS_OWNERS} and (
  exists (select 1 from verdict v where v.approval_id = a.id and v.verdict = 'approve'
    and s.owner_key in (v.person_key, v.acting_for_key)
    and not coalesce((a.steps->v.step->>'isVoid')::boolean, false))
  or exists (select 1 from break_glass b where b.approval_id = a.id and b.person_key = s.owner_key)))`;

/**
 * INVARIANT: what a service called runs only while somebody owns it, and never on the approval of
 * whoever owns it by now.
 */
export const IS_ANSWERED_FOR = `not (${IS_UNOWNED}) and not (${IS_APPROVED_BY_OWNER})`;

/** Who stands between a call of a service and its approval, as the registry is now. */
export async function ownersFault(
  on: Queryable,
  approvalId: string,
): Promise<'unowned' | 'own' | undefined> {
  const { rows } = await on.query<{ unowned: boolean; own: boolean }>(
    `select (${IS_UNOWNED}) as unowned, (${IS_APPROVED_BY_OWNER}) as own from approval a where a.id = $1`,
    [approvalId],
  );
  if (rows[0]?.unowned === true) return 'unowned';
  return rows[0]?.own === true ? 'own' : undefined;
}
