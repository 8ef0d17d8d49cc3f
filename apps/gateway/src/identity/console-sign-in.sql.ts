import { z } from 'zod';
import type { Queryable } from '../platform/database.ts';

export interface NewSignIn {
  readonly sid: string;
  readonly personKey: string;
  readonly sub: string;
  readonly groups: readonly string[];
  readonly refreshSealed: Buffer | null;
}

/** Answers when its groups were learned, by the database's clock. */
export async function insertSignIn(on: Queryable, signIn: NewSignIn): Promise<Date> {
  const { rows } = await on.query(
    `insert into console_sign_in (sid, person_key, sub, groups, groups_at, refresh_sealed)
     values ($1, $2, $3, $4, now(), $5) returning groups_at`,
    [signIn.sid, signIn.personKey, signIn.sub, [...signIn.groups], signIn.refreshSealed],
  );
  return learnedSchema.parse(rows[0]).groups_at;
}

const learnedSchema = z.object({ groups_at: z.date() });

const signInSchema = z
  .object({
    sub: z.string(),
    groups: z.array(z.string()),
    groups_at: z.date(),
    age_ms: z.coerce.number(),
    renewable: z.boolean(),
    now: z.date(),
  })
  .transform(({ groups_at: groupsAt, age_ms: ageMs, ...rest }) => ({ ...rest, groupsAt, ageMs }));
export type KnownSignIn = z.infer<typeof signInSchema>;

const SELECT = `select sub, groups, groups_at, refresh_sealed is not null as renewable, clock_timestamp() as now,
    extract(epoch from clock_timestamp() - groups_at) * 1000 as age_ms
  from console_sign_in where sid = $1 and person_key = $2`;

/** What a session knows of its person; `undefined` once it is signed out. */
export async function findSignIn(
  on: Queryable,
  sid: string,
  personKey: string,
): Promise<KnownSignIn | undefined> {
  const { rows } = await on.query(SELECT, [sid, personKey]);
  return rows[0] && signInSchema.parse(rows[0]);
}

/** Locked: groups that are learned, and a sign-out, come before the verdict or after it. */
export async function lockSignIn(
  client: Queryable,
  sid: string,
  personKey: string,
): Promise<KnownSignIn | undefined> {
  const { rows } = await client.query(`${SELECT} for share`, [sid, personKey]);
  return rows[0] && signInSchema.parse(rows[0]);
}

const takenSchema = z
  .object({ refresh_sealed: z.instanceof(Buffer), asked_at: z.date() })
  .transform(({ refresh_sealed: refreshSealed, asked_at: askedAt }) => ({
    refreshSealed,
    askedAt,
  }));
export type TakenCheck = z.infer<typeof takenSchema>;

/**
 * The right to use a session's refresh token; `undefined` while another process has it. A lease, no
 * lock: the provider is asked meanwhile, and no database connection waits for it.
 */
export async function takeCheck(
  on: Queryable,
  sid: string,
  leaseMs: number,
): Promise<TakenCheck | undefined> {
  const { rows } = await on.query(
    `update console_sign_in set checking_until = clock_timestamp() + $2 * interval '1 millisecond'
     where sid = $1 and refresh_sealed is not null
       and (checking_until is null or checking_until <= clock_timestamp())
     returning refresh_sealed, clock_timestamp() as asked_at`,
    [sid, leaseMs],
  );
  return rows[0] && takenSchema.parse(rows[0]);
}

/** A rotated token is kept before it is used for anything: the one before works no more. */
export async function keepRefreshToken(on: Queryable, sid: string, sealed: Buffer): Promise<void> {
  await on.query(`update console_sign_in set refresh_sealed = $2 where sid = $1`, [sid, sealed]);
}

/** The provider takes this token no more. */
export async function dropRefreshToken(on: Queryable, sid: string): Promise<void> {
  await on.query(
    `update console_sign_in set refresh_sealed = null, checking_until = null where sid = $1`,
    [sid],
  );
}

export async function endCheck(on: Queryable, sid: string): Promise<void> {
  await on.query(`update console_sign_in set checking_until = null where sid = $1`, [sid]);
}

/**
 * Groups as the provider has just given them, for this session's verdicts and for all its other pages.
 * The session's row first: a sign-out takes it before the row that hangs on it.
 */
export async function learnGroups(
  client: Queryable,
  sid: string,
  groups: readonly string[],
  askedAt: Date,
): Promise<boolean> {
  await client.query('select 1 from console_session where sid = $1 for no key update', [sid]);
  const { rowCount } = await client.query(
    `with learned as (
       update console_sign_in set groups = $2, groups_at = $3, checking_until = null
       where sid = $1 and groups_at <= $3 returning sid)
     update console_session s set sess = jsonb_set(s.sess, '{signedIn,groups}', to_jsonb($2::text[]))
     from learned where s.sid = learned.sid`,
    [sid, [...groups], askedAt],
  );
  return rowCount === 1;
}

/**
 * Whoever stands in for this person goes by these groups, too, from now on. Locked one after the other,
 * in the order in which a verdict locks them.
 */
export async function tellDelegations(
  client: Queryable,
  personKey: string,
  groups: readonly string[],
  askedAt: Date,
): Promise<void> {
  await client.query(
    `with theirs as materialized (
       select id from delegation
       where delegator_key = $1 and ended_at is null and until_at > now() and groups_at <= $3
       order by created_at, id for no key update)
     update delegation d set groups = $2, groups_at = $3 from theirs where d.id = theirs.id`,
    [personKey, [...groups], askedAt],
  );
}

/**
 * What was learned of somebody outlives their sessions. True where it is news to whoever watches the
 * chains: other groups, or the same ones after a while.
 */
export async function tellPerson(
  client: Queryable,
  personKey: string,
  groups: readonly string[],
  askedAt: Date,
): Promise<boolean> {
  const { rows } = await client.query<{ is_news: boolean }>(
    `with before as (select key, groups, groups_at from person where key = $1 for update)
     update person p set groups = $2, groups_at = $3 from before
     where p.key = before.key and (before.groups_at is null or before.groups_at <= $3)
     returning before.groups_at is null or before.groups <> $2
       or before.groups_at < $3::timestamptz - interval '1 day' as is_news`,
    [personKey, [...groups], askedAt],
  );
  return rows[0]?.is_news === true;
}

const renewableSchema = z.object({ sid: z.string() });

/** The session with which somebody who is away can still be asked about; `undefined` where there is none. */
export async function findRenewable(on: Queryable, personKey: string): Promise<string | undefined> {
  const { rows } = await on.query(
    `select i.sid from console_sign_in i join console_session s on s.sid = i.sid
     where i.person_key = $1 and i.refresh_sealed is not null and s.expire > now()
     order by i.groups_at desc limit 1`,
    [personKey],
  );
  return rows[0] && renewableSchema.parse(rows[0]).sid;
}
