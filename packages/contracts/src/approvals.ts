import { z } from 'zod';
import { callerSchema, pageOf, personRefSchema, timestampSchema } from './common.ts';

export const approvalStateSchema = z.enum([
  'held',
  'approved',
  'denied',
  'expired',
  'withdrawn',
  'void',
  'claimed',
  'answered',
  'delivered',
  'failed',
  'unknown',
]);
export type ApprovalState = z.infer<typeof approvalStateSchema>;

/** A rule that took part in the decision, in the words an admin wrote. */
export const ruleReasonSchema = z.object({
  ruleId: z.string(),
  effect: z.enum(['allow', 'hold', 'deny']).nullable(),
  description: z.string().nullable(),
  message: z.string().nullable(),
  condition: z.string().nullable(),
  error: z.string().nullable(),
});
export type RuleReason = z.infer<typeof ruleReasonSchema>;

export const verdictKindSchema = z.enum(['approve', 'deny']);

export const verdictSchema = z.object({
  id: z.string(),
  step: z.number().int(),
  person: personRefSchema,
  verdict: verdictKindSchema,
  reason: z.string().nullable(),
  at: timestampSchema,
});
export type Verdict = z.infer<typeof verdictSchema>;

export const stepSchema = z.object({
  chain: z.string(),
  groups: z.array(z.string()),
  people: z.array(z.string()),
  quorum: z.number().int().min(1),
  approvals: z.number().int(),
  state: z.enum(['waiting', 'current', 'approved', 'denied']),
});

export const mayDecideSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), step: z.number().int() }),
  z.object({ ok: z.literal(false), code: z.string(), message: z.string() }),
]);

/** One row of the inbox. The headline is made only of names an admin set and the escaped tool name. */
export const approvalSummarySchema = z.object({
  id: z.string(),
  state: approvalStateSchema,
  stateReason: z.string().nullable(),
  connection: z.object({ id: z.string(), slug: z.string(), title: z.string() }),
  method: z.string(),
  /** Tool or prompt name, or resource URI; `null` where the method has none. Agent-controlled text. */
  target: z.string().nullable(),
  caller: callerSchema,
  /** Who answers for the calling service identity; `null` for people and for services nobody owns. */
  owner: personRefSchema.nullable(),
  client: z.object({ name: z.string().nullable(), version: z.string().nullable() }),
  /** Why it was stopped, as a full sentence: what the deciding rules say, else the gateway. */
  why: z.string(),
  /** First ~200 characters of the arguments for scanning the list; `previewCut` when there is more. */
  preview: z.string(),
  previewCut: z.boolean(),
  heldAt: timestampSchema,
  expiresAt: timestampSchema,
  settledAt: timestampSchema.nullable(),
  /** True while an agent's exchange waits for the answer; false: "the agent stopped waiting". */
  agentWaiting: z.boolean(),
  currentStep: z.number().int().nullable(),
  stepCount: z.number().int(),
  mayDecide: mayDecideSchema,
});
export type ApprovalSummary = z.infer<typeof approvalSummarySchema>;

/** One thing that was said between a connection and the agent while a held call ran. */
export const spokenSchema = z.object({
  id: z.string(),
  at: timestampSchema,
  from: z.enum(['connection', 'agent']),
  /** What was asked for, or replied to: one method, or several. Upstream-controlled text. */
  methods: z.array(z.string()),
  /** The connection may not ask for it: the agent never saw it. */
  refused: z.boolean(),
  /** Exact JSON text, masked where it is the connection's; `null` where it is gone or the reader may not open it. */
  text: z.string().nullable(),
});
export type Spoken = z.infer<typeof spokenSchema>;

export const approvalDetailSchema = approvalSummarySchema.extend({
  sessionId: z.string(),
  callId: z.string(),
  /** The held arguments, exact JSON text as the agent sent it; `null` once retention removed it or where the reader may not open it. */
  argumentsText: z.string().nullable(),
  /** Params beside name and arguments, as JSON text: they run with the call. `null` as `argumentsText`, or where there are none. */
  otherParamsText: z.string().nullable(),
  paramsDigest: z.string(),
  toolDefinition: z.string().nullable(),
  policyVersion: z.number().int(),
  rules: z.array(ruleReasonSchema),
  masks: z.array(z.string()),
  steps: z.array(stepSchema),
  verdicts: z.array(verdictSchema),
  /** When an identical call last ran or ended `unknown`. */
  lastSame: z
    .object({ at: timestampSchema, state: approvalStateSchema, approvalId: z.string() })
    .nullable(),
  /** The masked answer as the agent got it, once there is one. */
  answerText: z.string().nullable(),
  /** What the connection asked for while the call ran, and what it was told. Oldest first. */
  conversation: z.array(spokenSchema),
  claimedAt: timestampSchema.nullable(),
  answeredAt: timestampSchema.nullable(),
  deliveredAt: timestampSchema.nullable(),
  releaseExpiresAt: timestampSchema.nullable(),
});
export type ApprovalDetail = z.infer<typeof approvalDetailSchema>;

/** `GET /api/approvals?state=pending|settled&cursor=` */
export const approvalListQuerySchema = z.object({
  state: z.enum(['pending', 'settled']).default('pending'),
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});
export const approvalPageSchema = pageOf(approvalSummarySchema).extend({
  pendingCount: z.number().int(),
});
export type ApprovalPage = z.infer<typeof approvalPageSchema>;

/** `POST /api/approvals/:id/verdict`; a denial needs a reason: the agent reads it. */
export const verdictInputSchema = z.discriminatedUnion('verdict', [
  z.object({
    verdict: z.literal('approve'),
    step: z.number().int().min(0),
    reason: z.string().trim().max(2000).optional(),
  }),
  z.object({
    verdict: z.literal('deny'),
    step: z.number().int().min(0),
    reason: z.string().trim().min(1, 'Say why: the agent reads it.').max(2000),
  }),
]);
export type VerdictInput = z.infer<typeof verdictInputSchema>;
