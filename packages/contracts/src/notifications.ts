import { z } from 'zod';
import { timestampSchema } from './common.ts';
import { pushConfigSchema } from './push.ts';
import { jiraConfigSchema, restConfigSchema } from './ticket-channels.ts';

/** What channels can be told of. */
export const notificationEventSchema = z.enum([
  'approval.held',
  'approval.advanced',
  'approval.reminded',
  'approval.escalated',
  'approval.break_glass',
  'approval.settled',
  'approval.claimed',
  'approval.answered',
  'approval.delivered',
  'approval.failed',
  'approval.unknown',
  'freeze.set',
  'freeze.lifted',
]);
export type NotificationEvent = z.infer<typeof notificationEventSchema>;

/** The events that ask somebody to decide: worth nothing once the call is settled. */
export const ASKING_EVENTS = [
  'approval.held',
  'approval.advanced',
  'approval.reminded',
  'approval.escalated',
] as const satisfies readonly NotificationEvent[];

/** From the least to the most urgent. */
export const severitySchema = z.enum(['low', 'normal', 'high', 'critical']);
export type Severity = z.infer<typeof severitySchema>;

const titleSchema = z.string().trim().min(1, 'Give it a name.').max(80, 'At most 80 characters.');

/** Signed as Standard Webhooks. */
export const webhookConfigSchema = z.object({
  kind: z.literal('webhook'),
  url: z.url({ protocol: /^https?$/, error: 'An http or https address.' }).max(2000),
  /** Lets the address resolve to a private or loopback range. Metadata and link-local stay refused. */
  allowPrivate: z.boolean().default(false),
  /** With the masked arguments; without them it says only what is called. */
  withArguments: z.boolean().default(true),
  /** Takes verdicts back, signed with a secret of their own. */
  verdicts: z.boolean().default(false),
});
export type WebhookConfig = z.infer<typeof webhookConfigSchema>;

const addressSchema = z.email('An e-mail address, such as on-call@example.com.').max(254);

/** Mails over SMTP. */
export const emailConfigSchema = z.object({
  kind: z.literal('email'),
  host: z
    .string()
    .trim()
    .regex(/^[A-Za-z0-9.:-]{1,253}$/, 'The name or address of the mail server.'),
  port: z.number({ error: 'A port.' }).int().min(1).max(65_535).default(465),
  /** `tls` from the first byte; `starttls` required after the greeting; `none` only to a private address, without a password. */
  security: z.enum(['tls', 'starttls', 'none']).default('tls'),
  /** Certificates in PEM that the server's is checked against, where no public authority signed it. */
  authority: z
    .string()
    .max(20_000)
    .regex(/^$|-----BEGIN CERTIFICATE-----/, 'A certificate in PEM.')
    .default(''),
  allowPrivate: z.boolean().default(false),
  /** Empty where the server asks for no sign-in. */
  user: z.string().max(254).default(''),
  from: addressSchema,
  to: z.array(addressSchema).max(50).default([]),
  /** Also to each person who is asked, at the address that the identity provider said. */
  toReviewers: z.boolean().default(false),
  withArguments: z.boolean().default(true),
});
export type EmailConfig = z.infer<typeof emailConfigSchema>;

/** A bot's messages in one Slack conversation, with buttons. */
export const slackConfigSchema = z.object({
  kind: z.literal('slack'),
  /** The conversation's id, not its name: names change hands. */
  conversation: z
    .string()
    .trim()
    .regex(/^[CG][A-Z0-9]{6,20}$/, 'The id of the conversation, such as C0123456789.'),
  /** Where Slack's Web API is. */
  api: z
    .url({ protocol: /^https?$/, error: 'An http or https address.' })
    .max(500)
    .default('https://slack.com/api'),
  allowPrivate: z.boolean().default(false),
  withArguments: z.boolean().default(true),
});
export type SlackConfig = z.infer<typeof slackConfigSchema>;

/** Cards in a Microsoft Teams channel, posted to a workflow. Its address is a secret: whoever has it can post. */
const teamsConfigSchema = z.object({
  kind: z.literal('teams'),
  allowPrivate: z.boolean().default(false),
  withArguments: z.boolean().default(true),
});

/** What a channel is and where it leads; its secrets are apart. */
export const channelConfigSchema = z.discriminatedUnion('kind', [
  webhookConfigSchema,
  emailConfigSchema,
  slackConfigSchema,
  teamsConfigSchema,
  pushConfigSchema,
  jiraConfigSchema,
  restConfigSchema,
]);
export type ChannelConfig = z.infer<typeof channelConfigSchema>;
export type ChannelKind = ChannelConfig['kind'];

/** Typed once, sealed, and never shown again. What is left out on update stays as it is. */
export const channelSecretsSchema = z.object({
  /** Of a webhook; one is made where none is given. */
  signing: z
    .string()
    .regex(/^whsec_[A-Za-z0-9+/=]{32,100}$/, 'It begins with whsec_, then base64.')
    .optional(),
  /** Of the sign-in at a mail server. */
  password: z.string().min(1).max(1000).optional(),
  /** Of a Teams workflow: the address it was given, with its signature. */
  workflowUrl: z
    .url({ protocol: /^https?$/, error: 'An http or https address.' })
    .max(2000)
    .optional(),
  /** Of a Slack app: the bot's token, and what Slack signs its requests with. */
  botToken: z
    .string()
    .regex(/^xoxb-[A-Za-z0-9-]{10,200}$/, 'The bot token: it begins with xoxb-.')
    .optional(),
  signingSecret: z
    .string()
    .regex(/^[0-9a-f]{32,64}$/, 'The app’s signing secret: hexadecimal digits.')
    .optional(),
  /** Of an Atlassian account. */
  apiToken: z
    .string()
    .regex(/^[\x21-\x7e]{10,1000}$/, 'The whole API token, without spaces: 10 characters or more.')
    .optional(),
  /** Of a REST channel: the value of its secret header. */
  headerValue: z
    .string()
    .regex(/^[\x21-\x7e]([\x20-\x7e]{0,1998}[\x21-\x7e])?$/, 'Plain characters, in one line.')
    .optional(),
});
export type ChannelSecrets = z.infer<typeof channelSecretsSchema>;

/** As they are kept: with what is only ever made by the gateway, so that it is nobody's choice. */
export const keptSecretsSchema = channelSecretsSchema.extend({
  /** What verdicts that come back to a webhook channel are signed with: another one than ours. */
  callback: z.string().optional(),
  /** The private key of a push channel: 32 bytes as base64url. */
  vapidKey: z.string().optional(),
});
export type KeptSecrets = z.infer<typeof keptSecretsSchema>;

/** `POST /api/channels` */
export const channelInputSchema = z.object({
  title: titleSchema,
  enabled: z.boolean().default(true),
  config: channelConfigSchema,
  secrets: channelSecretsSchema.default({}),
});
export type ChannelInput = z.infer<typeof channelInputSchema>;

/** `PUT /api/channels/:id`: the version read, so that concurrent edits are noticed. */
export const channelUpdateSchema = channelInputSchema.extend({ version: z.number().int() });
export type ChannelUpdate = z.infer<typeof channelUpdateSchema>;

export const channelSchema = z.object({
  id: z.string(),
  title: z.string(),
  enabled: z.boolean(),
  config: channelConfigSchema,
  /** Which secrets are stored. */
  secrets: z.array(z.string()),
  version: z.number().int(),
  /** Messages on their way, and given up ones that nobody sent again. */
  open: z.number().int(),
  dead: z.number().int(),
  lastDeliveredAt: timestampSchema.nullable(),
  /** Until when nothing is tried, since it failed several times in a row. */
  restsUntil: timestampSchema.nullable(),
  updatedAt: timestampSchema,
});
export type Channel = z.infer<typeof channelSchema>;
export const channelListSchema = z.object({ items: z.array(channelSchema) });
export type ChannelList = z.infer<typeof channelListSchema>;

/** Answer to create, update and `POST /api/channels/:id/callback-secret`: what was made is shown this once. */
export const channelSavedSchema = z.object({
  channel: channelSchema,
  made: keptSecretsSchema.pick({ signing: true, callback: true }),
});
export type ChannelSaved = z.infer<typeof channelSavedSchema>;

/** `POST /api/channels/:id/test`: what the receiver answered, just now. */
export const channelTestSchema = z.object({
  ok: z.boolean(),
  status: z.number().int().nullable(),
  /** What the other side said, or why it was not reached. */
  answer: z.string(),
  tookMs: z.number().int(),
});
export type ChannelTest = z.infer<typeof channelTestSchema>;

const patternSchema = z.string().trim().min(1).max(100);
export const timeOfDaySchema = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'A time such as 09:00.');

export const weekdaySchema = z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);
export type Weekday = z.infer<typeof weekdaySchema>;

/** Hours by the clocks of a time zone. `from` after `to` runs over midnight; the day is that of `from`. */
export const routeHoursSchema = z.object({
  timeZone: z.string().trim().min(1, 'Such as Europe/Berlin.').max(64),
  days: z.array(weekdaySchema).min(1, 'Choose a day.').max(7),
  from: timeOfDaySchema,
  to: timeOfDaySchema,
  /** Sends within the hours, or outside of them. */
  when: z.enum(['inside', 'outside']).default('inside'),
});
export type RouteHours = z.infer<typeof routeHoursSchema>;

/** What a route takes: every list that isn't empty has to match, and an empty one matches all. */
export const routeMatchSchema = z.object({
  events: z.array(notificationEventSchema).min(1, 'Choose what it is told of.'),
  /** Slugs of connections, with `*` and `?`. */
  connections: z.array(patternSchema).max(100).default([]),
  /** Names of the chain that asks, with `*` and `?`. */
  chains: z.array(patternSchema).max(100).default([]),
  /** Which step of it asks, from 1. */
  steps: z.array(z.number().int().min(1).max(50)).max(50).default([]),
  /** One of them is asked. */
  groups: z.array(z.string().trim().min(1).max(256)).max(100).default([]),
  minSeverity: severitySchema.default('low'),
  hours: routeHoursSchema.nullable().default(null),
});
export type RouteMatch = z.infer<typeof routeMatchSchema>;

/** `POST /api/routes` */
export const routeInputSchema = z.object({
  title: titleSchema,
  enabled: z.boolean().default(true),
  match: routeMatchSchema,
  /** Ids of channels. */
  channels: z.array(z.uuid()).min(1, 'Choose a channel.').max(50),
});
export type RouteInput = z.infer<typeof routeInputSchema>;

/** `PUT /api/routes/:id` */
export const routeUpdateSchema = routeInputSchema.extend({ version: z.number().int() });
export type RouteUpdate = z.infer<typeof routeUpdateSchema>;

export const routeSchema = routeUpdateSchema.extend({ id: z.string(), updatedAt: timestampSchema });
export type Route = z.infer<typeof routeSchema>;
export const routeListSchema = z.object({ items: z.array(routeSchema) });
export type RouteList = z.infer<typeof routeListSchema>;

export const messageStateSchema = z.enum([
  'pending',
  'retrying',
  'delivered',
  /** Given up: a dead letter. */
  'failed',
  /** Not sent, since it would say nothing true any more. */
  'dropped',
]);
export type MessageState = z.infer<typeof messageStateSchema>;

/** One message to one channel, and how it went. */
export const messageSchema = z.object({
  id: z.string(),
  event: z.string(),
  approvalId: z.string().nullable(),
  /** The name of the person it is for, where it is for one. */
  recipient: z.string().nullable(),
  state: messageStateSchema,
  attempts: z.array(
    z.object({
      number: z.number().int(),
      at: timestampSchema,
      tookMs: z.number().int(),
      delivered: z.boolean(),
      status: z.number().int().nullable(),
      answer: z.string(),
    }),
  ),
  /** Why it was given up or dropped. */
  reason: z.string().nullable(),
  nextAttemptAt: timestampSchema.nullable(),
  /** When the person it is for wants to be told: with what else waits for them by then. */
  heldBackUntil: timestampSchema.nullable(),
  createdAt: timestampSchema,
  deliveredAt: timestampSchema.nullable(),
});
export type Message = z.infer<typeof messageSchema>;

/** `GET /api/channels/:id/messages?state=&cursor=`, newest first. */
export const messageQuerySchema = z.object({
  state: messageStateSchema.optional(),
  cursor: z.uuid().optional(),
});
export type MessageQuery = z.infer<typeof messageQuerySchema>;
export const messagePageSchema = z.object({
  items: z.array(messageSchema),
  next: z.string().nullable(),
});
export type MessagePage = z.infer<typeof messagePageSchema>;

/** `POST /api/channels/:id/replay`: one dead letter, or all of the channel's. */
export const replayInputSchema = z.object({ message: z.uuid().nullable().default(null) });
export type ReplayInput = z.infer<typeof replayInputSchema>;
export const replayedSchema = z.object({ replayed: z.number().int() });
export type Replayed = z.infer<typeof replayedSchema>;

/** A Slack account that decides as a person. */
export const slackAccountSchema = z.object({
  teamId: z.string(),
  userId: z.string(),
  slackName: z.string(),
  tiedAt: timestampSchema,
});
export type SlackAccount = z.infer<typeof slackAccountSchema>;

/** `GET /api/slack-accounts`: the person's own. */
export const slackAccountListSchema = z.object({ items: z.array(slackAccountSchema) });
export type SlackAccountList = z.infer<typeof slackAccountListSchema>;

/** `POST /api/slack-accounts/offer` and `POST /api/slack-accounts`: what a one-time link stands for, and tying it. */
export const slackOfferInputSchema = z.object({ token: z.string().min(20).max(200) });
export type SlackOfferInput = z.infer<typeof slackOfferInputSchema>;
export const slackOfferSchema = slackAccountSchema.pick({
  teamId: true,
  userId: true,
  slackName: true,
});
export type SlackOffer = z.infer<typeof slackOfferSchema>;

/** `DELETE /api/slack-accounts` */
export const slackUntieSchema = slackAccountSchema.pick({ teamId: true, userId: true });
export type SlackUntie = z.infer<typeof slackUntieSchema>;
