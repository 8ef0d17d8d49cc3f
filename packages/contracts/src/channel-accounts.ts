import { z } from 'zod';
import { timestampSchema } from './common.ts';

/** An account on the other side of a channel: a name that the other side gives to a person there. */
export const externalAccountSchema = z.string().min(1).max(200);

const accountSchema = z.object({
  channelId: z.uuid(),
  channelTitle: z.string(),
  /** Untrusted, like its name: the other side chose them. */
  account: z.string(),
  name: z.string(),
});

/** An account of a channel that decides as a person. */
export const channelAccountSchema = accountSchema.extend({
  tiedAt: timestampSchema,
  /** Not where the channel takes no verdicts any more, or by another secret: then it is tied anew. */
  counts: z.boolean(),
});
export type ChannelAccount = z.infer<typeof channelAccountSchema>;

/** An account that sent a person's code, and waits for their word that it is theirs. */
export const offeredAccountSchema = accountSchema.extend({
  id: z.uuid(),
  expiresAt: timestampSchema,
});
export type OfferedAccount = z.infer<typeof offeredAccountSchema>;

/** `GET /api/channel-accounts`: the person's own, and where they can tie another one. */
export const channelAccountListSchema = z.object({
  items: z.array(channelAccountSchema),
  offered: z.array(offeredAccountSchema),
  channels: z.array(z.object({ id: z.uuid(), title: z.string(), kind: z.string() })),
});
export type ChannelAccountList = z.infer<typeof channelAccountListSchema>;

/** `POST /api/channel-accounts/codes` */
export const tieCodeInputSchema = z.object({ channelId: z.uuid() });
export type TieCodeInput = z.infer<typeof tieCodeInputSchema>;

/** What an account sends once, so that its person can say that it is theirs. Shown this once. */
export const tieCodeSchema = z.object({
  code: z.string(),
  channelId: z.uuid(),
  channelTitle: z.string(),
  expiresAt: timestampSchema,
});
export type TieCode = z.infer<typeof tieCodeSchema>;

/** `POST /api/channel-accounts`, and `DELETE /api/channel-accounts/offered`: an account that was offered. */
export const accountAnswerSchema = z.object({ id: z.uuid() });
export type AccountAnswer = z.infer<typeof accountAnswerSchema>;

/** `DELETE /api/channel-accounts` */
export const accountUntieSchema = z.object({
  channelId: z.uuid(),
  account: externalAccountSchema,
});
export type AccountUntie = z.infer<typeof accountUntieSchema>;
