import { channelInputSchema, type ChannelAccountList } from '@holdpoint/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { Database } from '../../platform/database.ts';
import { adminNamed } from '../../testing/admins.ts';
import { startGatewayContext, type GatewayContext } from '../../testing/gateway-context.ts';
import { signedInNow } from '../../testing/verdict-giver.ts';
import { findChannel } from '../channels/channel.sql.ts';
import { ChannelsService } from '../channels/channels.service.ts';
import { InboundSecrets } from '../channels/inbound.ts';
import { ChannelAccounts, tieCodeIn } from './channel-accounts.service.ts';
import { ChannelPeople } from './channel-people.ts';

const ADMIN = adminNamed('Adrian');

let gateway: GatewayContext;
let context: INestApplicationContext;
let people = 0;

beforeAll(async () => {
  gateway = await startGatewayContext();
  context = await gateway.open();
});
afterAll(() => gateway.close());

const accounts = () => context.get(ChannelAccounts);

/** Somebody with an open session. */
async function signedIn(name: string): Promise<SignedInPerson> {
  const issuer = process.env['HOLDPOINT_OIDC_ISSUER'] ?? '';
  const key = `${issuer}|${name}-${(people += 1)}`;
  const person = { ...adminNamed(name), key, issuer, groupsAt: Date.now(), groups: ['reviewers'] };
  return signedInNow(context, person);
}

async function channel(title: string, verdicts = true): Promise<string> {
  const input = channelInputSchema.parse({
    title: `${title} ${(people += 1)}`,
    config: { kind: 'webhook', url: 'https://receiver.example.com/', verdicts },
  });
  return (await context.get(ChannelsService).create(input, ADMIN)).channel.id;
}

/** What the channel's messages are signed with now. */
async function appOf(channelId: string): Promise<string> {
  const row = await findChannel(context.get(Database).pool, channelId);
  return (row && context.get(InboundSecrets).of(row)?.app) ?? '';
}

async function send(channelId: string, account: string, code: string): Promise<void> {
  const app = await appOf(channelId);
  await context
    .get(Database)
    .transaction((client) =>
      accounts().offer(client, { channelId, app, account, name: `Name of ${account}`, code }),
    );
}

async function offered(
  channelId: string,
  account: string,
  person: SignedInPerson,
): Promise<ChannelAccountList['offered'][number] | undefined> {
  const { code } = await accounts().makeCode({ channelId }, person);
  await send(channelId, account, code);
  return (await accounts().list(person)).offered.find((one) => one.account === account);
}

async function tied(channelId: string, account: string, person: SignedInPerson): Promise<void> {
  await accounts().tie({ id: (await offered(channelId, account, person))?.id ?? '' }, person);
}

async function personOf(channelId: string, account: string): Promise<string> {
  const app = await appOf(channelId);
  const found = await context.get(ChannelPeople).personOf({ channelId, app, account });
  return found.kind === 'known' ? found.person.key : found.kind;
}

describe('an account elsewhere', () => {
  // Guarantee: it decides as nobody until its person saw which account it is, and said that it is theirs.
  it('is tied by the code that it sent and the word of its person, and by neither alone', async () => {
    const [channelId, riley] = [await channel('Two words'), await signedIn('riley')];
    expect((await accounts().list(riley)).channels).toContainEqual(
      expect.objectContaining({ id: channelId, kind: 'webhook' }),
    );
    const one = await offered(channelId, 'U-RILEY', riley);
    expect(one).toMatchObject({ account: 'U-RILEY', name: 'Name of U-RILEY' });
    expect(await personOf(channelId, 'U-RILEY')).toBe('untied');

    const mallory = await signedIn('mallory');
    const id = one?.id ?? '';
    await expect(accounts().tie({ id }, mallory)).rejects.toMatchObject({ code: 'not_found' });
    const list = await accounts().tie({ id }, riley);
    expect(list).toMatchObject({ items: [{ account: 'U-RILEY', counts: true }], offered: [] });
    expect(await personOf(channelId, 'U-RILEY')).toBe(riley.key);
    await expect(accounts().tie({ id }, riley)).rejects.toMatchObject({ code: 'not_found' });
    expect(await entries('channel.account_tied')).toContainEqual(
      expect.objectContaining({ who: riley.key, target: 'U-RILEY' }),
    );
  });

  // Guarantee: a code that somebody else read is worth nothing once it was sent, and says who sent it.
  it('is the first that sends the code; its person may say that it is not theirs', async () => {
    const [channelId, riley] = [await channel('First'), await signedIn('riley')];
    const { code } = await accounts().makeCode({ channelId }, riley);
    await send(channelId, 'U-MALLORY', code);
    await expect(send(channelId, 'U-RILEY', code)).rejects.toMatchObject({ code: 'tie_refused' });
    const [one] = (await accounts().list(riley)).offered;
    expect(one?.account).toBe('U-MALLORY');
    const id = one?.id ?? '';
    expect((await accounts().refuse({ id }, riley)).offered).toEqual([]);
    await expect(accounts().tie({ id }, riley)).rejects.toMatchObject({ code: 'not_found' });
    expect(await personOf(channelId, 'U-MALLORY')).toBe('untied');
    expect(await entries('channel.account_refused')).toHaveLength(1);
  });

  it.each<[string, (channelId: string, code: string) => Promise<string>]>([
    ['another channel', async () => channel('Another')],
    [
      'later than ten minutes',
      async (channelId) => {
        const sql = `update channel_account_code set expires_at = now() where channel_id = $1`;
        await context.get(Database).pool.query(sql, [channelId]);
        return channelId;
      },
    ],
  ])('is not offered by %s', async (_what, to) => {
    const [channelId, riley] = [await channel('Elsewhere'), await signedIn('riley')];
    const { code } = await accounts().makeCode({ channelId }, riley);
    const where = await to(channelId, code);
    await expect(send(where, 'U-RILEY', code)).rejects.toMatchObject({ code: 'tie_refused' });
  });

  // Guarantee: one account is one person's, and who has it lets it go first.
  it('belongs to one person at a time', async () => {
    const channelId = await channel('One');
    const [riley, sam] = [await signedIn('riley'), await signedIn('sam')];
    await tied(channelId, 'U-1', riley);
    await expect(offered(channelId, 'U-1', sam)).rejects.toMatchObject({ code: 'tie_refused' });
    await expect(accounts().untie({ channelId, account: 'U-1' }, sam)).rejects.toMatchObject({
      code: 'not_found',
    });
    await accounts().untie({ channelId, account: 'U-1' }, riley);
    expect(await personOf(channelId, 'U-1')).toBe('untied');
    await tied(channelId, 'U-1', sam);
    expect(await personOf(channelId, 'U-1')).toBe(sam.key);
  });

  // Guarantee: who sets up a channel, or changes its secret, can sign as nobody who tied an account before.
  it('counts for the channel and the secret that it was tied under', async () => {
    const [channelId, other] = [await channel('Renewed'), await channel('Rogue')];
    const riley = await signedIn('riley');
    await tied(channelId, 'U-RILEY', riley);
    expect(await personOf(other, 'U-RILEY')).toBe('untied');

    const { made } = await context.get(ChannelsService).renewCallback(channelId, ADMIN);
    expect(made.callback).toMatch(/^whsec_/);
    expect(await personOf(channelId, 'U-RILEY')).toBe('untied');
    expect((await accounts().list(riley)).items).toMatchObject([{ counts: false }]);
    await tied(channelId, 'U-RILEY', riley);
    expect(await personOf(channelId, 'U-RILEY')).toBe(riley.key);
  });

  // Guarantee: what somebody signed with a secret that was changed unties nobody.
  it('stays whose it is under the secret of now, whatever was offered under the one before', async () => {
    const channelId = await channel('Stale');
    const [riley, mallory] = [await signedIn('riley'), await signedIn('mallory')];
    const id = (await offered(channelId, 'U-RILEY', mallory))?.id ?? '';
    await context.get(ChannelsService).renewCallback(channelId, ADMIN);
    await tied(channelId, 'U-RILEY', riley);
    await expect(accounts().tie({ id }, mallory)).rejects.toMatchObject({ code: 'not_found' });
    expect(await personOf(channelId, 'U-RILEY')).toBe(riley.key);
  });

  // Guarantee: who signed out everywhere decides nothing elsewhere.
  it('needs an open session of its person', async () => {
    const [channelId, riley] = [await channel('Session'), await signedIn('riley')];
    await tied(channelId, 'U-RILEY', riley);
    await context
      .get(Database)
      .pool.query('delete from console_session where sid = $1', [riley.session]);
    expect(await personOf(channelId, 'U-RILEY')).toBe('signed-out');
  });

  it('is not tied by a channel that takes no verdicts', async () => {
    const [channelId, riley] = [await channel('Silent', false), await signedIn('riley')];
    const list = await accounts().list(riley);
    expect(list.channels.map(({ id }) => id)).not.toContain(channelId);
    await expect(accounts().makeCode({ channelId }, riley)).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('a code', () => {
  it('is found in a text of others, and kept nowhere as it is', async () => {
    const [channelId, riley] = [await channel('Text'), await signedIn('riley')];
    const { code } = await accounts().makeCode({ channelId }, riley);
    expect(tieCodeIn(`Here it is: *${code}*, thanks`)).toBe(code);
    expect(tieCodeIn(code.slice(0, -1))).toBeUndefined();
    expect(tieCodeIn(`x${code}0`)).toBeUndefined();
    const sql = 'select * from channel_account_code where channel_id = $1';
    const { rows } = await context.get(Database).pool.query(sql, [channelId]);
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(code.slice('hp-tie-'.length));
  });
});

async function entries(kind: string): Promise<unknown[]> {
  const { rows } = await context
    .get(Database)
    .pool.query<{ content: string }>('select content from entry where kind = $1', [kind]);
  return rows.map(({ content }) => JSON.parse(content) as unknown);
}
