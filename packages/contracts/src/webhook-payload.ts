import { z } from 'zod';
import { approvalStateSchema } from './approvals.ts';
import { timestampSchema } from './common.ts';
import { freezeScopeSchema } from './freezes.ts';
import { notificationEventSchema, severitySchema } from './notifications.ts';

/** Arguments as a channel gets them: masked, bounded, and saying so. */
export const shownArgumentsSchema = z
  .object({
    text: z
      .string()
      .describe('JSON text of the arguments, masked, cut at the end where it is too long.'),
    characters: z.number().int().describe('How long the masked text is as a whole.'),
    omitted: z.number().int().describe('How many characters of it were left out at the end.'),
    masked: z.number().int().describe('How many values were masked.'),
  })
  .describe('Untrusted: an agent wrote it.');
export type ShownArguments = z.infer<typeof shownArgumentsSchema>;

/** What a message says of a held call. */
export const approvalFactsSchema = z.object({
  approvalId: z.uuid(),
  state: approvalStateSchema.describe('As it was when the event happened.'),
  connection: z.object({ slug: z.string(), title: z.string() }),
  method: z.string().describe('Untrusted: an agent chose it.'),
  target: z
    .string()
    .nullable()
    .describe('Tool or prompt name, or resource address. Untrusted: an agent chose it.'),
  caller: z.object({
    name: z.string(),
    kind: z.enum(['person', 'service']),
    clientId: z.string().nullable(),
  }),
  why: z.string(),
  verdicts: z.array(
    z.object({
      step: z.number().int().describe('Counts from 1.'),
      verdict: z.enum(['approve', 'deny']),
      person: z.string(),
      reason: z.string().nullable(),
      at: timestampSchema,
    }),
  ),
  asked: z
    .object({
      step: z.number().int().describe('Counts from 1.'),
      of: z.number().int(),
      groups: z.array(z.string()),
      people: z.array(z.string()),
      onCall: z.string().optional(),
    })
    .optional()
    .describe('Who is asked now.'),
  breakGlass: z
    .object({ person: z.string(), reason: z.string() })
    .optional()
    .describe('Who approved it past its chain.'),
  link: z.url().describe('The page that decides, after a sign-in.'),
});
export type ApprovalFacts = z.infer<typeof approvalFactsSchema>;

const approvalDataSchema = approvalFactsSchema.extend({
  sentence: z.string(),
  severity: severitySchema,
  arguments: shownArgumentsSchema
    .nullable()
    .describe('Of events that ask; null where the channel gets none, or they could not be masked.'),
  decision: z
    .object({
      step: z.number().int().describe('Which step a verdict is about. Counts from 1.'),
      digest: z
        .string()
        .nullable()
        .describe(
          'Of what is shown: whoever approves sends it back. Null where the arguments are not all here, or the call is to be looked at more closely: then it is approved in the console alone.',
        ),
    })
    .optional()
    .describe('Of events that ask, on a channel that takes verdicts back.'),
});

const freezeDataSchema = z.object({
  sentence: z.string(),
  severity: severitySchema,
  scope: freezeScopeSchema,
  title: z.string().describe('The connection, or the caller; empty for everything.'),
  reason: z.string(),
  person: z.string(),
  link: z.url(),
});
export type FreezeFacts = Pick<
  z.infer<typeof freezeDataSchema>,
  'scope' | 'title' | 'reason' | 'person' | 'link'
>;

const approvalEventSchema = notificationEventSchema.exclude(['freeze.set', 'freeze.lifted']);
const freezeEventSchema = notificationEventSchema.extract(['freeze.set', 'freeze.lifted']);

/**
 * The body of a webhook channel's message. Members are only ever added within a version; receivers
 * ignore what they don't know.
 */
export const webhookPayloadSchema = z
  .discriminatedUnion('type', [
    z.object({
      type: approvalEventSchema,
      version: z.literal(1),
      timestamp: timestampSchema.describe('When the event happened.'),
      data: approvalDataSchema,
    }),
    z.object({
      type: freezeEventSchema,
      version: z.literal(1),
      timestamp: timestampSchema.describe('When the event happened.'),
      data: freezeDataSchema,
    }),
    z.object({
      type: z.literal('channel.test'),
      version: z.literal(1),
      timestamp: timestampSchema.describe('When the event happened.'),
      data: z.object({ sentence: z.string(), link: z.url() }),
    }),
  ])
  .meta({ title: 'A message of a Holdpoint webhook channel, version 1' });
export type WebhookPayload = z.infer<typeof webhookPayloadSchema>;

/** The same as JSON Schema (draft 2020-12), as it is published. */
export function webhookPayloadJsonSchema(): object {
  // Open: a receiver that validates must accept what a later version adds.
  return z.toJSONSchema(webhookPayloadSchema, { io: 'input' });
}
