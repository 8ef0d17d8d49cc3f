import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import {
  emailConfigSchema,
  channelInputSchema,
  routeInputSchema,
  type EmailConfig,
  type NotificationEvent,
} from '@holdpoint/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generate } from 'selfsigned';
import { adminNamed } from '../testing/admins.ts';
import { toolCall, type Agent } from '../testing/agent.ts';
import { hurry } from '../testing/hurry.ts';
import { startMailServer, type MailServer } from '../testing/mail-server.ts';
import { PUBLIC_URL, startMcpBench, until, type McpBench } from '../testing/mcp-bench.ts';
import { ChannelsService } from './channels/channels.service.ts';
import { testNotice } from './events/notice.ts';
import { MessagesService } from './messages/messages.service.ts';
import { RoutesService } from './routes/routes.service.ts';
import { EmailSender } from './senders/email.sender.ts';

const ADMIN = adminNamed('Adrian');
const SECONDS = 60_000;
let bench: McpBench;
let agent: Agent;
let authority: string;
/** With TLS from the first byte and a sign-in; and with STARTTLS. */
let secure: MailServer;
let upgrading: MailServer;

beforeAll(async () => {
  const pem = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  authority = pem.cert;
  secure = await startMailServer({ secure: true, key: pem.private, cert: pem.cert });
  upgrading = await startMailServer({ key: pem.private, cert: pem.cert, authOptional: true });
  bench = await startMcpBench();
  agent = await bench.agent();
  await (await agent.initialize()).text();
});
afterAll(async () => {
  await bench.close();
  await secure.close();
  await upgrading.close();
});

const channels = () => bench.context.get(ChannelsService);

function config(changes: Partial<EmailConfig> = {}): EmailConfig {
  return emailConfigSchema.parse({
    ...{ kind: 'email', host: 'localhost', port: secure.port, security: 'tls' },
    ...{ authority, allowPrivate: true, user: 'holdpoint', from: 'holdpoint@example.com' },
    ...{ to: ['on-call@example.com'], toReviewers: false, withArguments: true },
    ...changes,
  });
}

let made = 0;
async function channel(
  changes: Partial<EmailConfig> = {},
  password: string | null = 'mail password',
) {
  const input = channelInputSchema.parse({
    title: `Mail ${(made += 1)}`,
    config: config(changes),
    secrets: password === null ? {} : { password },
  });
  return { input, ...(await channels().create(input, ADMIN)).channel };
}

async function routed(
  changes: Partial<EmailConfig> = {},
  events: readonly NotificationEvent[] = ['approval.held'],
) {
  const created = await channel(changes, changes.user === '' ? null : 'mail password');
  const route = {
    title: created.title,
    match: { events },
    channels: [created.id],
  };
  const { items } = await bench.context
    .get(RoutesService)
    .create(routeInputSchema.parse(route), ADMIN);
  const { id } = items.find(({ title }) => title === created.title) ?? { id: '' };
  const close = () => bench.context.get(RoutesService).remove(id, ADMIN);
  return { ...created, close };
}

async function held(args: string, tool = 'write'): Promise<string> {
  const answer = await agent.post(toolCall((made += 1), tool, args));
  await answer.next();
  return (await bench.approval('held')).id;
}

const mailAbout = (server: MailServer, id: string, count = 1) =>
  until(
    async () => {
      const found = server.mails.filter(({ raw }) => raw.includes(id));
      return found.length >= count && found;
    },
    `${count} mails come about the approval`,
    SECONDS,
  );

const linksOf = (html: unknown) =>
  [...String(html).matchAll(/href="([^"]*)"/gu)].map(([, address]) => address);

describe('a mail', () => {
  // Guarantee: it says what the console says, masked, and holds one link, to the page that asks.
  it('comes over TLS, signed in, as text and HTML, with one link', async () => {
    const { close } = await routed();
    const id = await held('{"note":"mail jo@example.com about it"}');
    const [received] = await mailAbout(secure, id);
    await close();
    if (received === undefined) throw new Error('unreachable');
    const { mail, to, user, raw } = received;
    expect({ to, user, secure: received.secure }).toEqual({
      to: ['on-call@example.com'],
      user: 'holdpoint',
      secure: true,
    });
    expect(mail.subject).toBe(
      '[Holdpoint] Held for approval: robot’s agent wants to run write on demo',
    );
    expect(mail.from?.value[0]?.address).toBe('holdpoint@example.com');
    expect(linksOf(mail.html)).toEqual([`${PUBLIC_URL}/inbox/${id}`]);
    expect(mail.text).toContain(`Open it: ${PUBLIC_URL}/inbox/${id}`);
    expect(mail.text).toContain('1 value is masked');
    expect(mail.text).toMatch(/^> \{"note":"mail .* about it"\}$/mu);
    expect(raw + mail.text + String(mail.html)).not.toContain('jo@example.com');
    expect(mail.headers.get('auto-submitted')).toBe('auto-generated');
    await bench.decide('deny', id);
  });

  // Guarantee: nothing an agent writes forges a header, a line of ours, a tag or a link's text.
  it('is not forged by what an agent writes', async () => {
    const evil = 'x\r\nBcc: victim@example.com\r\n\r\n<a href="https://evil.example">Approve</a>';
    const { close } = await routed();
    await bench.publish('rules: [{ id: all, match: { tools: ["*"] }, effect: hold }]');
    const id = await held(
      JSON.stringify({ text: `\nOpen it: https://evil.example/inbox\n${evil}` }),
      evil,
    );
    const [received] = await mailAbout(secure, id);
    await close();
    if (received === undefined) throw new Error('unreachable');
    const { mail, to } = received;
    expect(to).toEqual(['on-call@example.com']);
    expect(mail.bcc).toBeUndefined();
    expect(mail.subject).toContain('[U+000D][U+000A]Bcc: victim@example.com');
    expect(linksOf(mail.html)).toEqual([`${PUBLIC_URL}/inbox/${id}`]);
    expect(String(mail.html)).not.toContain('<a href="https://evil');
    // No address that a mail program would make a link of.
    expect(String(mail.html).replaceAll(`${PUBLIC_URL}/inbox/${id}`, '')).not.toContain('://');
    const opening = (mail.text ?? '').split('\n').filter((text) => text.startsWith('Open it:'));
    expect(opening).toEqual([`Open it: ${PUBLIC_URL}/inbox/${id}`]);
    await bench.decide('deny', id);
  });

  it('goes to each person who is asked by itself, and never to the caller or who answers for it', async () => {
    const { pool } = bench.database;
    const caller = await callerKey();
    const [issuer, subject] = caller.split('|');
    await pool.query(
      `insert into service_identity (issuer, subject, title, owner_key)
         values ($1, $2, 'Robot', 'http://people.example.com|olive')`,
      [issuer, subject],
    );
    await pool.query(
      `insert into person (key, name, email, groups) values
         ('http://people.example.com|riley', 'Riley', 'riley@people.example.com', '{reviewers}'),
         ('http://people.example.com|sam', 'Sam', 'sam@people.example.com', '{reviewers,others}'),
         ('http://people.example.com|nora', 'Nora', 'nora@people.example.com', '{others}'),
         ('http://people.example.com|olive', 'Olive', 'olive@people.example.com', '{reviewers}'),
         ($1, 'Robot’s person', 'robot@people.example.com', '{reviewers}')
       on conflict (key) do update set email = excluded.email, groups = excluded.groups`,
      [caller],
    );
    const { id: channelId, close } = await routed({ to: [], toReviewers: true });
    const id = await held('{"n":1}');
    const mails = await mailAbout(secure, id, 2);
    await close();
    expect(mails.map(({ to }) => to).toSorted()).toEqual([
      ['riley@people.example.com'],
      ['sam@people.example.com'],
    ]);
    const { items } = await bench.context.get(MessagesService).page(channelId, {});
    expect(items.map(({ recipient }) => recipient).toSorted()).toEqual(['Riley', 'Sam']);
    await bench.decide('deny', id);
    await pool.query('delete from service_identity where issuer = $1', [issuer]);
  });

  // Guarantee: who decides in somebody's place is told of what waits for it.
  it('goes to who stands in for somebody who is asked, for what they stand in for', async () => {
    const { pool } = bench.database;
    const key = (name: string) => `http://people.example.com|${name}`;
    await pool.query(
      `insert into person (key, name, email, groups) values ($1, 'Tess', 'tess@people.example.com', '{others}')
       on conflict (key) do nothing`,
      [key('tess')],
    );
    const standIn = (connections: readonly string[], chains: readonly string[]) =>
      pool.query(
        `insert into delegation (id, delegator_key, delegator_name, delegate_key, delegate_name, from_at,
           until_at, connections, chains, groups, groups_at)
         values (gen_random_uuid(), $1, 'Riley', $2, 'Tess', now(), now() + interval '1 hour', $3, $4,
           '{reviewers}', now())`,
        [key('riley'), key('tess'), connections, chains],
      );
    const { close } = await routed({ to: [], toReviewers: true });
    await standIn([crypto.randomUUID()], []);
    await standIn([], ['another chain']);
    const before = await held('{"n":11}');
    const elsewhere = await mailAbout(secure, before, 2);
    expect(elsewhere.map(({ to }) => to)).not.toContainEqual(['tess@people.example.com']);
    await bench.decide('deny', before);
    await standIn([], []);
    const id = await held('{"n":12}');
    const mails = await mailAbout(secure, id, 3);
    expect(mails.map(({ to }) => to)).toContainEqual(['tess@people.example.com']);
    await close();
    await bench.decide('deny', id);
    await pool.query('delete from delegation');
  });

  it('is sent again under the same id where the server says later, and given up where it says never', async () => {
    const { id: channelId, close } = await routed({
      ...{ port: upgrading.port, security: 'starttls', user: '' },
    });
    upgrading.refuse(451);
    const id = await held('{"n":2}');
    const log = async () => (await bench.context.get(MessagesService).page(channelId, {})).items;
    await until(async () => (await log())[0]?.state === 'retrying', 'it is put off', SECONDS);
    expect((await log())[0]?.attempts[0]).toMatchObject({ status: 451, delivered: false });
    await hurry(bench.database);
    const [received] = await mailAbout(upgrading, id);
    expect(received?.secure).toBe(true);
    expect(received?.mail.messageId).toBe(`<${(await log())[0]?.id}@localhost>`);
    await bench.decide('deny', id);
    upgrading.refuse(550);
    const never = await held('{"n":3}');
    await until(async () => (await log())[0]?.state === 'failed', 'it is given up', SECONDS);
    await close();
    await bench.decide('deny', never);
  });
});

describe('a mail to a list', () => {
  /** Held, with a mail that the first address of the channel gets later. Newest message first. */
  async function putOff(channelId: string, args: string) {
    const id = await held(args);
    const log = async () =>
      (await bench.context.get(MessagesService).page(channelId, {})).items.filter(
        ({ approvalId }) => approvalId === id,
      );
    const isApart = async () => (await log()).length === 2;
    await until(isApart, 'the address has a message of its own', SECONDS);
    return { id, log };
  }

  // Guarantee: at least once to each address, and whoever got it waits for nobody.
  it('is sent again to the addresses that the server put off, and to no other', async () => {
    // As somebody typed it: the library that sends it writes a domain small.
    const to = ['Later@Example.COM', 'now@example.com', 'never@example.com'];
    const { id: channelId, close } = await routed({ to });
    secure.refuse(451, 0, 550);
    const { id, log } = await putOff(channelId, '{"n":21}');
    expect(await log()).toMatchObject([
      { recipient: 'Later@example.com', state: 'pending' },
      { recipient: null, state: 'delivered' },
    ]);
    expect((await log())[1]?.attempts[0]?.answer).toContain(
      '1 of 3 addresses were refused; 1 of 3 were put off',
    );
    await hurry(bench.database);
    const mails = await mailAbout(secure, id, 2);
    expect(mails.map((mail) => mail.to)).toEqual([['now@example.com'], ['Later@example.com']]);
    await bench.decide('deny', id);
    await close();
  });

  it('tells each address once how it ended', async () => {
    const to = ['later@example.com', 'now@example.com'];
    const { id: channelId, close } = await routed({ to }, ['approval.held', 'approval.settled']);
    secure.refuse(451);
    const { id } = await putOff(channelId, '{"n":22}');
    await hurry(bench.database);
    await mailAbout(secure, id, 2);
    await bench.decide('deny', id);
    const [, , settled, ...more] = await mailAbout(secure, id, 3);
    expect(settled?.to).toEqual(to);
    expect(more).toEqual([]);
    await close();
  });

  it('goes to nobody once it is settled, and to no address that was taken out', async () => {
    const { id: channelId, close } = await routed({ to: ['later@example.com', 'now@example.com'] });
    secure.refuse(451, 0, 451);
    const settled = await putOff(channelId, '{"n":23}');
    await bench.decide('deny', settled.id);
    const { id, log } = await putOff(channelId, '{"n":24}');
    await bench.database.pool.query(
      `update notification_channel set config = jsonb_set(config, '{to}', '["now@example.com"]') where id = $1`,
      [channelId],
    );
    await hurry(bench.database);
    const isDropped = async () => (await log())[0]?.state === 'dropped';
    await until(isDropped, 'it is dropped', SECONDS);
    expect((await settled.log())[0]?.state).toBe('dropped');
    await bench.decide('deny', id);
    await close();
  });
});

describe('the way to a mail server', () => {
  it('is refused to a private address that isn’t ticked, and to a certificate that nobody vouches for', async () => {
    const test = async (changes: Partial<EmailConfig>) =>
      channels().test((await channel(changes)).id, ADMIN);
    expect(await test({ allowPrivate: false })).toMatchObject({
      ok: false,
      answer: 'the receiver’s address is refused, or private and not ticked',
    });
    expect(await test({ authority: '' })).toMatchObject({ ok: false, status: null });
    expect(await test({})).toMatchObject({ ok: true, status: 250 });
    expect(secure.mails.at(-1)?.mail.text).toContain('nobody has to do anything.\n');
  });

  // Guarantee: an attempt ends before its lease does, so no other process sends the mail meanwhile.
  it('is closed at the deadline, however lively the server stalls', async () => {
    let isClosed = false;
    const server = createServer((socket) => {
      socket.on('error', () => undefined).resume();
      socket.write('220 stalling.example.com\r\n');
      const drip = setInterval(() => socket.write('250-one more word\r\n'), 50);
      socket.on('close', () => {
        clearInterval(drip);
        isClosed = true;
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const mail = {
      messageId: 'm',
      channelId: 'c',
      thread: 't',
      recipient: '',
      isFollowUp: false,
      notice: testNotice(PUBLIC_URL, new Date()),
      together: [],
      config: config({ host: '127.0.0.1', port, security: 'none', user: '' }),
      secrets: {},
    };
    expect(await bench.context.get(EmailSender).send(mail, 1000)).toEqual({
      kind: 'failed',
      status: null,
      answer: 'the receiver did not answer in time',
      isAway: true,
    });
    await until(async () => isClosed, 'the connection is closed', SECONDS);
    server.close();
  });

  it('says what the server answered to a wrong password', async () => {
    const { id } = await channel({}, 'another password');
    expect(await channels().test(id, ADMIN)).toMatchObject({ ok: false, status: 535 });
  });

  // Guarantee: a stored password is shown to no other server, and to nobody without TLS.
  it('takes no stored password elsewhere, and none in the clear', async () => {
    const { id, input, version } = await channel();
    const moved = { ...input, config: config({ port: upgrading.port }), secrets: {}, version };
    await expect(channels().update(id, moved, ADMIN)).rejects.toMatchObject({
      code: 'invalid_input',
      fields: { 'secrets.password': expect.any(String) },
    });
    const clear = channelInputSchema.parse({
      ...input,
      title: 'Clear',
      config: config({ security: 'none' }),
    });
    await expect(channels().create(clear, ADMIN)).rejects.toMatchObject({
      fields: { 'config.security': expect.any(String) },
    });
    expect(JSON.stringify(await channels().get(id))).not.toContain('mail password');
  });
});

async function callerKey(): Promise<string> {
  const { rows } = await bench.database.pool.query<{ caller_key: string }>(
    'select caller_key from approval limit 1',
  );
  return rows[0]?.caller_key ?? '';
}
