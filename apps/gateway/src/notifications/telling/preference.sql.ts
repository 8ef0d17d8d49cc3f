import { isTimeZone } from '@holdpoint/approval';
import { notificationPreferenceSchema, type NotificationPreference } from '@holdpoint/contracts';
import { z } from 'zod';
import type { Queryable } from '../../platform/database.ts';

const rowSchema = z.object({ person_key: z.string(), preference: z.unknown() });

/** INVARIANT: what can't be read holds nothing back: whoever is asked has to be told. */
export async function preferencesOf(
  on: Queryable,
  personKeys: readonly string[],
): Promise<ReadonlyMap<string, NotificationPreference>> {
  if (personKeys.length === 0) return new Map();
  const { rows } = await on.query(
    'select person_key, preference from notification_preference where person_key = any($1)',
    [[...personKeys]],
  );
  return new Map(
    z
      .array(rowSchema)
      .parse(rows)
      .flatMap(({ person_key: key, preference }) => {
        const read = notificationPreferenceSchema.safeParse(preference);
        return read.success && isTimeZone(read.data.timeZone) ? [[key, read.data] as const] : [];
      }),
  );
}

export async function putPreference(
  client: Queryable,
  personKey: string,
  preference: NotificationPreference,
): Promise<void> {
  await client.query(
    `insert into notification_preference (person_key, preference) values ($1, $2)
     on conflict (person_key) do update set preference = excluded.preference, updated_at = now()`,
    [personKey, JSON.stringify(preference)],
  );
}

const timesSchema = z.object({ now: z.date(), deadline: z.date().nullable() });

/** What time it is, and when the step that asks is over, by the database's clock. */
export async function timesOf(
  client: Queryable,
  approvalId: string | null,
): Promise<z.infer<typeof timesSchema>> {
  const { rows } = await client.query(
    `select clock_timestamp() as now, (select least(expires_at, coalesce(timer_ends_at, expires_at))
       from approval where id = $1) as deadline`,
    [approvalId],
  );
  return timesSchema.parse(rows[0]);
}
