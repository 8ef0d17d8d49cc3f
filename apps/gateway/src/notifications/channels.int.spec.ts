import {
  channelInputSchema,
  routeInputSchema,
  webhookPayloadJsonSchema,
  type Channel,
  type Message,
  type RouteInput,
  type WebhookPayload,
} from '@holdpoint/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { Webhook } from 'standardwebhooks';
import type { z } from 'zod';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import { FreezesService } from '../freezes/freezes.service.ts';
import { newId } from '../platform/new-id.ts';
import { adminNamed } from '../testing/admins.ts';
import { toolCall, type Agent } from '../testing/agent.ts';
import { hurry } from '../testing/hurry.ts';
import { PUBLIC_URL, startMcpBench, until, type McpBench } from '../testing/mcp-bench.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../testing/webhook-receiver.ts';
import { ApprovalNotifier } from './approval-notifier.ts';
import { ChannelsController } from './channels/channels.controller.ts';
import { ChannelsService } from './channels/channels.service.ts';
import { JobQueue } from './job-queue.ts';
import { MessageKeeper } from './messages/message-keeper.ts';
import { MessagesService } from './messages/messages.service.ts';
import { RoutesService } from './routes/routes.service.ts';

const SECONDS = 60_000;
const ADMIN = adminNamed('Adrian');
let bench: McpBench;
let agent: Agent;
let receiver: WebhookReceiver;

beforeAll(async () => {
  receiver = await startWebhookReceiver();
  bench = await startMcpBench();
  agent = await bench.agent();
  await (await agent.initialize()).text();
});
afterAll(async () => {
  await receiver.close();
  await bench.close();
});

const channels = () => bench.context.get(ChannelsService);
const routes = () => bench.context.get(RoutesService);
const log = (id: string) => bench.context.get(MessagesService).page(id, {});

/** A webhook channel at a path of the receiver, and a route that sends to it. */
async function hooked(
  path: string,
  match: z.input<typeof routeInputSchema>['match'],
): Promise<{ channel: Channel; secret: string; route: string }> {
  const { channel, made } = await channels().create(webhook(path), ADMIN);
  const route = routeInputSchema.parse({ title: path, match, channels: [channel.id] });
  const { items } = await routes().create(route, ADMIN);
  const added = items.find(({ title }) => title === path);
  return { channel, secret: made.signing ?? '', route: added?.id ?? '' };
}

function webhook(path: string) {
  return channelInputSchema.parse({
    title: `Hook ${path}`,
    config: { kind: 'webhook', url: `${receiver.origin}${path}`, allowPrivate: true },
  });
}

let calls = 0;
async function held(args = `{"n":${(calls += 1)}}`, tool = 'write') {
  const answer = await agent.post(toolCall((calls += 1), tool, args));
  await answer.next();
  return { id: (await bench.approval('held')).id, answer };
}

const posted = (path: string, count = 1) =>
  until(
    async () => receiver.at(path).length >= count && receiver.at(path),
    `${count} messages come to ${path}`,
    SECONDS,
  );

function payloadOf(message: { readonly body: string } | undefined): WebhookPayload {
  return JSON.parse(message?.body ?? '{}') as WebhookPayload;
}

/** What a path was told, of one approval where that is named: routes also take what was on its way. */
const typesAt = (path: string, about?: string) =>
  receiver
    .at(path)
    .filter(({ body }) => about === undefined || body.includes(about))
    .map((message) => payloadOf(message).type);

const told = (path: string, id: string, count: number) =>
  until(
    async () => typesAt(path, id).length >= count,
    `${path} is told ${count} times of one approval`,
    SECONDS,
  );

const logged = (id: string, what: string, test: (message: Message) => boolean) =>
  until(async () => (await log(id)).items.find(test), what, SECONDS);

describe('a webhook channel', () => {
  // Guarantee: what leaves the house is masked by the connection's masks, and signed.
  it('gets what its route takes: signed, by the published schema, with masked arguments', async () => {
    const { secret } = await hooked('/all', { events: ['approval.held'] });
    const { id } = await held(
      `{"note":"mail jo@example.com","salary":7,"big":12345678901234567890}`,
    );
    await told('/all', id, 1);
    const message = receiver.at('/all').find(({ body }) => body.includes(id));
    if (message === undefined) throw new Error('unreachable');
    const headers = Object.fromEntries(
      ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [
        name,
        String(message.headers[name]),
      ]),
    );
    const payload = new Webhook(secret).verify(message.body, headers);
    expect(() =>
      new Webhook(secret).verify(message.body.replace('held', 'done'), headers),
    ).toThrow();
    const validate = new Ajv2020({ validateFormats: false }).compile(webhookPayloadJsonSchema());
    expect(validate(payload)).toBe(true);
    expect(payload).toMatchObject({
      type: 'approval.held',
      version: 1,
      data: {
        approvalId: id,
        sentence: 'robot’s agent wants to run write on demo',
        severity: 'normal',
        asked: { step: 1, of: 1, groups: ['reviewers'] },
        arguments: { omitted: 0, masked: 2 },
        link: `${PUBLIC_URL}/inbox/${id}`,
      },
    });
    expect(message.body).not.toContain('jo@example.com');
    expect(message.body).not.toContain('salary');
    // A number that only looks like another one would be decided about.
    expect(message.body).toContain('12345678901234567890');
    await bench.decide('deny', id);
  });

  // Guarantee: in order per approval, whatever fails in between.
  it('gets every change of an approval, in order', async () => {
    const { channel } = await hooked('/order', {
      events: [
        ...(['approval.held', 'approval.settled', 'approval.claimed'] as const),
        ...(['approval.answered', 'approval.delivered'] as const),
      ],
    });
    const { id, answer } = await held();
    await told('/order', id, 1);
    receiver.answer('/order', 500, 500);
    await bench.decide('approve', id);
    await answer.last();
    await logged(channel.id, 'the settlement fails', ({ state }) => state === 'retrying');
    await until(
      async () => {
        await hurry(bench.database);
        return typesAt('/order', id).at(-1) === 'approval.delivered';
      },
      'all of it arrives',
      SECONDS,
    );
    expect(typesAt('/order', id)).toEqual([
      'approval.held',
      ...['approval.settled', 'approval.settled', 'approval.settled'],
      ...['approval.claimed', 'approval.answered', 'approval.delivered'],
    ]);
    const settled = await logged(
      channel.id,
      'the settlement is logged',
      ({ event, approvalId }) => event === 'approval.settled' && approvalId === id,
    );
    expect(settled).toMatchObject({
      state: 'delivered',
      attempts: [
        { number: 1, status: 500, delivered: false },
        { number: 2, status: 500, delivered: false },
        { number: 3, status: 200, delivered: true },
      ],
    });
    const ids = receiver
      .at('/order')
      .filter(({ body }) => body.includes(id) && payloadOf({ body }).type === 'approval.settled')
      .map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(1);
  });

  // Guarantee: no message asks for what is decided; the settlement alone is told.
  it('is not asked about what was settled before it was reached', async () => {
    const { channel } = await hooked('/late', { events: ['approval.held', 'approval.settled'] });
    receiver.answer('/late', 500);
    const { id } = await held();
    await logged(channel.id, 'the first attempt fails', ({ state }) => state === 'retrying');
    await bench.decide('deny', id);
    await told('/late', id, 2);
    expect(typesAt('/late', id)).toEqual(['approval.held', 'approval.settled']);
    const ended = (event: string, state: string) =>
      logged(
        channel.id,
        `${event} is ${state}`,
        (message) =>
          message.approvalId === id && message.event === event && message.state === state,
      );
    await ended('approval.held', 'dropped');
    await ended('approval.settled', 'delivered');
  });

  // Guarantee: whoever was asked by an escalation alone hears how it ended, by the same route.
  it('of a group that an escalation asked is told of the settlement', async () => {
    await hooked('/leads', {
      events: ['approval.held', 'approval.escalated', 'approval.settled'],
      groups: ['leads'],
    });
    const { id } = await held();
    const connection = bench.context.get(ConnectionRegistry).bySlug('demo');
    if (connection === undefined) throw new Error('unreachable');
    const asked = { step: 1, of: 1, groups: ['leads'], people: [] };
    await bench.database.transaction((client) =>
      bench.context
        .get(ApprovalNotifier)
        .queueIn(client, 'approval.escalated', id, connection, asked),
    );
    await told('/leads', id, 1);
    await bench.decide('deny', id);
    await told('/leads', id, 2);
    expect(typesAt('/leads', id)).toEqual(['approval.escalated', 'approval.settled']);
  });

  // Guarantee: a newer policy that asks more beside the step that is asked leaves nobody of it untold.
  it('of a group that an escalation asked is told also where a newer policy asks more meanwhile', async () => {
    await hooked('/meanwhile', {
      events: ['approval.held', 'approval.escalated'],
      groups: ['leads'],
    });
    const { id } = await held();
    const connection = bench.context.get(ConnectionRegistry).bySlug('demo');
    if (connection === undefined) throw new Error('unreachable');
    const asked = { step: 1, of: 1, groups: ['leads'], people: [] };
    const notifier = bench.context.get(ApprovalNotifier);
    await bench.database.transaction(async (client) => {
      await notifier.queueIn(client, 'approval.escalated', id, connection, asked);
      // As where it is judged anew: the step that is asked goes on.
      await notifier.queueIn(client, 'approval.held', id, connection);
    });
    await told('/meanwhile', id, 1);
    expect(typesAt('/meanwhile', id)).toEqual(['approval.escalated']);
    await bench.decide('deny', id);
  });

  it('that is dead delays no other, and is left alone for a while', async () => {
    receiver.answer('/dead', 'dead');
    const dead = await hooked('/dead', { events: ['approval.held'] });
    const ids: string[] = [];
    for (let n = 0; n < 6; n += 1) ids.push((await held()).id);
    await until(
      async () => (await channels().get(dead.channel.id)).open === 6,
      'they wait for the dead one',
      SECONDS,
    );
    await hooked('/alive', { events: ['approval.held'] });
    const { id } = await held();
    ids.push(id);
    await told('/alive', id, 1);
    expect((await channels().get(dead.channel.id)).open).toBeGreaterThan(3);
    await until(
      async () => (await channels().get(dead.channel.id)).restsUntil !== null,
      'the dead one rests',
      60_000,
    );
    for (const id of ids) await bench.decide('deny', id);
    await routes().remove(dead.route, ADMIN);
    receiver.answer('/dead');
  });

  // Guarantee: a channel whose settings a newer gateway wrote, or nobody can read, silences no other.
  it('is told, whatever stands in the row of another', async () => {
    await hooked('/beside', { events: ['approval.held'] });
    const { pool } = bench.database;
    const unreadable = crypto.randomUUID();
    await pool.query(
      `insert into notification_channel (id, kind, title, config) values ($1, 'pigeon', 'Pigeon', '{"kind":"pigeon"}')`,
      [unreadable],
    );
    const { id } = await held();
    await told('/beside', id, 1);
    expect((await channels().list()).items.map(({ title }) => title)).not.toContain('Pigeon');
    // Nor does it stay for good.
    await channels().remove(unreadable, ADMIN);
    expect(await entriesOf('channel.removed')).toContainEqual(
      expect.objectContaining({
        target: 'Pigeon',
        data: expect.objectContaining({ kind: 'pigeon' }),
      }),
    );
    await bench.decide('deny', id);
  });

  it('shows its dead letters, and an admin sends them again, on the record', async () => {
    const { channel } = await hooked('/letters', { events: ['approval.settled'] });
    const { id } = await held();
    receiver.answer('/letters', 410);
    await bench.decide('deny', id);
    const dead = await logged(channel.id, 'it is given up', ({ state }) => state === 'failed');
    expect(await channels().get(channel.id)).toMatchObject({ dead: 1 });
    const replay = () =>
      bench.context.get(MessagesService).replay(channel.id, { message: null }, ADMIN);
    expect(await replay()).toEqual({ replayed: 1 });
    await logged(
      channel.id,
      'it arrives',
      (message) => message.id === dead.id && message.state === 'delivered',
    );
    await expect(replay()).rejects.toMatchObject({ code: 'settled' });
    expect(await entriesOf('message.replayed')).toMatchObject([{ target: 'Hook /letters' }]);
  });

  it('is tested with a button, once, and says what was answered', async () => {
    const { channel } = await channels().create(webhook('/tested'), ADMIN);
    receiver.answer('/tested', 503);
    expect(await channels().test(channel.id, ADMIN)).toMatchObject({ ok: false, status: 503 });
    expect(await channels().test(channel.id, ADMIN)).toMatchObject({ ok: true, status: 200 });
    expect(typesAt('/tested')).toEqual(['channel.test', 'channel.test']);
    const validate = new Ajv2020({ validateFormats: false }).compile(webhookPayloadJsonSchema());
    expect(validate(payloadOf(receiver.at('/tested')[0]))).toBe(true);
    const { items } = await log(channel.id);
    expect(items.map(({ state }) => state)).toEqual(['delivered', 'failed']);
    // Guarantee: it was sent once, and what was answered to it stays in the log.
    expect(await channels().get(channel.id)).toMatchObject({ dead: 0 });
    const replay = (message: string | null) =>
      bench.context.get(MessagesService).replay(channel.id, { message }, ADMIN);
    await expect(replay(null)).rejects.toMatchObject({ code: 'settled' });
    await expect(replay(items[1]?.id ?? null)).rejects.toMatchObject({ code: 'settled' });
    expect((await log(channel.id)).items[1]?.attempts).toMatchObject([{ status: 503 }]);
  });

  it('of a private address is refused unless that is ticked, and follows no redirect', async () => {
    const input = webhook('/private');
    const { channel } = await channels().create(
      { ...input, config: { ...input.config, allowPrivate: false } },
      ADMIN,
    );
    expect(await channels().test(channel.id, ADMIN)).toMatchObject({
      ok: false,
      answer: 'the receiver’s address is refused, or private and not ticked',
    });
    const open = { ...input, version: channel.version };
    await channels().update(channel.id, open, ADMIN);
    receiver.answer('/private', 307);
    expect(await channels().test(channel.id, ADMIN)).toMatchObject({ ok: false, status: 307 });
    expect(receiver.at('/elsewhere')).toEqual([]);
  });

  // Guarantee: the address of a workflow is a secret, as whoever has it can post there.
  it('of Teams gets a card by an address that is shown nowhere', async () => {
    const workflowUrl = `${receiver.origin}/teams?sig=5ecret`;
    const input = channelInputSchema.parse({
      title: 'Teams',
      config: { kind: 'teams', allowPrivate: true },
      secrets: { workflowUrl },
    });
    const { channel } = await channels().create(input, ADMIN);
    expect(await channels().test(channel.id, ADMIN)).toMatchObject({ ok: true, status: 200 });
    const [card] = receiver.at('/teams?sig=5ecret');
    expect(JSON.parse(card?.body ?? '{}')).toMatchObject({
      type: 'message',
      attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive' }],
    });
    const { rows } = await bench.database.pool.query<{ content: string }>(
      'select content from entry',
    );
    expect(JSON.stringify([rows, await channels().list()])).not.toContain('5ecret');
  });

  it('hears of freezes', async () => {
    await hooked('/freezes', { events: ['freeze.set', 'freeze.lifted'], minSeverity: 'normal' });
    const everything = { scope: 'installation', key: '' } as const;
    await bench.context.get(FreezesService).freeze({ ...everything, reason: 'Incident' }, ADMIN);
    await bench.context.get(FreezesService).lift(everything, ADMIN);
    await posted('/freezes', 2);
    expect(receiver.at('/freezes').map(payloadOf)).toMatchObject([
      {
        type: 'freeze.set',
        data: { scope: 'installation', reason: 'Incident', severity: 'critical' },
      },
      { type: 'freeze.lifted' },
    ]);
  });
});

describe('what admins do with channels and routes', () => {
  // Guarantee: a secret is in no entry and no answer, and opens only for its channel.
  it('is recorded, without any secret', async () => {
    const { channel, made } = await channels().create(
      { ...webhook('/kept?token=t0p'), title: 'Kept' },
      ADMIN,
    );
    expect(made.signing).toMatch(/^whsec_/);
    expect(JSON.stringify(await channels().list())).not.toContain(made.signing);
    const { rows } = await bench.database.pool.query<{ content: string }>(
      `select content from entry where kind like 'channel.%' or kind like 'route.%'`,
    );
    const text = rows.map(({ content }) => content).join('\n');
    expect(text).not.toContain(made.signing);
    expect(text).not.toContain('t0p');
    expect(await entriesOf('channel.created')).toContainEqual(
      expect.objectContaining({ target: channel.title }),
    );
  });

  it('shows an auditor where a channel leads, and nothing that may be a secret of it', async () => {
    const title = 'Looked at';
    const { channel } = await channels().create({ ...webhook('/looked?token=t0p'), title }, ADMIN);
    const controller = bench.context.get(ChannelsController);
    const auditor = { ...adminNamed('Audrey'), roles: ['auditor' as const] };
    const seen = [await controller.get(channel.id, auditor), await controller.list(auditor)];
    expect(JSON.stringify(seen)).toContain(title);
    expect(JSON.stringify(seen)).not.toContain('token=');
    expect((await controller.get(channel.id, ADMIN)).config).toEqual(channel.config);
  });

  it('does not open the secret of one channel for another', async () => {
    const [one, other] = [
      (await channels().create(webhook('/one'), ADMIN)).channel,
      (await channels().create(webhook('/other'), ADMIN)).channel,
    ];
    await bench.database.pool.query(
      `update notification_channel set secrets_sealed = (
         select secrets_sealed from notification_channel where id = $1) where id = $2`,
      [one.id, other.id],
    );
    expect(await channels().get(other.id)).toMatchObject({ secrets: [] });
    expect(await channels().test(other.id, ADMIN)).toMatchObject({
      ok: false,
      answer: expect.stringContaining('could not make the message'),
    });
    expect(receiver.at('/other')).toEqual([]);
  });

  it('does not remove a channel that a route needs, nor overwrite what somebody else saved', async () => {
    const { channel, route } = await hooked('/used', { events: ['approval.held'] });
    await expect(channels().remove(channel.id, ADMIN)).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('/used'),
    });
    const change = { ...webhook('/used'), title: 'Renamed', version: channel.version };
    await channels().update(channel.id, change, ADMIN);
    await expect(
      channels().update(channel.id, { ...change, title: 'Again' }, ADMIN),
    ).rejects.toMatchObject({ code: 'stale_version' });
    await routes().remove(route, ADMIN);
    await channels().remove(channel.id, ADMIN);
    await expect(channels().get(channel.id)).rejects.toMatchObject({ code: 'not_found' });
    const gone: RouteInput = routeInputSchema.parse({
      ...{ title: 'To nowhere', match: { events: ['approval.held'] }, channels: [channel.id] },
    });
    await expect(routes().create(gone, ADMIN)).rejects.toMatchObject({ code: 'invalid_input' });
    expect(await entriesOf('route.removed')).toContainEqual(
      expect.objectContaining({ target: '/used' }),
    );
  });
});

describe('what lost its job', () => {
  it('is found and goes on, also what an older gateway queued', async () => {
    const { channel } = await hooked('/found', { events: ['approval.settled'] });
    receiver.answer('/found', 500);
    const { id } = await held();
    await bench.decide('deny', id);
    await logged(channel.id, 'the first attempt fails', ({ state }) => state === 'retrying');
    const { pool } = bench.database;
    await pool.query(`delete from pgboss.job where state in ('created', 'retry')`);
    await pool.query(
      `update notification_message set next_attempt_at = now() - interval '1 hour' where channel_id = $1`,
      [channel.id],
    );
    const connection = await bench.connect({ slug: 'older' });
    await pool.query(
      `insert into webhook_delivery (id, connection_id, approval_id, event, payload)
       values ($1, $2, $3, 'approval.settled', '{}')`,
      [newId(), connection.id, id],
    );
    await bench.context.get(MessageKeeper).keep();
    await posted('/found', 2);
    const older = await until(
      async () => {
        const { rows } = await pool.query<{ state: string; last_error: string }>(
          `select state, last_error from notification_message where connection_id = $1 and state = 'dropped'`,
          [connection.id],
        );
        return rows[0];
      },
      'the older one is worked',
      SECONDS,
    );
    expect(older.last_error).toBe('the connection has no webhook any more');
  });
});

// Guarantee: who is asked at the end of a long list is not told a minute later than who is at its beginning.
it('many messages at once wait for no worker to look by itself', async () => {
  const jobs = bench.context.get(JobQueue);
  const place = newId();
  await bench.database.transaction(async (client) => {
    for (let n = 0; n < 200; n += 1)
      await jobs.send(client, { place, thread: newId(), recipient: '' });
  });
  // Two at once, and each would look again after three seconds.
  await until(
    async () => {
      const { rows } = await bench.database.pool.query(
        `select from pgboss.job where data->>'place' = $1 and state <> 'completed' limit 1`,
        [place],
      );
      return rows.length === 0;
    },
    'all of them are worked',
    30_000,
  );
});

async function entriesOf(kind: string): Promise<{ target?: string; data?: object }[]> {
  const { rows } = await bench.database.pool.query<{ content: string }>(
    'select content from entry where kind = $1 order by id',
    [kind],
  );
  return rows.map(({ content }) => JSON.parse(content) as { target?: string; data?: object });
}
