import { z } from 'zod';
import type { Queryable } from '../../platform/database.ts';

/** A Slack user: of one workspace. */
export interface SlackUser {
  readonly teamId: string;
  readonly userId: string;
}

/**
 * What signed for the user. INVARIANT: an account counts for the channel and the signing secret that its
 * person tied it under: whoever sets up another one, or changes the secret, can sign as nobody.
 */
export interface SlackApp {
  readonly channelId: string;
  /** SHA-256 of the signing secret. */
  readonly app: string;
}

const accountSchema = z
  .object({
    team_id: z.string(),
    user_id: z.string(),
    slack_name: z.string(),
    person_key: z.string(),
    person_name: z.string(),
    tied_at: z.date(),
  })
  .transform((row) => ({
    teamId: row.team_id,
    userId: row.user_id,
    slackName: row.slack_name,
    personKey: row.person_key,
    personName: row.person_name,
    tiedAt: row.tied_at,
  }));
export type SlackAccountRow = z.infer<typeof accountSchema>;

const COLUMNS = 'team_id, user_id, slack_name, person_key, person_name, tied_at';

export async function findAccount(
  on: Queryable,
  { teamId, userId, channelId, app }: SlackUser & SlackApp,
): Promise<SlackAccountRow | undefined> {
  const { rows } = await on.query(
    `select ${COLUMNS} from slack_account
      where channel_id = $3 and app = $4 and team_id = $1 and user_id = $2`,
    [teamId, userId, channelId, app],
  );
  return rows.length === 0 ? undefined : accountSchema.parse(rows[0]);
}

export async function accountsOf(on: Queryable, personKey: string): Promise<SlackAccountRow[]> {
  const { rows } = await on.query(
    `select distinct on (team_id, user_id) ${COLUMNS} from slack_account
      where person_key = $1 order by team_id, user_id, tied_at`,
    [personKey],
  );
  return z.array(accountSchema).parse(rows);
}

/** False where it is tied already, to whomever: whoever has it unties it first. */
export async function insertAccount(
  client: Queryable,
  account: Omit<SlackAccountRow, 'tiedAt'> & SlackApp,
): Promise<boolean> {
  const { teamId, userId, slackName, personKey, personName, channelId, app } = account;
  const { rowCount } = await client.query(
    `insert into slack_account as tied
       (team_id, user_id, slack_name, person_key, person_name, channel_id, app)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (channel_id, team_id, user_id) do update
       set app = excluded.app, slack_name = excluded.slack_name, tied_at = now()
       where tied.person_key = excluded.person_key and tied.app <> excluded.app`,
    [teamId, userId, slackName, personKey, personName, channelId, app],
  );
  return rowCount === 1;
}

/** For every channel. */
export async function deleteAccount(
  client: Queryable,
  { teamId, userId }: SlackUser,
  personKey: string,
): Promise<boolean> {
  const { rowCount } = await client.query(
    'delete from slack_account where team_id = $1 and user_id = $2 and person_key = $3',
    [teamId, userId, personKey],
  );
  return (rowCount ?? 0) > 0;
}

export interface SlackOfferRow extends SlackUser, SlackApp {
  readonly slackName: string;
}

const OFFER_TTL = `interval '10 minutes'`;

export async function insertOffer(
  on: Queryable,
  hash: string,
  { teamId, userId, slackName, channelId, app }: SlackOfferRow,
): Promise<void> {
  await on.query(`delete from slack_offer where expires_at < now() - interval '1 day'`);
  await on.query(
    `insert into slack_offer (hash, team_id, user_id, slack_name, channel_id, app, expires_at)
     values ($1, $2, $3, $4, $5, $6, now() + ${OFFER_TTL})`,
    [hash, teamId, userId, slackName, channelId, app],
  );
}

const offerSchema = z
  .object({
    team_id: z.string(),
    user_id: z.string(),
    slack_name: z.string(),
    channel_id: z.string(),
    app: z.string(),
  })
  .transform((row) => ({
    teamId: row.team_id,
    userId: row.user_id,
    slackName: row.slack_name,
    channelId: row.channel_id,
    app: row.app,
  }));

export async function findOffer(on: Queryable, hash: string): Promise<SlackOfferRow | undefined> {
  const { rows } = await on.query(
    `select team_id, user_id, slack_name, channel_id, app from slack_offer
      where hash = $1 and used_at is null and expires_at > now()`,
    [hash],
  );
  return rows.length === 0 ? undefined : offerSchema.parse(rows[0]);
}

/** Once: a link that was used leads nowhere. */
export async function takeOffer(
  client: Queryable,
  hash: string,
): Promise<SlackOfferRow | undefined> {
  const { rows } = await client.query(
    `update slack_offer set used_at = now()
      where hash = $1 and used_at is null and expires_at > now()
      returning team_id, user_id, slack_name, channel_id, app`,
    [hash],
  );
  return rows.length === 0 ? undefined : offerSchema.parse(rows[0]);
}

/** False for a signature that was taken before: a replay. Kept for longer than one is fresh. */
export async function takeRequest(on: Queryable, signature: string): Promise<boolean> {
  const { rowCount } = await on.query(
    'insert into slack_request (signature) values ($1) on conflict do nothing',
    [signature],
  );
  return rowCount === 1;
}

export async function findReference(
  on: Queryable,
  channelId: string,
  thread: string,
): Promise<string | undefined> {
  const { rows } = await on.query<{ reference: string }>(
    'select reference from notification_reference where channel_id = $1 and thread = $2',
    [channelId, thread],
  );
  return rows[0]?.reference;
}

export async function keepReference(
  on: Queryable,
  channelId: string,
  thread: string,
  reference: string,
): Promise<void> {
  await on.query(
    `insert into notification_reference (channel_id, thread, reference) values ($1, $2, $3)
     on conflict (channel_id, thread) do update set reference = excluded.reference`,
    [channelId, thread, reference],
  );
}
