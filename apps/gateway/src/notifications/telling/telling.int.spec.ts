import {
  channelInputSchema,
  notificationPreferenceSchema,
  routeInputSchema,
  type Message,
} from '@holdpoint/contracts';
import { startPushService, type PushService, type TestBrowser } from '@holdpoint/testkit';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { adminNamed } from '../../testing/admins.ts';
import { toolCall, type Agent } from '../../testing/agent.ts';
import { hurry } from '../../testing/hurry.ts';
import { startMailServer, type MailServer } from '../../testing/mail-server.ts';
import { PUBLIC_URL, startMcpBench, until, type McpBench } from '../../testing/mcp-bench.ts';
import { ChannelsService } from '../channels/channels.service.ts';
import { JobQueue } from '../job-queue.ts';
import { MessageKeeper } from '../messages/message-keeper.ts';
import { MessagesService } from '../messages/messages.service.ts';
import { PushBrowsers } from '../push/push-browsers.service.ts';
import { RoutesService } from '../routes/routes.service.ts';
import { NotificationPreferences } from './notification-preferences.service.ts';

const SECONDS = 20_000;
const ADMIN = adminNamed('Adrian');
const DAVE = { ...adminNamed('Dave'), groups: ['reviewers'] };
let bench: McpBench;
let agent: Agent;
let mail: MailServer;
let service: PushService;
let browser: TestBrowser;
let mailId: string;
let pushId: string;

beforeAll(async () => {
  mail = await startMailServer({ disabledCommands: ['STARTTLS'], authOptional: true });
  service = await startPushService();
  bench = await startMcpBench();
  agent = await bench.agent();
  await (await agent.initialize()).text();
  await bench.database.pool.query(
    `insert into person (key, name, email, groups, groups_at) values ($1, 'Dave', 'dave@example.com', '{reviewers}', now())`,
    [DAVE.key],
  );
  mailId = await channel({
    ...{ kind: 'email', host: '127.0.0.1', port: mail.port, security: 'none', allowPrivate: true },
    ...{ from: 'holdpoint@example.com', to: ['night@example.com'], toReviewers: true },
  });
  pushId = await channel({ kind: 'push', subject: 'mailto:ops@example.com', allowPrivate: true });
  await bench.context.get(RoutesService).create(
    routeInputSchema.parse({
      title: 'All',
      match: { events: ['approval.held', 'approval.settled'] },
      channels: [mailId, pushId],
    }),
    ADMIN,
  );
  browser = service.browser();
  const { publicKey } = await bench.context.get(PushBrowsers).list(DAVE);
  const own = { publicKey: publicKey ?? '', label: 'Firefox', says: 'sentence' as const };
  const subscribed = { ...browser.subscription, ...own, replaces: null };
  await bench.context.get(PushBrowsers).subscribe(subscribed, DAVE);
}, 120_000);
afterAll(async () => {
  await bench.close();
  await mail.close();
  await service.close();
}, 60_000);

async function channel(config: object): Promise<string> {
  const input = channelInputSchema.parse({ title: JSON.stringify(config).slice(0, 20), config });
  return (await bench.context.get(ChannelsService).create(input, ADMIN)).channel.id;
}

const preferences = () => bench.context.get(NotificationPreferences);
/** Half a day from now at the least and never, as far as the spec can see: times are set, not awaited. */
const inDigests = (changes = {}) =>
  preferences().put(
    notificationPreferenceSchema.parse({
      timeZone: 'UTC',
      digest: {
        kind: 'daily',
        at: `${String((new Date().getUTCHours() + 12) % 24).padStart(2, '0')}:00`,
      },
      ...{ deadlines: false, ...changes },
    }),
    DAVE,
  );
const atOnce = () =>
  preferences().put(notificationPreferenceSchema.parse({ timeZone: 'UTC' }), DAVE);

let calls = 0;
async function held(): Promise<string> {
  const call = toolCall((calls += 1), 'write', `{"note":"written by an agent","n":${calls}}`);
  await (await agent.post(call)).next();
  return (await bench.approval('held')).id;
}

const mailsTo = (address: string, about: string) =>
  mail.mails.filter(({ to, raw }) => to.includes(address) && raw.includes(about));

const logged = (channelId: string, id: string, test: (message: Message) => boolean) =>
  until(
    async () => {
      const { items } = await bench.context.get(MessagesService).page(channelId, {});
      const own = items.filter(
        ({ approvalId, recipient }) => approvalId === id && recipient === 'Dave',
      );
      return own.find(test);
    },
    'a message of one approval to Dave is so',
    SECONDS,
  );
const waits = (channelId: string, id: string) =>
  logged(
    channelId,
    id,
    ({ state, heldBackUntil }) => state === 'pending' && heldBackUntil !== null,
  );

/** The time comes: rows are set, nobody sleeps. */
const due = () => hurry(bench.database, `held_back_until is not null and state = 'pending'`);

describe('a person who is told in digests', () => {
  // Guarantee: at its time one message tells of what is still open, and of nothing that was settled before.
  it('gets one message with what is still open; a shared address gets each at once', async () => {
    await inDigests();
    const ids = [await held(), await held(), await held()];
    const [gone = '', ...open] = ids;
    for (const id of ids) {
      await waits(mailId, id);
      await waits(pushId, id);
      await until(
        async () => mailsTo('night@example.com', id).length === 1,
        'the list is told',
        SECONDS,
      );
    }
    expect(await preferences().get(DAVE)).toMatchObject({ heldBack: 6 });
    expect(mailsTo('dave@example.com', '')).toEqual([]);
    expect(browser.pushed).toEqual([]);
    await bench.decide('deny', gone);
    const dropped = await logged(
      mailId,
      gone,
      ({ event, state }) => event === 'approval.held' && state === 'dropped',
    );
    expect(dropped.reason).toBe('settled before it was delivered');
    await due();
    await until(async () => browser.pushed.length > 0, 'a push comes', SECONDS);
    await until(async () => mailsTo('dave@example.com', '').length > 0, 'a mail comes', SECONDS);
    for (const id of open)
      for (const channelId of [mailId, pushId])
        await logged(channelId, id, ({ state }) => state === 'delivered');
    const [digest, ...more] = mailsTo('dave@example.com', '');
    expect(more).toEqual([]);
    expect(digest?.mail.subject).toBe('[Holdpoint] 2 calls wait for you');
    for (const id of open) expect(digest?.mail.text).toContain(`${PUBLIC_URL}/inbox/${id}`);
    expect(digest?.mail.text).not.toContain(gone);
    expect(digest?.mail.text).not.toContain('written by an agent');
    expect(browser.pushed).toHaveLength(1);
    expect(browser.pushed[0]?.message).toMatchObject({
      approval: null,
      headline: '2 calls wait for you',
    });
    // The settlement of what they were never told of is no news; that of what they were told of is.
    const unheard = await logged(pushId, gone, ({ event }) => event === 'approval.settled');
    expect(unheard).toMatchObject({
      state: 'dropped',
      reason: 'they were never told that it waits',
    });
    const [told = '', last = ''] = open;
    await bench.decide('deny', told);
    await until(async () => browser.pushed.length === 2, 'it is closed without a sound', SECONDS);
    expect(browser.pushed[1]?.message).toMatchObject({ approval: told, alert: 'silent' });
    await waits(mailId, told);
    await bench.decide('deny', last);
  }, 60_000);

  it('is told at once of what is over by then, and of one call in its own words', async () => {
    await inDigests({ deadlines: true });
    const id = await held();
    await until(async () => mailsTo('dave@example.com', id).length === 1, 'a mail comes', SECONDS);
    expect(mailsTo('dave@example.com', id)[0]?.mail.subject).toContain('Held for approval');
    await bench.decide('deny', id);
    await atOnce();
  });

  // Guarantee: whom something was told to is known until they are told how it ended, by quiet days, too.
  it('is told how it ended once what they were told first is older than the log', async () => {
    await atOnce();
    const id = await held();
    await logged(mailId, id, ({ state }) => state === 'delivered');
    await inDigests();
    await bench.decide('deny', id);
    await waits(mailId, id);
    const { pool } = bench.database;
    const older = `- interval '40 days' where approval_id = $1`;
    await pool.query(`update notification_event set at = at ${older}`, [id]);
    await pool.query(
      `update notification_message set created_at = created_at ${older} and event = 'approval.held'`,
      [id],
    );
    await bench.context.get(MessageKeeper).keep();
    await due();
    const told = await logged(
      mailId,
      id,
      ({ event, state }) => event === 'approval.settled' && state !== 'pending',
    );
    expect(told).toMatchObject({ state: 'delivered', reason: null });
    await atOnce();
  });

  // Guarantee: what waits is lost with no process, and is told once.
  it('is told by another process where one went away with the job', async () => {
    await inDigests();
    const ids = [await held(), await held()];
    for (const id of ids) await waits(mailId, id);
    const { pool } = bench.database;
    await pool.query(`delete from pgboss.job where state in ('created', 'retry')`);
    await pool.query(
      `update notification_message set next_attempt_at = now() - interval '3 minutes', leased_until = now() - interval '1 second'
        where held_back_until is not null and state = 'pending'`,
    );
    await bench.context.get(MessageKeeper).keep();
    for (const id of ids) await logged(mailId, id, ({ state }) => state === 'delivered');
    const [first = '', second = ''] = ids;
    const mails = mailsTo('dave@example.com', first);
    expect(mails).toHaveLength(1);
    expect(mails[0]?.raw).toContain(second);
    for (const id of ids) await bench.decide('deny', id);
    await atOnce();
  });
});

describe('what is told together', () => {
  const heldTwice = async (): Promise<readonly [string, string]> => {
    await inDigests();
    const ids = [await held(), await held()] as const;
    for (const id of ids) {
      await waits(mailId, id);
      await until(
        async () => mailsTo('night@example.com', id).length === 1,
        'the list is told',
        SECONDS,
      );
    }
    return ids;
  };
  const set = (change: string, id: string, event = 'approval.held') =>
    bench.database.pool.query(
      `update notification_message set ${change}
        where channel_id = $1 and approval_id = $2 and event = $3 and held_back_until is not null`,
      [mailId, id, event],
    );

  // Guarantee: nobody goes untold of a call because another one could not be told for an hour.
  it('is given up one by one, each after its own attempts', async () => {
    const [old, fresh] = await heldTwice();
    await set('attempts = 8', old);
    mail.refuse(451);
    await due();
    await logged(mailId, old, ({ state }) => state === 'failed');
    await logged(mailId, fresh, ({ state }) => state === 'retrying');
    await hurry(bench.database);
    await logged(mailId, fresh, ({ state }) => state === 'delivered');
    for (const id of [old, fresh]) await bench.decide('deny', id);
    await atOnce();
  });

  // Guarantee: who left the group while a mail waited is not told what it asked; whom a rota asked is, as
  // whoever took over since was told nothing.
  it('goes to nobody who is not asked any more, but to whom a rota asked', async () => {
    const [byGroup, byRota] = await heldTwice();
    const { pool } = bench.database;
    const inGroup = (group: string) =>
      pool.query('update person set groups = $2 where key = $1', [DAVE.key, [group]]);
    await pool.query(
      `update notification_event set facts = jsonb_set(facts, '{steps,0,reviewers}', $2) where thread = $1`,
      [byRota, JSON.stringify({ groups: [], people: [], onCall: 'nights' })],
    );
    await inGroup('others');
    await due();
    const { reason } = await logged(mailId, byGroup, ({ state }) => state === 'dropped');
    expect(reason).toContain('not asked any more');
    await logged(mailId, byRota, ({ state }) => state === 'delivered');
    expect(mailsTo('dave@example.com', byGroup)).toEqual([]);
    expect(mailsTo('dave@example.com', byRota)).toHaveLength(1);
    await inGroup('reviewers');
    for (const id of [byGroup, byRota]) await bench.decide('deny', id);
    await atOnce();
  });

  // Guarantee: no message overtakes an earlier one about the same call that is being sent just now.
  it('leaves out what follows a message that another process is sending', async () => {
    const [sent, other] = await heldTwice();
    await set(`leased_until = now() + interval '1 hour', next_attempt_at = now()`, sent);
    await bench.decide('deny', sent);
    await logged(mailId, sent, ({ event }) => event === 'approval.settled');
    await due();
    await logged(mailId, other, ({ state }) => state === 'delivered');
    const next = await logged(mailId, sent, ({ event }) => event === 'approval.settled');
    expect(next).toMatchObject({ state: 'pending', reason: null });
    await set(`leased_until = null, next_attempt_at = null, state = 'delivered'`, sent);
    await atOnce();
    await logged(
      mailId,
      sent,
      ({ event, state }) => event === 'approval.settled' && state === 'delivered',
    );
    await bench.decide('deny', other);
  });

  // Guarantee: what comes after a message that was told together waits minutes for no keeper.
  it('is followed by what came while it was on its way', async () => {
    const [first, other] = await heldTwice();
    const { pool } = bench.database;
    await set(`leased_until = now() + interval '1 hour'`, other);
    await bench.decide('deny', other);
    await logged(mailId, other, ({ event }) => event === 'approval.settled');
    // Told at once, its job finds the one before it on its way.
    await set('held_back_until = null, next_attempt_at = now()', other, 'approval.settled');
    await set('leased_until = null', other);
    await set('next_attempt_at = now()', first);
    await set('next_attempt_at = now()', other);
    const lane = { place: mailId, thread: first, recipient: DAVE.key };
    await bench.context.get(JobQueue).send(pool, lane);
    await logged(mailId, first, ({ state }) => state === 'delivered');
    const next = await logged(
      mailId,
      other,
      ({ event, state }) => event === 'approval.settled' && state === 'dropped',
    );
    expect(next.reason).toBe('they were never told that it waits');
    await bench.decide('deny', first);
    await atOnce();
  });
});

describe('what a person wishes', () => {
  it('counts for what waits already, and is on the record', async () => {
    await inDigests();
    const id = await held();
    await waits(mailId, id);
    expect(mailsTo('dave@example.com', id)).toEqual([]);
    expect((await atOnce()).preference).toMatchObject({ digest: { kind: 'none' } });
    await until(async () => mailsTo('dave@example.com', id).length === 1, 'it goes out', SECONDS);
    const { rows } = await bench.database.pool.query<{ content: string }>(
      `select content from entry where kind = 'notification_preference.changed' order by id desc limit 1`,
    );
    expect(JSON.parse(rows[0]?.content ?? '{}')).toMatchObject({ who: DAVE.key });
    await bench.decide('deny', id);
  });

  it('is refused where it leaves no time, or the zone is none', async () => {
    const put = (wish: object, who: SignedInPerson = DAVE) =>
      preferences().put(notificationPreferenceSchema.parse({ timeZone: 'UTC', ...wish }), who);
    const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
    await expect(put({ quiet: { days, from: '00:00', to: '00:00' } })).rejects.toMatchObject({
      fields: { 'quiet.to': expect.any(String) },
    });
    await expect(put({ timeZone: 'Mars/Base' })).rejects.toMatchObject({
      fields: { timeZone: expect.any(String) },
    });
  });
});
