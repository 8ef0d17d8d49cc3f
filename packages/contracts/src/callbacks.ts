import { z } from 'zod';
import { externalAccountSchema } from './channel-accounts.ts';

const WRITABLE = /^[^\p{Cc}\p{Cs}]*$/u;

const actorSchema = z.strictObject({
  id: externalAccountSchema
    .regex(WRITABLE)
    .describe(
      'How your system names the account, for good: an id, not an address that changes hands.',
    ),
  name: z
    .string()
    .max(200)
    .regex(WRITABLE)
    .optional()
    .describe('What its person recognizes it by, where they say that it is theirs.'),
});

const versionSchema = z.literal(1);
const namedSchema = {
  type: z.literal('verdict'),
  version: versionSchema,
  approval: z.uuid().describe('The `approvalId` of the message.'),
  step: z.number().int().min(1).max(50).describe('The `decision.step` of the message, from 1.'),
  actor: actorSchema.describe('Who gave the verdict.'),
};
const reasonSchema = z
  .string()
  .max(2000)
  .refine((text) => text.isWellFormed() && !text.includes('\0'), 'A text without NUL.');

const callbackVerdictSchema = z.discriminatedUnion('verdict', [
  z.strictObject({
    ...namedSchema,
    verdict: z.literal('approve'),
    digest: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .describe('The `decision.digest` of the message: that its person was shown exactly this.'),
    reason: reasonSchema.optional(),
  }),
  z.strictObject({
    ...namedSchema,
    verdict: z.literal('deny'),
    reason: reasonSchema
      .regex(/\S/, 'Say why: the agent reads it.')
      .describe('Why. The agent reads it.'),
  }),
]);
export type CallbackVerdict = z.infer<typeof callbackVerdictSchema>;

const callbackTieSchema = z.strictObject({
  type: z.literal('account.tie'),
  version: versionSchema,
  actor: actorSchema.describe('The account that sent the code.'),
  code: z.string().min(1).max(100).describe('As the console showed it to the person.'),
});
export type CallbackTie = z.infer<typeof callbackTieSchema>;

const movedSchema = {
  type: z.literal('ticket.moved'),
  version: versionSchema,
  ticket: z
    .string()
    .min(1)
    .max(200)
    .regex(WRITABLE)
    .describe('The ticket’s id, as your system answered when it was opened.'),
  actor: actorSchema.describe('Who moved it.'),
};
const callbackMovedSchema = z.discriminatedUnion('verdict', [
  z.strictObject({
    ...movedSchema,
    verdict: z.literal('approve'),
    reason: reasonSchema.optional(),
  }),
  z.strictObject({
    ...movedSchema,
    verdict: z.literal('deny'),
    reason: reasonSchema
      .regex(/\S/, 'Say why: the agent reads it.')
      .describe('Why. The agent reads it.'),
  }),
]);
export type CallbackMoved = z.infer<typeof callbackMovedSchema>;

/** `POST /api/callbacks/:channel`: what comes back on a webhook channel, or on one of tickets over REST. Strict: what isn't known is refused. */
export const callbackPayloadSchema = z
  .discriminatedUnion('type', [callbackVerdictSchema, callbackMovedSchema, callbackTieSchema])
  .meta({ title: 'What comes back on a Holdpoint webhook channel, version 1' });

/** What became of it. Sending it again gives the same answer. */
export const callbackAnswerSchema = z.union([
  z.object({ recorded: z.literal(true) }),
  z.object({ offered: z.literal(true) }),
]);
export type CallbackAnswer = z.infer<typeof callbackAnswerSchema>;

/** The same as JSON Schema (draft 2020-12), as it is published. */
export function callbackPayloadJsonSchema(): object {
  return z.toJSONSchema(callbackPayloadSchema, { io: 'input' });
}
