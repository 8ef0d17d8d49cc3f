import { storedDecisionSchema } from '@holdpoint/contracts';
import { z } from 'zod';
import { IS_ANSWERED_FOR, ITS_OWNERS } from '../approvals/owners.sql.ts';
import { frozenSince } from '../freezes/freeze.sql.ts';
import type { Queryable } from '../platform/database.ts';

const GRANT_STATES = ['proposed', 'in-force', 'not-given', 'revoked', 'lapsed'] as const;

/** What a grant is bound to, beside the shape of the arguments. */
export interface GrantBinding {
  readonly callerKey: string;
  readonly ownerKey: string | null;
  readonly connectionId: string;
  readonly method: string;
  readonly target: string;
  readonly restDigest: string;
  readonly toolDigest: string;
  readonly rulesDigest: string;
}

const rowSchema = z.object({
  id: z.string(),
  approvalId: z.string(),
  connectionId: z.string(),
  callerKey: z.string(),
  ownerKey: z.string().nullable(),
  callerName: z.string(),
  method: z.string(),
  target: z.string(),
  paramsDigest: z.string(),
  restDigest: z.string(),
  toolDigest: z.string(),
  rulesDigest: z.string(),
  decision: storedDecisionSchema,
  freezeEpoch: z.number().int(),
  sealedShape: z.instanceof(Uint8Array),
  minutes: z.number().int(),
  usesAllowed: z.number().int(),
  usesLeft: z.number().int(),
  state: z.enum(GRANT_STATES),
  proposedByName: z.string(),
  givenAt: z.date().nullable(),
  expiresAt: z.date().nullable(),
  isOver: z.boolean(),
  endedAt: z.date().nullable(),
  endedByName: z.string().nullable(),
  endReason: z.string().nullable(),
});
export type GrantRow = z.infer<typeof rowSchema>;

const COLUMNS = `g.id, g.approval_id as "approvalId", g.connection_id as "connectionId", g.caller_key as "callerKey",
  g.owner_key as "ownerKey", g.caller_name as "callerName", g.method, g.target, g.params_digest as "paramsDigest",
  g.rest_digest as "restDigest", g.tool_digest as "toolDigest", g.rules_digest as "rulesDigest", g.decision,
  g.freeze_epoch as "freezeEpoch", g.shape as "sealedShape", g.minutes, g.uses_allowed as "usesAllowed",
  g.uses_left as "usesLeft", g.state, g.proposed_by_name as "proposedByName", g.given_at as "givenAt",
  g.expires_at as "expiresAt", coalesce(g.expires_at <= now(), false) as "isOver", g.ended_at as "endedAt",
  g.ended_by_name as "endedByName", g.end_reason as "endReason"`;

async function many(on: Queryable, rest: string, values: readonly unknown[]): Promise<GrantRow[]> {
  const { rows } = await on.query(`select ${COLUMNS} from call_grant g ${rest}`, [...values]);
  return z.array(rowSchema).parse(rows);
}

/** The latest of an approval. */
export async function grantOf(on: Queryable, approvalId: string): Promise<GrantRow | undefined> {
  const rest = 'where g.approval_id = $1 order by g.id desc limit 1';
  return (await many(on, rest, [approvalId]))[0];
}

export async function grantById(on: Queryable, id: string): Promise<GrantRow | undefined> {
  return (await many(on, 'where g.id = $1', [id]))[0];
}

/** Proposed with calls that nobody decides about any more: they expired, were withdrawn, denied by policy. */
export async function proposalsLeftOver(on: Queryable): Promise<GrantRow[]> {
  const rest = `where g.state = 'proposed' and exists
    (select 1 from approval a where a.id = g.approval_id and a.state <> 'held') order by g.id limit 100`;
  return many(on, rest, []);
}

/** By the clock: whoever takes a use may have waited for locks since their transaction began. */
const USABLE = `g.state = 'in-force' and g.uses_left > 0 and g.expires_at > clock_timestamp()`;

export function usableGrants(on: Queryable): Promise<readonly GrantRow[]> {
  return many(on, `where ${USABLE} order by g.id`, []);
}

/** Changes with every grant that is given or ended; a use changes nothing that others look at. */
export async function grantFingerprint(on: Queryable): Promise<string> {
  const { rows } = await on.query<{ print: string }>(
    `select count(*) || ':' || coalesce(max(given_at)::text, '') || ':' || coalesce(max(ended_at)::text, '') as print
       from call_grant where state in ('in-force', 'revoked', 'lapsed')`,
  );
  return rows[0]?.print ?? '';
}

/** Those that may be used, then the latest that were given once and are over. */
export function listGrants(on: Queryable, endedShown: number): Promise<readonly GrantRow[]> {
  return many(
    on,
    `where g.given_at is not null and (${USABLE} or g.id in (
       select e.id from call_grant e where e.given_at is not null
        order by coalesce(e.ended_at, e.expires_at) desc limit $1))
      order by (${USABLE}) desc, coalesce(g.ended_at, g.expires_at) desc, g.id`,
    [endedShown],
  );
}

export type NewGrant = GrantBinding &
  Pick<
    GrantRow,
    | 'id'
    | 'approvalId'
    | 'callerName'
    | 'paramsDigest'
    | 'decision'
    | 'freezeEpoch'
    | 'minutes'
    | 'usesAllowed'
    | 'proposedByName'
  > & { readonly proposedBy: string; readonly sealedShape: Uint8Array };

/** The caller holds the approval's row. */
export async function insertGrant(client: Queryable, grant: NewGrant): Promise<void> {
  await client.query(
    `insert into call_grant (id, approval_id, connection_id, caller_key, owner_key, caller_name, method, target,
       params_digest, rest_digest, tool_digest, rules_digest, freeze_epoch, shape, minutes, uses_allowed, uses_left,
       state, proposed_by, proposed_by_name, decision)
     values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$16,'proposed',$17,$18,$19)`,
    [
      grant.id,
      grant.approvalId,
      grant.connectionId,
      grant.callerKey,
      grant.ownerKey,
      grant.callerName,
      grant.method,
      grant.target,
      grant.paramsDigest,
      grant.restDigest,
      grant.toolDigest,
      grant.rulesDigest,
      grant.freezeEpoch,
      grant.sealedShape,
      grant.minutes,
      grant.usesAllowed,
      grant.proposedBy,
      grant.proposedByName,
      JSON.stringify(grant.decision),
    ],
  );
}

export interface Consent {
  readonly step: number;
  readonly personKey: string;
  readonly personName: string;
}

export async function insertConsent(
  client: Queryable,
  grantId: string,
  { step, personKey, personName }: Consent,
): Promise<void> {
  await client.query(
    `insert into call_grant_consent (grant_id, step, person_key, person_name) values ($1, $2, $3, $4)`,
    [grantId, step, personKey, personName],
  );
}

const consentSchema = z.object({
  grantId: z.string(),
  step: z.number().int(),
  personKey: z.string(),
  personName: z.string(),
});

export async function consentsOf(
  on: Queryable,
  grantIds: readonly string[],
): Promise<readonly z.infer<typeof consentSchema>[]> {
  const { rows } = await on.query(
    `select grant_id as "grantId", step, person_key as "personKey", person_name as "personName"
       from call_grant_consent where grant_id = any($1::uuid[]) order by at, step`,
    [[...grantIds]],
  );
  return z.array(consentSchema).parse(rows);
}

/** `false` where it is none that was proposed for exactly these params, or nobody accepted the definition. */
export async function giveGrant(
  client: Queryable,
  id: string,
  paramsDigest: string,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update call_grant g set state = 'in-force', given_at = now(), expires_at = now() + minutes * interval '1 minute'
      where id = $1 and state = 'proposed' and params_digest = $2 and ${IS_ACCEPTED}`,
    [id, paramsDigest],
  );
  return rowCount === 1;
}

/** `false` where it ended before. */
export async function endGrant(
  client: Queryable,
  id: string,
  end: {
    readonly from: 'proposed' | 'in-force';
    readonly to: 'not-given' | 'revoked' | 'lapsed';
    readonly by: string | null;
    readonly reason: string;
  },
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update call_grant set state = $3, ended_at = now(), ended_by_name = $4, end_reason = $5
      where id = $1 and state = $2`,
    [id, end.from, end.to, end.by, end.reason],
  );
  return rowCount === 1;
}

const IS_FROZEN = `(not exists (select 1 from connection c
    where c.id = g.connection_id and c.freeze_epoch = g.freeze_epoch and c.frozen_at is null)
  or ${frozenSince('g.caller_key', 'g.given_at')})`;

/** A definition that nobody accepted, or that an admin blocked, is granted nothing. */
const IS_ACCEPTED = `exists (select 1 from known_definition k where k.connection_id = g.connection_id
  and k.kind = 'tool' and k.name = g.target and k.digest = g.tool_digest and k.state = 'accepted')`;

/** Whoever owned the calling service when the grant was given still does, and gave no consent to it. */
const IS_OWNED_AS_GIVEN = `exists (select 1 from approval a where a.id = g.approval_id and ${IS_ANSWERED_FOR}
  and (g.owner_key is null or exists (select 1 from ${ITS_OWNERS} and s.owner_key = g.owner_key)))`;

export type LapseCause = 'frozen' | 'definition' | 'owner';
const causeSchema = z.object({ cause: z.enum(['frozen', 'definition', 'owner']).nullable() });

/** Those in force, each with what ended it though nobody has noticed yet; `null`: nothing in the database did. */
export async function grantsWithCause(
  on: Queryable,
): Promise<readonly (GrantRow & { readonly cause: LapseCause | null })[]> {
  const { rows } = await on.query(
    `select ${COLUMNS}, case
         when ${IS_FROZEN} then 'frozen'
         when not ${IS_ACCEPTED} or exists (select 1 from catalogue_item i where i.connection_id = g.connection_id
           and i.kind = 'tool' and i.name = g.target and i.digest <> g.tool_digest) then 'definition'
         when not ${IS_OWNED_AS_GIVEN} then 'owner' end as cause
       from call_grant g where ${USABLE} order by g.id`,
  );
  return z.array(rowSchema.extend(causeSchema.shape)).parse(rows);
}

/**
 * INVARIANT: the only way a grant lets a call through. One conditional update takes one use: given, not
 * ended, not over, and bound to caller, owner, connection, tool, definition and rules; the policy is the
 * one in force in the database now, the definition is accepted, the service is owned as it was, and nothing
 * of it was frozen since the grant was given. Answers what is left.
 */
export async function takeUse(
  client: Queryable,
  grantId: string,
  bound: GrantBinding & { readonly policyVersion: number },
): Promise<number | undefined> {
  const { rows } = await client.query<{ left: number }>(
    `update call_grant g set uses_left = g.uses_left - 1
      where g.id = $1 and ${USABLE} and g.caller_key = $2 and g.owner_key is not distinct from $3
        and g.connection_id = $4 and g.method = $5 and g.target = $6 and g.rest_digest = $7
        and g.tool_digest = $8 and g.rules_digest = $9
        and $10 = (select max(number) from policy_version)
        and not ${IS_FROZEN} and ${IS_ACCEPTED} and ${IS_OWNED_AS_GIVEN}
      returning g.uses_left as left`,
    [
      grantId,
      bound.callerKey,
      bound.ownerKey,
      bound.connectionId,
      bound.method,
      bound.target,
      bound.restDigest,
      bound.toolDigest,
      bound.rulesDigest,
      bound.policyVersion,
    ],
  );
  return rows[0]?.left;
}

export async function insertUse(
  client: Queryable,
  grantId: string,
  call: { readonly callId: string; readonly sessionId: string },
): Promise<void> {
  await client.query(
    `insert into call_grant_use (grant_id, call_id, session_id) values ($1, $2, $3)`,
    [grantId, call.callId, call.sessionId],
  );
}

const useSchema = z.object({
  grantId: z.string(),
  callId: z.string(),
  sessionId: z.string(),
  entryId: z.string().nullable(),
  at: z.date(),
});

export async function usesOf(
  on: Queryable,
  grantIds: readonly string[],
): Promise<readonly z.infer<typeof useSchema>[]> {
  const { rows } = await on.query(
    `select u.grant_id as "grantId", u.call_id as "callId", u.session_id as "sessionId", u.at,
       (select f.entry_id from frame f where f.call_id = u.call_id and f.edge = 'agent-to-gateway' limit 1) as "entryId"
       from call_grant_use u where u.grant_id = any($1::uuid[]) order by u.at, u.call_id`,
    [[...grantIds]],
  );
  return z.array(useSchema).parse(rows);
}
