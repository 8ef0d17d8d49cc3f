import { WAS_FROZEN } from '../freezes/why-frozen.ts';
import { instanceIsAlive, instanceWasSeen } from '../platform/gateway-instance.ts';
import type { Queryable } from '../platform/database.ts';
import type { ApprovalRecord } from './approval.ts';
import { APPROVAL_COLUMNS, manyApprovals } from './approval.sql.ts';

/** Past their time, frozen, or orphaned by a dead process; each exactly once, on database time. */
export function takeOverdue(client: Queryable, limit: number): Promise<readonly ApprovalRecord[]> {
  return manyApprovals(
    client,
    `with frozen as materialized ( -- few, mostly none: what stood while something open waited
       select scope, key, reason, lifted_at from call_freeze
        where lifted_at is null
           or lifted_at >= (select min(held_at) from approval where state in ('held', 'approved'))),
     due as (
       select a.id, case
           when a.state = 'claimed' then 'unknown'
           when f.why is not null then 'denied'
           else 'expired' end as next,
         case
           when a.state = 'claimed' then 'The gateway process that ran this call ended before its answer was recorded. It may have run.'
           when f.why is not null then f.why
           when a.state = 'held' then 'Nobody decided in time.'
           else 'Approved, but the agent did not collect it in time.' end as reason
       from approval a join connection c on c.id = a.connection_id
       left join lateral (
         select case z.scope when 'installation' then '${WAS_FROZEN.installation}'
                             when 'connection' then '${WAS_FROZEN.connection}'
                             else '${WAS_FROZEN.caller}' end || z.reason as why
           from (select scope, reason, lifted_at from frozen
                  where (scope = 'installation' or key = a.caller_key)
                    and (lifted_at is null or lifted_at >= a.held_at)
                 union all
                 select 'connection', coalesce(c.frozen_reason, ''), null where c.frozen_at is not null) z
          order by z.scope desc, z.lifted_at desc limit 1) f on true -- the widest; one that stands before one that stood
       where a.state in ('held', 'approved', 'claimed') -- by the index, however long the history is
         and ((a.state = 'held' and a.expires_at <= now())
          or (a.state = 'approved' and a.release_expires_at <= now())
          or (a.state in ('held', 'approved') and f.why is not null)
          or (a.state = 'claimed' and not ${instanceIsAlive('a.claimed_by')} and not ${instanceWasSeen('a.claimed_by')}))
       order by a.id limit $1 for update of a skip locked)
     update approval a set state = due.next, state_reason = due.reason, settled_at = now()
       from due where a.id = due.id returning ${APPROVAL_COLUMNS}`,
    [limit],
  );
}
