import { isTimeZone, leavesTime, tellingTime } from '@holdpoint/approval';
import type { NotificationPreference, NotificationPreferenceState } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { Ledger } from '../../audit/ledger.ts';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { Database } from '../../platform/database.ts';
import { GatewayError } from '../../platform/gateway.error.ts';
import { JobQueue } from '../job-queue.ts';
import { countHeldBack, holdBackUntil } from './held-back.sql.ts';
import { preferencesOf, putPreference, timesOf } from './preference.sql.ts';

/** How a person wants to be told: said by that person, for messages to them alone. */
@Injectable()
export class NotificationPreferences {
  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly jobs: JobQueue,
  ) {}

  async get({ key }: SignedInPerson): Promise<NotificationPreferenceState> {
    const { pool } = this.database;
    const preference = (await preferencesOf(pool, [key])).get(key) ?? null;
    return { preference, heldBack: await countHeldBack(pool, key) };
  }

  /** What waits already waits for the new time, or goes out now. */
  async put(
    preference: NotificationPreference,
    person: SignedInPerson,
  ): Promise<NotificationPreferenceState> {
    checkPreference(preference);
    await this.database.transaction(async (client) => {
      await putPreference(client, person.key, preference);
      const { now } = await timesOf(client, null);
      const due = tellingTime(preference, now);
      const inMs = due === null ? 0 : due.getTime() - now.getTime();
      for (const lane of await holdBackUntil(client, person.key, due))
        await this.jobs.send(client, lane, inMs);
      await this.ledger.appendIn(client, {
        kind: 'notification_preference.changed',
        who: person.key,
        target: person.name,
        data: { person: person.name, preference },
      });
    });
    return this.get(person);
  }
}

function checkPreference({ timeZone, quiet }: NotificationPreference): void {
  const fields: Record<string, string> = {};
  if (!isTimeZone(timeZone))
    fields['timeZone'] = 'There is no such time zone. Write one such as Europe/Berlin.';
  if (quiet !== null && !leavesTime(quiet))
    fields['quiet.to'] = 'These hours leave no time at which you could be told.';
  const [message] = Object.values(fields);
  if (message !== undefined) throw new GatewayError('invalid_input', message, { fields });
}
