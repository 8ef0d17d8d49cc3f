import type { IncomingMessage, ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { boundedBody } from '../../platform/bounded-body.ts';
import { Database, type Queryable } from '../../platform/database.ts';
import { jsonOf } from '../../platform/json-of.ts';
import type { Logger } from '../../platform/logger.ts';
import { LOGGER } from '../../platform/tokens.ts';
import { ChannelVault } from '../channels/channel-vault.ts';
import { findChannel } from '../channels/channel.sql.ts';
import { channelIdIn } from '../channels/inbound.ts';
import { findReference, takeRequest, type SlackApp } from './slack-account.sql.ts';
import { hashOf, type SlackAct } from './slack-act.ts';
import { APPROVE, buttonSchema, DENY, DENY_FORM, OPEN } from './slack-form.ts';
import { isSignedBySlack, slackHeaders } from './slack-signature.ts';
import { SlackVerdicts, type SlackVerdict } from './slack-verdicts.ts';

const MAX_BODY_BYTES = 256 * 1024;

const userSchema = z.object({ id: z.string().max(40), team_id: z.string().max(40) });
const pressedSchema = z.object({
  type: z.literal('block_actions'),
  user: userSchema,
  trigger_id: z.string(),
  channel: z.object({ id: z.string() }),
  actions: z
    .array(z.object({ action_id: z.string(), value: z.string().max(2000).optional() }))
    .min(1),
});
const sentSchema = z.object({
  type: z.literal('view_submission'),
  user: userSchema,
  view: z.object({
    callback_id: z.literal(DENY_FORM),
    private_metadata: z.string().max(3000),
    state: z.object({
      values: z.object({
        reason: z.object({ reason: z.object({ value: z.string().trim().min(1).max(2000) }) }),
      }),
    }),
  }),
});
const payloadSchema = z.discriminatedUnion('type', [pressedSchema, sentSchema]);
const metadataSchema = buttonSchema.extend({ channelId: z.uuid() });

/**
 * Where Slack says that a button was pressed: `POST /api/slack/<channel>`. Mounted before the session:
 * no cookie means anything here, and the signature is over the bytes as they came.
 */
@Injectable()
export class SlackEndpoint {
  constructor(
    private readonly database: Database,
    private readonly vault: ChannelVault,
    private readonly verdicts: SlackVerdicts,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  handle(request: IncomingMessage, response: ServerResponse): void {
    this.#take(request, response).catch((error: unknown) => {
      this.logger.warn({ error: String(error) }, 'a request from Slack failed');
      if (!response.headersSent) response.writeHead(500).end();
    });
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const channelId = channelIdIn(request.url);
    if (request.method !== 'POST' || channelId === undefined) return end(response, 404);
    const claimed = slackHeaders(request.headers, Date.now());
    if (claimed === undefined) return end(response, 401);
    const channel = await findChannel(this.database.pool, channelId);
    if (channel?.config.kind !== 'slack' || !channel.enabled) return end(response, 404);
    const { signingSecret, botToken } = this.vault.open(channelId, channel.secrets_sealed);
    if (signingSecret === undefined || botToken === undefined) return end(response, 404);
    const body = await boundedBody(request, MAX_BODY_BYTES);
    if (body === undefined) return end(response, 413);
    if (!isSignedBySlack(signingSecret, claimed, body)) return end(response, 401);
    const slack = {
      channel: { ...channel, config: channel.config },
      botToken,
      app: { channelId, app: hashOf(signingSecret) },
    };
    // INVARIANT: a verdict is kept by the transaction that takes its request, and Slack, whose person
    // believes it given then, is answered after that. A request whose verdict is not kept was not taken.
    const taken = await this.database.transaction(async (client): Promise<Taken> => {
      // INVARIANT: nothing of the body is read before it is known to be Slack's, of now, and new.
      if (!(await takeRequest(client, claimed.signature))) return { status: 401 };
      const asked = await this.#read(client, body, slack);
      if (asked?.kind === 'verdict') await this.verdicts.keep(client, asked.act, asked.verdict);
      return asked === undefined ? { status: 400 } : { status: 200, asked };
    });
    end(response, taken.status);
    if (taken.asked?.kind === 'dialog')
      await this.verdicts.askWhy(taken.asked.act, taken.asked.triggerId);
  }

  async #read(
    client: Queryable,
    body: Buffer,
    { channel, botToken, app }: Receiver,
  ): Promise<Asked | undefined> {
    const payload = payloadSchema.safeParse(
      jsonOf(new URLSearchParams(body.toString('utf8')).get('payload') ?? ''),
    );
    if (!payload.success) return undefined;
    const { data } = payload;
    const user = { teamId: data.user.team_id, userId: data.user.id, ...app };
    if (data.type === 'view_submission') {
      const metadata = metadataSchema.safeParse(jsonOf(data.view.private_metadata));
      if (!metadata.success || metadata.data.channelId !== channel.id) return undefined;
      const { channelId: _own, ...button } = metadata.data;
      if (!(await wasTold(client, channel.id, button.approval))) return undefined;
      const reason = data.view.state.values.reason.reason.value;
      const act = { channel, botToken, user, button };
      return { kind: 'verdict', act, verdict: { verdict: 'deny', reason } };
    }
    const [action] = data.actions;
    if (action?.action_id === OPEN) return { kind: 'nothing' };
    const button = buttonSchema.safeParse(jsonOf(action?.value ?? ''));
    if (!button.success || data.channel.id !== channel.config.conversation) return undefined;
    if (!(await wasTold(client, channel.id, button.data.approval))) return undefined;
    const act = { channel, botToken, user, button: button.data };
    if (action?.action_id === APPROVE)
      return { kind: 'verdict', act, verdict: { verdict: 'approve' } };
    if (action?.action_id === DENY) return { kind: 'dialog', act, triggerId: data.trigger_id };
    return undefined;
  }
}

/** The channel that a request came for. */
interface Receiver extends Pick<SlackAct, 'channel' | 'botToken'> {
  readonly app: SlackApp;
}

/** A verdict; or the wish to give one, for which a dialog has to be opened; or a link was followed. */
type Asked =
  | { readonly kind: 'verdict'; readonly act: SlackAct; readonly verdict: SlackVerdict }
  | { readonly kind: 'dialog'; readonly act: SlackAct; readonly triggerId: string }
  | { readonly kind: 'nothing' };

interface Taken {
  readonly status: number;
  readonly asked?: Asked;
}

/** A channel decides only about what it was told of. */
async function wasTold(on: Queryable, channelId: string, approvalId: string): Promise<boolean> {
  return (await findReference(on, channelId, approvalId)) !== undefined;
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'cache-control': 'no-store' }).end();
}
