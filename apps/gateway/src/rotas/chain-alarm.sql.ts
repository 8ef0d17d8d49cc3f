import type { KnownPerson } from '@holdpoint/approval';
import { chainAlarmSchema } from '@holdpoint/contracts';
import { z } from 'zod';
import type { Queryable } from '../platform/database.ts';
import type { WrongStep } from './chain-alarms.ts';

const LOCK = `hashtextextended('chain-alarms', 4619)`;

const alarmSchema = z
  .object({
    id: z.string(),
    connection_id: z.string().nullable(),
    chain: z.string(),
    step: z.number().int(),
    verdict: chainAlarmSchema.shape.verdict,
    message: z.string(),
    since: z.date(),
  })
  .transform(({ connection_id: connectionId, ...rest }) => ({ ...rest, connectionId }));
export type StoredAlarm = z.infer<typeof alarmSchema>;

/** Until the transaction ends, nobody else on any replica compares alarms with what is in force. */
export async function lockAlarms(client: Queryable): Promise<void> {
  await client.query(`select pg_advisory_xact_lock(${LOCK})`);
}

export async function listAlarms(on: Queryable): Promise<readonly StoredAlarm[]> {
  const { rows } = await on.query(
    `select id, connection_id, chain, step, verdict, message, since from chain_alarm
     order by connection_id nulls first, chain, step`,
  );
  return z.array(alarmSchema).parse(rows);
}

/** Since when it is so stays, as long as it is wrong in the same way. */
export async function keepAlarm(client: Queryable, wrong: WrongStep): Promise<void> {
  await client.query(
    `insert into chain_alarm (id, connection_id, chain, step, verdict, message)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (id) do update set verdict = $5, message = $6,
       since = case when chain_alarm.verdict = $5 then chain_alarm.since else now() end`,
    [wrong.id, wrong.connection?.id ?? null, wrong.chain, wrong.step, wrong.verdict, wrong.message],
  );
}

export async function endAlarms(client: Queryable, ids: readonly string[]): Promise<void> {
  await client.query('delete from chain_alarm where id = any($1)', [ids]);
}

const knownSchema = z.object({
  key: z.string(),
  name: z.string(),
  groups: z.array(z.string()).nullable(),
  groups_at: z.date().nullable(),
});
export type StoredPerson = z.infer<typeof knownSchema>;

/** Whoever is named, or was in one of these groups when they were last seen. */
export async function listKnown(
  on: Queryable,
  { keys, groups }: { readonly keys: readonly string[]; readonly groups: readonly string[] },
): Promise<readonly StoredPerson[]> {
  const { rows } = await on.query(
    `select key, name, groups, groups_at from person where key = any($1) or groups && $2`,
    [keys, groups],
  );
  return z.array(knownSchema).parse(rows);
}

/** By the database's clock; `null` as long as the provider never said which groups anybody is in. */
export async function timeOfKnowledge(on: Queryable): Promise<Date | null> {
  const { rows } = await on.query(
    `select case when exists (select from person where groups_at is not null) then now() end as at`,
  );
  return z.object({ at: z.date().nullable() }).parse(rows[0]).at;
}

export function toKnownPerson(
  { key, name, groups, groups_at: at }: StoredPerson,
  rolesOf: (groups: readonly string[]) => readonly string[],
): KnownPerson {
  const learned = groups === null || at === null ? null : { groups, roles: rolesOf(groups), at };
  return { key, name, learned };
}
