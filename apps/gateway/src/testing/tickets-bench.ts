import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  channelInputSchema,
  routeInputSchema,
  type ChannelConfig,
  type OfferedAccount,
} from '@holdpoint/contracts';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { ChannelAccounts } from '../notifications/accounts/channel-accounts.service.ts';
import { CallbackEndpoint } from '../notifications/callbacks/callback.endpoint.ts';
import { ChannelsService } from '../notifications/channels/channels.service.ts';
import { RoutesService } from '../notifications/routes/routes.service.ts';
import { JiraEndpoint } from '../notifications/tickets/jira.endpoint.ts';
import { adminNamed } from './admins.ts';
import { toolCall, type Agent } from './agent.ts';
import { hurry } from './hurry.ts';
import {
  JIRA_TOKEN,
  startJiraDouble,
  JIRA_USER,
  type JiraDouble,
  type JiraIssue,
} from './jira-double.ts';
import { startMcpBench, until, type McpBench } from './mcp-bench.ts';
import { signedInNow } from './verdict-giver.ts';

const ADMIN = adminNamed('Adrian');
const SECONDS = 30_000;
const EVENTS = ['approval.held', 'approval.advanced', 'approval.reminded'];

/** A channel of tickets, and what its verdicts are signed with. */
export interface TicketChannel {
  readonly id: string;
  readonly secret: string;
}

/** A request to a ticket system that takes JSON. */
export interface FormSent {
  readonly what: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

/** A gateway that opens tickets in a Jira and in another system for the calls of an agent. */
export class TicketsBench {
  readonly mcp: McpBench;
  readonly jira: JiraDouble;
  readonly forms: readonly FormSent[];
  readonly ours: TicketChannel;
  /** The channel of tickets over REST. */
  readonly rest: TicketChannel;
  readonly #agent: Agent;
  /** Where both systems send what happened to tickets. */
  readonly #inbound: Server;
  readonly #formServer: Server;
  #calls = 0;
  #sent = 0;

  private constructor(parts: {
    readonly mcp: McpBench;
    readonly jira: JiraDouble;
    readonly forms: Forms;
    readonly ours: TicketChannel;
    readonly rest: TicketChannel;
    readonly agent: Agent;
    readonly inbound: Server;
  }) {
    this.mcp = parts.mcp;
    this.jira = parts.jira;
    this.forms = parts.forms.sent;
    this.ours = parts.ours;
    this.rest = parts.rest;
    this.#agent = parts.agent;
    this.#inbound = parts.inbound;
    this.#formServer = parts.forms.server;
  }

  static async start(): Promise<TicketsBench> {
    const jira = await startJiraDouble();
    const forms = await startForms();
    const mcp = await startMcpBench();
    const agent = await mcp.agent();
    await (await agent.initialize()).text();
    const ours = await made(mcp, 'Jira', jiraConfig(jira), { apiToken: JIRA_TOKEN });
    const headerValue = 'Bearer form-token';
    const rest = await made(mcp, 'Forms', restConfig(forms), { headerValue });
    const route = { title: 'To tickets', match: { events: EVENTS }, channels: [ours.id, rest.id] };
    await mcp.context.get(RoutesService).create(routeInputSchema.parse(route), ADMIN);
    const inbound = await served(mcp);
    return new TicketsBench({ mcp, jira, forms, ours, rest, agent, inbound });
  }

  async close(): Promise<void> {
    await this.mcp.close();
    this.jira.close();
    this.#inbound.close();
    this.#formServer.close();
  }

  get channels(): ChannelsService {
    return this.mcp.context.get(ChannelsService);
  }

  /** Another channel to the same Jira. */
  addJira(title: string, change: Partial<JiraConfig> = {}): Promise<TicketChannel> {
    return made(this.mcp, title, jiraConfig(this.jira, change), { apiToken: JIRA_TOKEN });
  }

  /** A channel that is told of held calls, beside the others. */
  async addTold(title: string, config: object, secrets: object = {}): Promise<string> {
    const { id } = await made(this.mcp, title, config, secrets);
    const route = { title, match: { events: ['approval.held'] }, channels: [id] };
    await this.mcp.context.get(RoutesService).create(routeInputSchema.parse(route), ADMIN);
    return id;
  }

  /** Where the other system takes whatever comes as JSON. */
  get formsOrigin(): string {
    return `http://127.0.0.1:${portOf(this.#formServer)}`;
  }

  /** A call that waits. */
  async call(args = `{"n":${(this.#calls += 1)}}`, as = this.#agent) {
    const answer = await as.post(toolCall((this.#calls += 1), 'write', args));
    await answer.next();
    return { id: (await this.mcp.approval('held')).id, answer };
  }

  async held(args?: string): Promise<string> {
    return (await this.call(args)).id;
  }

  ticket(about: string): Promise<JiraIssue> {
    return until(async () => this.jira.issue(about), 'a ticket is opened', SECONDS);
  }

  /** The ticket of a held call, once it is known here. */
  async opened(id: string): Promise<JiraIssue> {
    await this.logged(id, 'approval.held');
    return this.ticket(id);
  }

  form(about: string): Promise<FormSent> {
    const newest = () => this.forms.findLast(({ what }) => what.includes(about));
    return until(async () => newest(), 'a request arrives', SECONDS);
  }

  /** What the log says of the newest message of an event. */
  logged(id: string, event: string, { id: channelId } = this.ours): Promise<string> {
    return until(
      async () => {
        const { rows } = await this.mcp.database.pool.query<{ answer: string }>(
          `select a.answer from notification_attempt a join notification_message m on m.id = a.message_id
            where m.channel_id = $1 and m.approval_id = $2 and m.event = $3 and a.delivered`,
          [channelId, id, event],
        );
        return rows[0]?.answer;
      },
      `${event} is delivered`,
      SECONDS,
    );
  }

  /** How many messages about an approval that Jira is told of are in one of these states. */
  async #messagesIn(id: string, states: readonly string[]): Promise<number> {
    const { rows } = await this.mcp.database.pool.query(
      `select from notification_message
        where channel_id = $1 and approval_id = $2 and state = any($3)`,
      [this.ours.id, id, states],
    );
    return rows.length;
  }

  async retrying(id: string): Promise<void> {
    await until(
      async () => (await this.#messagesIn(id, ['retrying'])) === 1,
      'another attempt waits for its time',
      SECONDS,
    );
  }

  async nothingWaits(id: string): Promise<void> {
    await until(
      async () => (await this.#messagesIn(id, ['pending', 'retrying'])) === 0,
      'nothing waits',
      SECONDS,
    );
  }

  /** Once an attempt failed: the time of the next one is now. */
  async hurried(id: string): Promise<void> {
    await this.retrying(id);
    await hurry(this.mcp.database);
  }

  /** As Jira does; what is answered is the HTTP status. */
  async post(body: object, { id, secret } = this.ours): Promise<number> {
    const sent = JSON.stringify(body);
    const mac = createHmac('sha256', secret).update(sent).digest('hex');
    const response = await fetch(`${this.#origin}/api/tickets/${id}`, {
      method: 'POST',
      body: sent,
      headers: { 'x-hub-signature': `sha256=${mac}`, cookie: 'holdpoint=1' },
    });
    return response.status;
  }

  /** As the other system does: the status, and what was answered. */
  async send(body: object, secret = this.rest.secret): Promise<[number, string]> {
    const sent = JSON.stringify({ type: 'ticket.moved', version: 1, ...body });
    const [id, at] = [`moved_${(this.#sent += 1)}`, new Date()];
    const response = await fetch(`${this.#origin}/api/callbacks/${this.rest.id}`, {
      method: 'POST',
      body: sent,
      headers: {
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': new Webhook(secret).sign(id, at, sent),
      },
    });
    return [response.status, await response.text()];
  }

  get #origin(): string {
    return `http://127.0.0.1:${portOf(this.#inbound)}`;
  }

  /** The ticket over REST of an approval, as it is kept. */
  async restTicket(id: string): Promise<{ ticket_id: string; digest: string | null }> {
    await this.logged(id, 'approval.held', this.rest);
    const { rows } = await this.mcp.database.pool.query(
      'select ticket_id, digest from notification_ticket where channel_id = $1 and thread = $2',
      [this.rest.id, id],
    );
    return ticketSchema.parse(rows[0]);
  }

  said(issue: JiraIssue, words: string): Promise<string> {
    return until(
      async () => commentsOf(issue).find((comment) => comment.includes(words)),
      `it is said on the ticket: ${words}`,
      SECONDS,
    );
  }

  /**
   * What a person says in the console and by the account, one after the other.
   *
   * @param by Sends the code from the account.
   * @returns The account, as it was offered.
   */
  async tied(
    channel: TicketChannel,
    who: SignedInPerson,
    by: (code: string) => Promise<void>,
  ): Promise<OfferedAccount | undefined> {
    const signedIn = await signedInNow(this.mcp.context, who);
    const accounts = this.mcp.context.get(ChannelAccounts);
    const { code } = await accounts.makeCode({ channelId: channel.id }, signedIn);
    await by(code);
    const [offered] = (await accounts.list(signedIn)).offered;
    await accounts.tie({ id: offered?.id ?? '' }, signedIn);
    return offered;
  }
}

export const commentsOf = (issue: JiraIssue) =>
  issue.comments.map(({ body }) => JSON.stringify(body));

const ticketSchema = z.object({ ticket_id: z.string(), digest: z.string().nullable() });

type JiraConfig = Extract<ChannelConfig, { kind: 'jira' }>;

function jiraConfig({ origin }: JiraDouble, change: Partial<JiraConfig> = {}) {
  return {
    ...{ kind: 'jira', site: `${origin}/`, user: JIRA_USER, project: 'OPS' },
    ...{ allowPrivate: true, settledStatus: 'Done' },
    verdicts: { approved: 'Approved', denied: 'Denied' },
    ...change,
  };
}

function restConfig({ server }: Forms) {
  const tickets = `http://127.0.0.1:${portOf(server)}/tickets`;
  return {
    ...{ kind: 'rest', ticketPointer: '/result/number', allowPrivate: true, verdicts: true },
    create: {
      url: `${tickets}?for={approval}`,
      body: '{"short":"{title}","long":"{text}","urgent":false,"step":"{step}"}',
    },
    comment: { url: `${tickets}/{ticket}/notes`, body: '{"note":"{text}"}' },
    transition: { method: 'PATCH', url: `${tickets}/{ticket}`, body: '{"state":"{status}"}' },
  };
}

async function made(
  mcp: McpBench,
  title: string,
  config: object,
  secrets: object,
): Promise<TicketChannel> {
  const input = channelInputSchema.parse({ title, config, secrets });
  const saved = await mcp.context.get(ChannelsService).create(input, ADMIN);
  return { id: saved.channel.id, secret: saved.made.callback ?? '' };
}

/** Both endpoints, as Express mounts them. */
async function served(mcp: McpBench): Promise<Server> {
  const tickets = mcp.context.get(JiraEndpoint);
  const callbacks = mcp.context.get(CallbackEndpoint);
  const server = createServer((req, res) => {
    const [, , at = '', id = ''] = (req.url ?? '').split('/');
    req.url = `/${id}`;
    (at === 'tickets' ? tickets : callbacks).handle(req, res);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

interface Forms {
  readonly server: Server;
  readonly sent: readonly FormSent[];
}

const bodySchema = z.record(z.string(), z.unknown());

/** Any system that takes JSON. */
async function startForms(): Promise<Forms> {
  const sent: FormSent[] = [];
  const server = createServer((req, res) => {
    void text(req).then((body) => {
      const what = `${req.method} ${req.url}`;
      sent.push({ what, headers: req.headers, body: bodySchema.parse(JSON.parse(body)) });
      res.writeHead(200, { 'content-type': 'application/json' });
      res.end(JSON.stringify({ result: { number: `INC/${sent.length}` } }));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, sent };
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
