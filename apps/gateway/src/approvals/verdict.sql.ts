import { verdictViaSchema, type Caller } from '@holdpoint/contracts';
import { z } from 'zod';
import type { Queryable } from '../platform/database.ts';
import type { VerdictRow } from './approval.ts';

const SELECT = `select id, approval_id, step, person_key, person_name, person_email, acting_for_key, acting_for_name, verdict, reason, passkey_id, via, at from verdict`;

interface Row {
  id: string;
  approval_id: string;
  step: number;
  person_key: string;
  person_name: string;
  person_email: string | null;
  acting_for_key: string | null;
  acting_for_name: string | null;
  verdict: string;
  reason: string | null;
  passkey_id: string | null;
  via: string | null;
  at: Date;
}

function toVerdict(row: Row): VerdictRow {
  return {
    id: row.id,
    step: row.step,
    personKey: row.person_key,
    personName: row.person_name,
    personEmail: row.person_email,
    actingForKey: row.acting_for_key,
    actingForName: row.acting_for_name,
    // Anything but an explicit approve counts as a deny.
    verdict: row.verdict === 'approve' ? 'approve' : 'deny',
    reason: row.reason,
    passkeyId: row.passkey_id,
    via: verdictViaSchema.nullable().catch(null).parse(row.via),
    at: row.at,
  };
}

export async function verdictsOf(
  on: Queryable,
  approvalIds: readonly string[],
): Promise<ReadonlyMap<string, readonly VerdictRow[]>> {
  const { rows } = await on.query<Row>(
    `${SELECT} where approval_id = any($1::uuid[]) order by at, id`,
    [approvalIds],
  );
  const groups = Map.groupBy(rows, (row) => row.approval_id);
  return new Map([...groups].map(([id, group]) => [id, group.map(toVerdict)]));
}

const ownerSchema = z.object({ owner_key: z.string() });

/**
 * Who owns the calling service identity now, which may be somebody else than when the call was held.
 * Locked: an owner who is changed while a verdict is given is changed before it or after it.
 */
export async function ownersNow(
  client: Queryable,
  { issuer, subject, clientId }: Caller,
): Promise<readonly string[]> {
  const { rows } = await client.query(
    `select owner_key from service_identity
     where issuer = $1 and subject = any($2::text[]) order by subject for share`,
    [issuer, clientId === null ? [subject] : [subject, clientId]],
  );
  return z
    .array(ownerSchema)
    .parse(rows)
    .map(({ owner_key: key }) => key);
}

/**
 * `false` when this person already decided this step (the unique index is the judge), or when the
 * approval is past its time though nothing has settled it yet: database time decides, as it is once every
 * lock is held, and not as it was when the transaction began to wait for them.
 */
export async function insertVerdict(
  client: Queryable,
  approvalId: string,
  verdict: Omit<VerdictRow, 'at'>,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `insert into verdict (id, approval_id, step, person_key, person_name, person_email, verdict, reason, passkey_id,
       acting_for_key, acting_for_name, via, at)
     select $1, a.id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, clock_timestamp() from approval a
      where a.id = $2 and a.state = 'held' and a.expires_at > clock_timestamp()
        and (a.timer_step is distinct from $3 or a.timer_ends_at > clock_timestamp())
     on conflict do nothing`,
    [
      verdict.id,
      approvalId,
      verdict.step,
      verdict.personKey,
      verdict.personName,
      verdict.personEmail,
      verdict.verdict,
      verdict.reason,
      verdict.passkeyId,
      verdict.actingForKey,
      verdict.actingForName,
      verdict.via,
    ],
  );
  return rowCount === 1;
}
