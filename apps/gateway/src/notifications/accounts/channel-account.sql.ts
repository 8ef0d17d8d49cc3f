import { z } from 'zod';
import type { Queryable } from '../../platform/database.ts';

/**
 * An account, and what signed for it. INVARIANT: an account counts for the channel and the secret that its
 * person tied it under: whoever sets up another one, or changes the secret, can sign as nobody.
 */
export interface SignedAccount {
  readonly channelId: string;
  /** SHA-256 of the channel's inbound secret, hexadecimal. */
  readonly app: string;
  /** How the other side names it, for good. */
  readonly account: string;
}

const accountSchema = z
  .object({
    channel_id: z.string(),
    title: z.string(),
    account: z.string(),
    name: z.string(),
    app: z.string(),
    person_key: z.string(),
    tied_at: z.date(),
  })
  .transform((row) => ({
    channelId: row.channel_id,
    channelTitle: row.title,
    account: row.account,
    name: row.name,
    app: row.app,
    personKey: row.person_key,
    tiedAt: row.tied_at,
  }));
export type ChannelAccountRow = z.infer<typeof accountSchema>;

const ACCOUNTS = `select a.channel_id, c.title, a.account, a.name, a.app, a.person_key, a.tied_at
  from channel_account a join notification_channel c on c.id = a.channel_id and c.removed_at is null`;

export async function findAccount(
  on: Queryable,
  { channelId, app, account }: SignedAccount,
): Promise<ChannelAccountRow | undefined> {
  const { rows } = await on.query(
    `${ACCOUNTS} where a.channel_id = $1 and a.app = $2 and a.account = $3`,
    [channelId, app, account],
  );
  return rows.length === 0 ? undefined : accountSchema.parse(rows[0]);
}

export async function accountsOf(on: Queryable, personKey: string): Promise<ChannelAccountRow[]> {
  const { rows } = await on.query(
    `${ACCOUNTS} where a.person_key = $1 order by lower(c.title), a.account`,
    [personKey],
  );
  return z.array(accountSchema).parse(rows);
}

/** False where it is tied under this secret already. Under an earlier one it counts for nobody. */
export async function insertAccount(
  client: Queryable,
  account: SignedAccount & { readonly name: string },
  person: { readonly key: string; readonly name: string },
): Promise<boolean> {
  const { rowCount } = await client.query(
    `insert into channel_account as tied (channel_id, account, name, app, person_key, person_name)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (channel_id, account) do update
       set app = excluded.app, name = excluded.name, person_key = excluded.person_key,
         person_name = excluded.person_name, tied_at = now()
       where tied.app <> excluded.app`,
    [account.channelId, account.account, account.name, account.app, person.key, person.name],
  );
  return rowCount === 1;
}

export async function deleteAccount(
  client: Queryable,
  { channelId, account }: { readonly channelId: string; readonly account: string },
  personKey: string,
): Promise<boolean> {
  const { rowCount } = await client.query(
    'delete from channel_account where channel_id = $1 and account = $2 and person_key = $3',
    [channelId, account, personKey],
  );
  return rowCount === 1;
}
