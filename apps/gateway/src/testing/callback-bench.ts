import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  callbackAnswerSchema,
  channelInputSchema,
  routeInputSchema,
  webhookPayloadSchema,
  type Channel,
  type ChannelUpdate,
} from '@holdpoint/contracts';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { ChannelAccounts } from '../notifications/accounts/channel-accounts.service.ts';
import { CallbackEndpoint } from '../notifications/callbacks/callback.endpoint.ts';
import { ChannelsService } from '../notifications/channels/channels.service.ts';
import { RoutesService } from '../notifications/routes/routes.service.ts';
import { adminNamed } from './admins.ts';
import { toolCall, type Agent } from './agent.ts';
import { startMcpBench, until, type McpBench } from './mcp-bench.ts';
import { signedInNow } from './verdict-giver.ts';
import { startWebhookReceiver, type WebhookReceiver } from './webhook-receiver.ts';

const ADMIN = adminNamed('Adrian');
const SECONDS = 20_000;
const PATH = '/ours';

/** A webhook channel that takes verdicts, and its two secrets. */
export interface TalkingChannel {
  readonly id: string;
  readonly signing: string;
  readonly callback: string;
}

/** How a message is sent, where not as our channel's receiver would just now. */
export interface SentAs {
  readonly id?: string;
  readonly secret?: string;
  readonly to?: string;
  /** When it says that it was signed. */
  readonly at?: Date;
  readonly headers?: Record<string, string>;
}

const answerSchema = z.union([
  z.object({ error: z.object({ code: z.string(), message: z.string() }) }),
  callbackAnswerSchema,
]);

type HeldCall = Awaited<ReturnType<CallbackBench['held']>>;

/** A gateway with a webhook channel that takes verdicts, and an agent whose calls it is asked about. */
export class CallbackBench {
  readonly mcp: McpBench;
  readonly origin: string;
  readonly #agent: Agent;
  readonly #receiver: WebhookReceiver;
  readonly #callbacks: Server;
  #ours: TalkingChannel | undefined;
  #calls = 0;
  #sent = 0;

  private constructor(
    mcp: McpBench,
    agent: Agent,
    receiver: WebhookReceiver,
    callbacks: Server,
    origin: string,
  ) {
    this.mcp = mcp;
    this.#agent = agent;
    this.#receiver = receiver;
    this.#callbacks = callbacks;
    this.origin = origin;
  }

  /** With one account, `U-RILEY`, that a reviewer tied. */
  static async start(): Promise<CallbackBench> {
    const receiver = await startWebhookReceiver();
    const mcp = await startMcpBench();
    const agent = await mcp.agent();
    await (await agent.initialize()).text();
    const endpoint = mcp.context.get(CallbackEndpoint);
    const callbacks = createServer((req, res) => {
      // As Express mounts it.
      req.url = (req.url ?? '').replace(/^\/api\/callbacks/, '');
      endpoint.handle(req, res);
    }).listen(0, '127.0.0.1');
    await once(callbacks, 'listening');
    const { port } = callbacks.address() as AddressInfo;
    const bench = new CallbackBench(mcp, agent, receiver, callbacks, `http://127.0.0.1:${port}`);
    bench.#ours = await bench.addChannel('Ours', PATH);
    const match = { events: ['approval.held', 'approval.advanced'] };
    const route = { title: 'To ours', match, channels: [bench.ours.id] };
    await mcp.context.get(RoutesService).create(routeInputSchema.parse(route), ADMIN);
    await bench.tied('U-RILEY', bench.mcp.person('riley'));
    return bench;
  }

  async close(): Promise<void> {
    await this.mcp.close();
    this.#callbacks.close();
    await this.#receiver.close();
  }

  /** The channel that is asked. */
  get ours(): TalkingChannel {
    if (this.#ours === undefined) throw new Error('The bench has not been started.');
    return this.#ours;
  }

  get channels(): ChannelsService {
    return this.mcp.context.get(ChannelsService);
  }

  get accounts(): ChannelAccounts {
    return this.mcp.context.get(ChannelAccounts);
  }

  async addChannel(title: string, path: string): Promise<TalkingChannel> {
    const url = `${this.#receiver.origin}${path}`;
    const config = { kind: 'webhook', url, allowPrivate: true, verdicts: true };
    const input = channelInputSchema.parse({ title, config });
    const { channel, made } = await this.channels.create(input, ADMIN);
    return { id: channel.id, signing: made.signing ?? '', callback: made.callback ?? '' };
  }

  /** An admin changes our channel; what was made is answered. */
  async change(next: Partial<ChannelUpdate>): Promise<TalkingChannel['callback'] | undefined> {
    const { title, enabled, config, version } = await this.channels.get(this.ours.id);
    const input = { title, enabled, config, version, secrets: {}, ...next };
    return (await this.channels.update(this.ours.id, input, ADMIN)).made.callback;
  }

  async letVerdictsCome(verdicts: boolean): Promise<TalkingChannel['callback'] | undefined> {
    const { config }: Channel = await this.channels.get(this.ours.id);
    if (config.kind !== 'webhook') throw new Error('It is a webhook.');
    return this.change({ config: { ...config, verdicts } });
  }

  async renewSecret(): Promise<string> {
    return (await this.channels.renewCallback(this.ours.id, ADMIN)).made.callback ?? '';
  }

  /** The status, and what was answered or the code of the refusal. */
  async send(body: object | string, as: SentAs = {}): Promise<readonly [number, unknown]> {
    const { id = `msg_${(this.#sent += 1)}`, at = new Date(), to = this.ours.id } = as;
    const payload = typeof body === 'string' ? body : JSON.stringify(body);
    const signer = new Webhook(as.secret ?? this.ours.callback);
    const response = await fetch(`${this.origin}/api/callbacks/${to}`, {
      method: 'POST',
      headers: {
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': signer.sign(id, at, payload),
        ...as.headers,
      },
      body: payload,
    });
    const answer = answerSchema.parse(await response.json());
    return [response.status, 'error' in answer ? answer.error.code : answer];
  }

  /** What a person says in the console and by the account, one after the other. */
  async tied(account: string, person: SignedInPerson): Promise<void> {
    const signedIn = await signedInNow(this.mcp.context, person);
    const { code } = await this.accounts.makeCode({ channelId: this.ours.id }, signedIn);
    const actor = { id: account, name: `${person.name} elsewhere` };
    const [status] = await this.send({ type: 'account.tie', version: 1, actor, code });
    const { offered } = await this.accounts.list(signedIn);
    const own = offered.find((one) => one.account === account && one.name === actor.name);
    if (status !== 200 || own === undefined) throw new Error('The account was not offered.');
    await this.accounts.tie({ id: own.id }, signedIn);
  }

  /** A call that waits, and what our receiver was told of it. */
  async held(args = `{"n":${(this.#calls += 1)}}`, tool = 'write') {
    const answer = await this.#agent.post(toolCall((this.#calls += 1), tool, args));
    await answer.next();
    const { id } = await this.mcp.approval('held');
    const told = await until(
      async () => this.#receiver.at(PATH).find(({ body }) => body.includes(id)),
      'the receiver is told',
      SECONDS,
    );
    const payload = webhookPayloadSchema.parse(JSON.parse(told.body));
    if (payload.type !== 'approval.held') throw new Error('It was told of something else.');
    return { id, answer, told, decision: payload.data.decision };
  }
}

/** As the receiver shows it: under the digest that it was given. */
export function approves(
  { id: approval, decision }: Pick<HeldCall, 'id' | 'decision'>,
  actor = 'U-RILEY',
): object {
  return {
    ...{ type: 'verdict', version: 1, approval, verdict: 'approve', actor: { id: actor } },
    ...{ step: decision?.step, digest: decision?.digest },
  };
}

export function denies(approval: string, actor = 'U-RILEY'): object {
  return {
    ...{ type: 'verdict', version: 1, approval, verdict: 'deny', actor: { id: actor } },
    ...{ step: 1, reason: 'Not on a Friday.' },
  };
}
