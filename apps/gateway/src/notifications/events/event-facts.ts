import { approvalStateSchema, storedStepSchema } from '@holdpoint/contracts';
import { z } from 'zod';

const verdictFactSchema = z.object({
  step: z.number().int(),
  verdict: z.enum(['approve', 'deny']),
  person: z.string(),
  reason: z.string().nullable(),
  at: z.string(),
});

/** Who is asked: by which step, from 1. */
const askedSchema = z.object({
  step: z.number().int(),
  of: z.number().int(),
  groups: z.array(z.string()),
  people: z.array(z.string()),
  onCall: z.string().optional(),
});

/** Of a held call, as it was when something happened to it. INVARIANT: no arguments; it is not sealed. */
export const approvalEventFactsSchema = z.object({
  kind: z.literal('approval'),
  approvalId: z.string(),
  state: approvalStateSchema,
  method: z.string(),
  target: z.string().nullable(),
  connection: z.object({ id: z.string(), slug: z.string(), title: z.string() }),
  caller: z.object({
    name: z.string(),
    kind: z.enum(['person', 'service']),
    clientId: z.string().nullable(),
  }),
  /** Person key of the caller. */
  callerKey: z.string(),
  why: z.string(),
  steps: z.array(
    storedStepSchema.pick({ chain: true, reviewers: true }).extend({ needsPasskey: z.boolean() }),
  ),
  /** Which step is asked, from 0; `null` once nobody is. */
  current: z.number().int().nullable(),
  verdicts: z.array(verdictFactSchema),
  asked: askedSchema.optional(),
  breakGlass: z.object({ person: z.string(), reason: z.string() }).optional(),
});
export type ApprovalEventFacts = z.infer<typeof approvalEventFactsSchema>;

const freezeEventFactsSchema = z.object({
  kind: z.literal('freeze'),
  scope: z.enum(['connection', 'caller', 'installation']),
  /** Of the connection that is frozen. */
  slug: z.string().nullable(),
  title: z.string(),
  reason: z.string(),
  person: z.string(),
});
export type FreezeEventFacts = z.infer<typeof freezeEventFactsSchema>;

export const eventFactsSchema = z.discriminatedUnion('kind', [
  approvalEventFactsSchema,
  freezeEventFactsSchema,
]);
export type EventFacts = z.infer<typeof eventFactsSchema>;
