import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  channelInputSchema,
  routeInputSchema,
  type Message,
  type NotificationEvent,
} from '@holdpoint/contracts';
import {
  signedBySlack,
  SLACK_DOUBLE,
  slackButtons,
  slackPress,
  startSlackDouble,
  type SlackButtonShown,
  type SlackCall,
  type SlackDouble,
} from '@holdpoint/testkit';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { ChannelsService } from '../notifications/channels/channels.service.ts';
import { MessagesService } from '../notifications/messages/messages.service.ts';
import { RoutesService } from '../notifications/routes/routes.service.ts';
import { SlackAccounts } from '../notifications/slack/slack-accounts.service.ts';
import { SlackEndpoint } from '../notifications/slack/slack.endpoint.ts';
import { adminNamed } from './admins.ts';
import { toolCall, type Agent } from './agent.ts';
import { startMcpBench, until, type McpBench } from './mcp-bench.ts';
import { signedInNow, verdictGiver } from './verdict-giver.ts';

const ADMIN = adminNamed('Adrian');
const SECONDS = 20_000;

/** What the channel of the bench was set up with. */
export const SIGNING_SECRET = '0123456789abcdef0123456789abcdef';

/** A gateway with a channel to the double of Slack, and an agent whose calls it is told of. */
export class SlackBench {
  readonly mcp: McpBench;
  readonly slack: SlackDouble;
  readonly channelId: string;
  readonly #agent: Agent;
  readonly #callbacks: Server;
  #calls = 0;

  private constructor(
    mcp: McpBench,
    slack: SlackDouble,
    channelId: string,
    agent: Agent,
    callbacks: Server,
  ) {
    this.mcp = mcp;
    this.slack = slack;
    this.channelId = channelId;
    this.#agent = agent;
    this.#callbacks = callbacks;
  }

  static async start(): Promise<SlackBench> {
    const slack = await startSlackDouble();
    const mcp = await startMcpBench();
    const agent = await mcp.agent();
    await (await agent.initialize()).text();
    const channelId = await addChannel(mcp, slack, 'Slack', SIGNING_SECRET);
    const route = {
      title: 'To Slack',
      match: { events: ['approval.held', 'approval.advanced', 'approval.reminded'] },
      channels: [channelId],
    };
    await mcp.context.get(RoutesService).create(routeInputSchema.parse(route), ADMIN);
    const callbacks = await served(mcp.context.get(SlackEndpoint));
    return new SlackBench(mcp, slack, channelId, agent, callbacks);
  }

  /** Another one, to the same Slack. */
  addChannel(title: string, signingSecret: string): Promise<string> {
    return addChannel(this.mcp, this.slack, title, signingSecret);
  }

  async held(args?: string, tool = 'write') {
    const id = (this.#calls += 1);
    const answer = await this.#agent.post(toolCall(id, tool, args ?? `{"n":${id}}`));
    await answer.next();
    return { id: (await this.mcp.approval('held')).id, answer };
  }

  /** As Slack does; what is answered is the HTTP status. */
  async post(body: string, headers: Record<string, string>, to = this.channelId): Promise<number> {
    const { port } = this.#callbacks.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/api/slack/${to}`;
    return (await fetch(url, { method: 'POST', headers, body })).status;
  }

  press(user: string, button: SlackButtonShown, teamId?: string): Promise<number> {
    const body = slackPress(user, button, teamId);
    return this.post(body, signedBySlack(SIGNING_SECRET, body));
  }

  callsTo(method: string, about: string): readonly SlackCall[] {
    return this.slack.calls.filter(
      (call) => call.method === method && JSON.stringify(call.body).includes(about),
    );
  }

  /** The message about an approval, once the gateway knows that it is there: buttons count from then on. */
  message(id: string): Promise<SlackCall> {
    const sql = 'select from notification_reference where channel_id = $1 and thread = $2';
    return until(
      async () => {
        const { rows } = await this.mcp.database.pool.query(sql, [this.channelId, id]);
        return rows.length > 0 && this.callsTo('chat.postMessage', id)[0];
      },
      'a message is posted',
      SECONDS,
    );
  }

  /** What the channel's log says of an event, once it says so. */
  logged(id: string, event: string, state: string): Promise<Message> {
    return until(
      async () => {
        const { items } = await this.mcp.context.get(MessagesService).page(this.channelId, {});
        const own = items.filter((one) => one.approvalId === id && one.event === event);
        return own.find((one) => one.state === state);
      },
      `${event} is ${state}`,
      SECONDS,
    );
  }

  /** What else the channel is told. */
  async routeOf(events: readonly NotificationEvent[]): Promise<void> {
    const route = { title: events.join(' '), match: { events }, channels: [this.channelId] };
    await this.mcp.context.get(RoutesService).create(routeInputSchema.parse(route), ADMIN);
  }

  /** By somebody whom any step asks. */
  async deny(id: string, step: number): Promise<void> {
    const sam = this.mcp.person('sam', ['reviewers', 'leads']);
    const denial = { verdict: 'deny', step, reason: 'Enough.' } as const;
    await verdictGiver(this.mcp.context).give(id, denial, sam);
  }

  /** An admin sends everything again that was given up. */
  async replay(): Promise<void> {
    await this.mcp.context.get(MessagesService).replay(this.channelId, { message: null }, ADMIN);
  }

  /** What single people were told since so many calls. */
  wordsSince(from: number): readonly (string | undefined)[] {
    const said = this.slack.calls
      .slice(from)
      .filter(({ method }) => method === 'chat.postEphemeral');
    return said.map(({ body }) => body.text);
  }

  said(words: string, from: number): Promise<boolean> {
    return until(
      async () => this.wordsSince(from).some((text) => text?.includes(words) === true),
      `the person is told: ${words}`,
      SECONDS,
    );
  }

  /** Presses a button, takes the link, and ties the account as the signed-in person. */
  async tie(user: string, who: SignedInPerson, at: SlackCall): Promise<string> {
    const from = this.slack.calls.length;
    await this.press(user, buttonOf(at, 'holdpoint_deny'));
    const offer = await until(
      async () =>
        this.slack.calls
          .slice(from)
          .find(({ method, body }) => method === 'chat.postEphemeral' && body.user === user),
      'the person is told',
      SECONDS,
    );
    const token = new URL(slackButtons(offer)[0]?.url ?? '').searchParams.get('token') ?? '';
    const signedIn = await signedInNow(this.mcp.context, who);
    await this.mcp.context.get(SlackAccounts).tie({ token }, signedIn);
    return token;
  }

  /** Gives the channel another signing secret; what is answered gives it the old one back. */
  async resign(signingSecret: string): Promise<() => Promise<unknown>> {
    const channels = this.mcp.context.get(ChannelsService);
    const change = async (secret: string) => {
      const { config, title, version } = await channels.get(this.channelId);
      const input = { title, config, version, enabled: true, secrets: { signingSecret: secret } };
      return channels.update(this.channelId, input, ADMIN);
    };
    await change(signingSecret);
    return () => change(SIGNING_SECRET);
  }

  /** Makes a change between the look at whose account it is and the verdict. */
  async midway(press: () => Promise<unknown>, change: () => Promise<unknown>): Promise<void> {
    const { pool } = this.mcp.database;
    const client = await pool.connect();
    await client.query('begin');
    await client.query('lock table console_sign_in in access exclusive mode');
    await press();
    const waiting = `select from pg_locks where relation = 'console_sign_in'::regclass and not granted`;
    await until(async () => (await pool.query(waiting)).rows.length > 0, 'it waits', SECONDS);
    await change();
    await client.query('commit');
    client.release();
  }

  async entriesOf(kind: string) {
    const { rows } = await this.mcp.database.pool.query<{ content: string }>(
      'select content from entry where kind = $1 order by id',
      [kind],
    );
    return rows.map(({ content }) => JSON.parse(content) as { who?: string; data?: object });
  }

  async close(): Promise<void> {
    await this.mcp.close();
    this.slack.close();
    this.#callbacks.close();
  }
}

export function buttonOf(call: SlackCall, action: string): SlackButtonShown {
  const found = slackButtons(call).find(({ action_id: id }) => id === action);
  if (found === undefined) throw new Error(`There is no button ${action}.`);
  return found;
}

async function addChannel(
  mcp: McpBench,
  slack: SlackDouble,
  title: string,
  signingSecret: string,
): Promise<string> {
  const input = channelInputSchema.parse({
    title,
    config: {
      kind: 'slack',
      conversation: SLACK_DOUBLE.conversation,
      api: slack.api,
      allowPrivate: true,
    },
    secrets: { botToken: SLACK_DOUBLE.botToken, signingSecret },
  });
  return (await mcp.context.get(ChannelsService).create(input, ADMIN)).channel.id;
}

async function served(endpoint: SlackEndpoint): Promise<Server> {
  const server = createServer((req, res) => {
    req.url = (req.url ?? '').replace(/^\/api\/slack/, '');
    endpoint.handle(req, res);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
