import { channelInputSchema, routeInputSchema, type Channel } from '@holdpoint/contracts';
import { startPushService, type PushService, type TestBrowser } from '@holdpoint/testkit';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SignedInPerson } from '../../identity/signed-in-person.ts';
import { adminNamed } from '../../testing/admins.ts';
import { toolCall, type Agent } from '../../testing/agent.ts';
import { hurry } from '../../testing/hurry.ts';
import { startMcpBench, until, type McpBench } from '../../testing/mcp-bench.ts';
import { ChannelsService } from '../channels/channels.service.ts';
import { MessagesService } from '../messages/messages.service.ts';
import { RoutesService } from '../routes/routes.service.ts';
import { PushBrowsers } from './push-browsers.service.ts';
import { browsersOf, endBrowser } from './push-subscription.sql.ts';

const SECONDS = 20_000;
const ADMIN = adminNamed('Adrian');
let bench: McpBench;
let agent: Agent;
let service: PushService;
let channel: Channel;

beforeAll(async () => {
  service = await startPushService();
  bench = await startMcpBench();
  agent = await bench.agent();
  await (await agent.initialize()).text();
  channel = (await channels().create(input(), ADMIN)).channel;
  const match = { events: ['approval.held', 'approval.reminded'] };
  const route = routeInputSchema.parse({ title: 'Browsers', match, channels: [channel.id] });
  await bench.context.get(RoutesService).create(route, ADMIN);
});
afterAll(async () => {
  await bench.close();
  await service.close();
});

const channels = () => bench.context.get(ChannelsService);
const browsers = () => bench.context.get(PushBrowsers);
const input = (changes = {}) =>
  channelInputSchema.parse({
    title: 'Browsers',
    config: { kind: 'push', subject: 'mailto:ops@example.com', allowPrivate: true, ...changes },
  });

/** Known as the provider said at a sign-in just now. */
async function person(name: string, groups = ['reviewers']): Promise<SignedInPerson> {
  const signedIn = { ...adminNamed(name), groups };
  await bench.database.pool.query(
    `insert into person (key, name, groups, groups_at) values ($1, $2, $3, now())
     on conflict (key) do update set groups = excluded.groups, groups_at = now()`,
    [signedIn.key, name, groups],
  );
  return signedIn;
}

function subscribe(who: SignedInPerson, browser: TestBrowser, changes = {}) {
  const { subscription } = browser;
  const { config } = channel;
  if (config.kind !== 'push') throw new Error('unreachable');
  const { publicKey } = config;
  const subscribed = { ...subscription, publicKey, label: 'Firefox', says: 'sentence' as const };
  return browsers().subscribe({ ...subscribed, replaces: null, ...changes }, who);
}

/** Somebody whom the calls ask, in one browser; alone, until they are gone again. */
async function told(name: string) {
  const who = await person(name);
  const browser = service.browser();
  await subscribe(who, browser);
  const gone = () =>
    bench.database.pool.query(`delete from push_subscription where person_key = $1`, [who.key]);
  return { who, browser, gone };
}

let calls = 0;
async function held(): Promise<string> {
  const call = toolCall((calls += 1), 'write', `{"note":"mail jo@example.com","n":${calls}}`);
  await (await agent.post(call)).next();
  return (await bench.approval('held')).id;
}

const pushedTo = (browser: TestBrowser, id: string, count = 1) =>
  until(
    async () => {
      const about = browser.pushed.filter(({ message }) => message['approval'] === id);
      return about.length >= count && about;
    },
    `${count} pushes come about the approval`,
    SECONDS,
  );

const logged = (id: string, what: string, state: string) =>
  until(
    async () => {
      const { items } = await bench.context.get(MessagesService).page(channel.id, {});
      return items.find((one) => one.approvalId === id && one.state === state);
    },
    what,
    SECONDS,
  );

describe('a push', () => {
  // Guarantee: signed with the channel's key for that service alone, readable to that browser alone.
  it('comes signed and encrypted to whoever is asked, and is closed by the settlement', async () => {
    const { browser, gone } = await told('Riley');
    const nora = service.browser();
    await subscribe(await person('Nora', ['others']), nora);
    const id = await held();
    const [push] = await pushedTo(browser, id);
    expect(push?.claims).toMatchObject({ sub: 'mailto:ops@example.com', aud: service.origin });
    expect(push?.signedWith).toBe(channel.config.kind === 'push' && channel.config.publicKey);
    expect(push?.headers).toMatchObject({
      'content-encoding': 'aes128gcm',
      urgency: 'high',
      topic: id.replaceAll('-', ''),
    });
    expect(Number(push?.headers['ttl'])).toBeGreaterThan(60);
    expect(push?.message).toEqual({
      ...{ version: 1, approval: id, tag: id, headline: 'Held for approval', alert: 'once' },
      body: expect.stringMatching(
        /^robot’s agent wants to run write on demo\.\nWhy: .+\nThe arguments/,
      ),
    });
    await bench.decide('deny', id);
    const [, settled] = await pushedTo(browser, id, 2);
    expect(settled?.message).toMatchObject({ tag: id, headline: 'Denied', alert: 'silent' });
    expect(settled?.headers['urgency']).toBe('low');
    expect(nora.pushed).toEqual([]);
    await gone();
  });

  it('goes to nobody who could not decide any more, nor to whom the provider was long silent about', async () => {
    const { who, browser, gone } = await told('Lee');
    const left = await told('Lou');
    left.browser.answer(503);
    const id = await held();
    await logged(id, 'the first attempt fails', 'retrying');
    await person('Lou', ['others']);
    const { pool } = bench.database;
    await hurry(bench.database);
    expect((await logged(id, 'it is dropped', 'dropped')).reason).toContain('could not decide');
    expect(left.browser.pushed).toHaveLength(1);
    await pushedTo(browser, id);
    await pool.query(`update person set groups_at = now() - interval '31 days' where key = $1`, [
      who.key,
    ]);
    await bench.decide('deny', id);
    const next = await held();
    const other = await told('Sam');
    const last = await held();
    await pushedTo(other.browser, last);
    expect(browser.pushed.map(({ message }) => message['approval'])).not.toContain(next);
    for (const each of [next, last]) await bench.decide('deny', each);
    for (const end of [gone, left.gone, other.gone]) await end();
  });

  it('ends a subscription that is over, waits where it is told to, and gives up what is refused', async () => {
    const over = await told('Olga');
    const busy = await told('Ben');
    const strict = await told('Stan');
    over.browser.answer(410);
    busy.browser.answer({ status: 429, retryAfter: '1800' });
    strict.browser.answer(413);
    const id = await held();
    expect((await logged(id, 'one is over', 'dropped')).reason).toContain('410');
    expect((await browsers().list(over.who)).browsers).toEqual([]);
    expect((await logged(id, 'one is refused', 'failed')).attempts[0]).toMatchObject({
      status: 413,
    });
    const waiting = await logged(id, 'one waits', 'retrying');
    const inMs =
      Date.parse(waiting.nextAttemptAt ?? '') - Date.parse(waiting.attempts[0]?.at ?? '');
    expect(inMs).toBeGreaterThanOrEqual(1_790_000);
    await hurry(bench.database);
    await pushedTo(busy.browser, id, 2);
    await bench.decide('deny', id);
    for (const { gone } of [busy, strict]) await gone();
  });

  // Guarantee: one person's browser delays nobody else's.
  it('through a service that is dead delays no other, and the channel does not rest', async () => {
    const elsewhere = await startPushService();
    const dead = { who: await person('Dana'), browser: elsewhere.browser() };
    dead.browser.answer('dead');
    await subscribe(dead.who, dead.browser);
    const alive = await told('Ada');
    const ids = [await held(), await held()];
    for (const id of ids) await pushedTo(alive.browser, id);
    dead.browser.answer(503, 503, 503, 503, 503);
    await until(
      async () => {
        await hurry(bench.database);
        const { rows } = await bench.database.pool.query(
          'select from push_service where origin = $1 and rest_until > now()',
          [elsewhere.origin],
        );
        return rows.length === 1;
      },
      'the dead one rests',
      60_000,
    );
    expect(await channels().get(channel.id)).toMatchObject({ restsUntil: null });
    for (const id of ids) await bench.decide('deny', id);
    await alive.gone();
    await elsewhere.close();
  });
});

// Guarantee: however slow the push services of one person's browsers are, others are told meanwhile.
it('ten slow browsers of one person delay nobody else', async () => {
  const services = await Promise.all(Array.from({ length: 10 }, () => startPushService()));
  const who = await person('Sloane');
  const slow = services.map((each) => each.browser());
  for (const browser of slow) {
    browser.answer('dead');
    await subscribe(who, browser);
  }
  const quick = await told('Quinn');
  const id = await held();
  await pushedTo(quick.browser, id);
  // Two at once, five seconds each: were hers before the other's, all of them would have been tried.
  const tried = slow.filter(({ pushed }) => pushed.length > 0).length;
  expect(tried).toBeLessThan(slow.length);
  await bench.database.pool.query('delete from push_subscription where person_key = $1', [who.key]);
  for (const each of services) await each.close();
  await bench.decide('deny', id);
  await quick.gone();
});

describe('the channel for browsers', () => {
  // Guarantee: what signs and where browsers are reached is in no answer, no entry and no plain column.
  it('keeps its key and the addresses to itself, and its key whatever is sent', async () => {
    const { who, browser, gone } = await told('Kim');
    const sent = { ...input({ publicKey: 'another' }), version: channel.version };
    const { channel: saved } = await channels().update(channel.id, sent, ADMIN);
    expect(saved).toMatchObject({ config: channel.config, secrets: ['vapidKey'] });
    channel = saved;
    const { rows } = await bench.database.pool.query('select content::text from entry');
    const stored = await bench.database.pool.query(
      "select s.*, encode(sealed, 'escape') as plain from push_subscription s",
    );
    const texts = JSON.stringify([rows, stored.rows, await browsers().list(who), saved]);
    expect(texts).not.toContain(browser.subscription.endpoint.slice(-12));
    expect(texts).toContain('push.subscribed');
    await expect(channels().create({ ...input(), title: 'Other' }, ADMIN)).rejects.toMatchObject({
      fields: { 'config.kind': expect.any(String) },
    });
    await gone();
  });

  it('is tested in the admin’s own browser', async () => {
    await expect(channels().test(channel.id, ADMIN)).rejects.toMatchObject({
      code: 'invalid_input',
    });
    const browser = service.browser();
    const { browsers: listed } = await subscribe(ADMIN, browser);
    expect(await channels().test(channel.id, ADMIN)).toMatchObject({ ok: true, status: 201 });
    expect(browser.pushed[0]?.message).toMatchObject({ approval: null, headline: 'Test' });
    const { browsers: left } = await browsers().remove(listed[0]?.id ?? '', ADMIN);
    expect(left).toEqual([]);
  });

  it('reaches no private address that isn’t ticked, and encrypts for no key that is none', async () => {
    const who = await person('Pat');
    const browser = service.browser();
    const { subscription } = browser;
    const closed = { ...input({ allowPrivate: false }), version: channel.version };
    channel = (await channels().update(channel.id, closed, ADMIN)).channel;
    await expect(subscribe(who, browser)).rejects.toMatchObject({ code: 'invalid_input' });
    const endpoint = subscription.endpoint.replace('http:', 'https:');
    await subscribe(ADMIN, browser, { endpoint });
    expect(await channels().test(channel.id, ADMIN)).toMatchObject({
      ok: false,
      answer: expect.stringContaining('refused, or private'),
    });
    const p256dh = `B${'A'.repeat(86)}`;
    await expect(subscribe(who, browser, { endpoint, p256dh })).rejects.toMatchObject({
      fields: { p256dh: expect.any(String) },
    });
    const open = { ...input(), version: channel.version };
    channel = (await channels().update(channel.id, open, ADMIN)).channel;
  });

  // Guarantee: nobody fills a table, however many requests they make at once.
  it('has ten browsers of a person, and nothing of push services that nobody uses', async () => {
    const who = await person('Zoe');
    const { pool } = bench.database;
    await pool.query(`insert into push_service (origin, failures) values ('https://gone.test', 9)`);
    const all = Array.from({ length: 14 }, () => subscribe(who, service.browser()));
    const done = await Promise.allSettled(all);
    expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    expect((await browsers().list(who)).browsers).toHaveLength(10);
    const { rows } = await pool.query(`select from push_service where origin like '%gone.test'`);
    expect(rows).toEqual([]);
    await pool.query('delete from push_subscription where person_key = $1', [who.key]);
  });

  it('tells whoever subscribed a browser last, and what is on its way survives a renewed address', async () => {
    const first = await told('Finn');
    const second = await person('Gwen');
    const { browsers: hers } = await subscribe(second, first.browser);
    expect((await browsers().list(first.who)).browsers).toEqual([]);
    const renewed = service.browser();
    const { pool } = bench.database;
    const [old] = await browsersOf(pool, channel.id, [second.key]);
    if (old === undefined) throw new Error('unreachable');
    const replaces = old.endpointHash;
    const { browsers: after } = await subscribe(second, renewed, { replaces });
    expect(after.map(({ id }) => id)).toEqual(hers.map(({ id }) => id));
    // What its push service says of the address before comes late, as it does when browsers renew theirs.
    expect(await endBrowser(pool, old)).toBe(false);
    expect((await browsers().list(second)).browsers).toEqual(after);
    await browsers().remove(after[0]?.id ?? '', second);
  });
});
