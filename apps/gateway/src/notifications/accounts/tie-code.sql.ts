import { z } from 'zod';
import type { Queryable } from '../../platform/database.ts';
import type { SignedAccount } from './channel-account.sql.ts';

/** In place of an earlier one for that channel, and of what was offered by it. */
export async function insertCode(
  client: Queryable,
  code: {
    readonly id: string;
    readonly hash: string;
    readonly channelId: string;
    readonly personKey: string;
  },
): Promise<Date> {
  await client.query(`delete from channel_account_code where expires_at < now()`);
  const { rows } = await client.query<{ expires_at: Date }>(
    `insert into channel_account_code (id, hash, channel_id, person_key, expires_at)
     values ($1, $2, $3, $4, now() + interval '10 minutes')
     on conflict (channel_id, person_key) do update
       set id = excluded.id, hash = excluded.hash, expires_at = excluded.expires_at,
         account = null, name = null, app = null
     returning expires_at`,
    [code.id, code.hash, code.channelId, code.personKey],
  );
  return z.tuple([z.object({ expires_at: z.date() })]).parse(rows)[0].expires_at;
}

/** By the first account that sends it, and by no other. */
export async function offerAccount(
  client: Queryable,
  hash: string,
  { channelId, app, account, name }: SignedAccount & { readonly name: string },
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update channel_account_code set account = $3, name = $4, app = $5
      where hash = $1 and channel_id = $2 and account is null and expires_at > now()`,
    [hash, channelId, account, name, app],
  );
  return rowCount === 1;
}

const offeredSchema = z
  .object({
    id: z.string(),
    channel_id: z.string(),
    title: z.string(),
    account: z.string(),
    name: z.string(),
    app: z.string(),
    expires_at: z.date(),
  })
  .transform((row) => ({
    id: row.id,
    channelId: row.channel_id,
    channelTitle: row.title,
    account: row.account,
    name: row.name,
    app: row.app,
    expiresAt: row.expires_at,
  }));
export type OfferedRow = z.infer<typeof offeredSchema>;

export async function offeredTo(on: Queryable, personKey: string): Promise<OfferedRow[]> {
  const { rows } = await on.query(
    `select o.id, o.channel_id, c.title, o.account, o.name, o.app, o.expires_at
       from channel_account_code o
       join notification_channel c on c.id = o.channel_id and c.removed_at is null
      where o.person_key = $1 and o.account is not null and o.expires_at > now()
      order by lower(c.title), o.id`,
    [personKey],
  );
  return z.array(offeredSchema).parse(rows);
}

/** Once, whatever the person says to it. */
export async function takeOffered(
  client: Queryable,
  id: string,
  personKey: string,
): Promise<OfferedRow | undefined> {
  const { rows } = await client.query(
    `delete from channel_account_code o using notification_channel c
      where o.id = $1 and o.person_key = $2 and o.account is not null and o.expires_at > now()
        and c.id = o.channel_id and c.removed_at is null
      returning o.id, o.channel_id, c.title, o.account, o.name, o.app, o.expires_at`,
    [id, personKey],
  );
  return rows.length === 0 ? undefined : offeredSchema.parse(rows[0]);
}
