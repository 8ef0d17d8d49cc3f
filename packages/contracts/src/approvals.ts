import { z } from 'zod';
import { sqlArgumentSchema } from './approval-sql.ts';
import { approvalEditsSchema } from './approval-edits.ts';
import { approvalFiltersSchema } from './approval-filters.ts';
import { approvalInboxSchema } from './approval-inbox.ts';
import { approvalTalkSchema } from './approval-talk.ts';
import { shownSchema } from './approval-shown.ts';
import { approvalWatchSchema } from './approval-watch.ts';
import { approvalBreakGlassSchema } from './break-glass.ts';
import { chainTimeSchema } from './approval-chain.ts';
import { approvalGrantsSchema, grantVerdictSchema } from './approval-grants.ts';
import { itemQuerySchema } from './catalogue.ts';
import { callerSchema, effectSchema, pageOf, personRefSchema, timestampSchema } from './common.ts';
import { passkeyAnswerSchema, passkeyDemandSchema } from './passkeys.ts';

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
  /** Of `condition`; `null` where none decided, and in decisions of versions that didn't keep it. */
  keyword: z.enum(['when', 'unless', 'match']).nullable().default(null),
  condition: z.string().nullable(),
  error: z.string().nullable(),
});
export type RuleReason = z.infer<typeof ruleReasonSchema>;

/** A rule in observe mode that applied, or could not be checked. */
export const observedRuleSchema = ruleReasonSchema.extend({
  /** What would have become of the call with this rule in force. */
  wouldBe: effectSchema,
});
export type ObservedRule = z.infer<typeof observedRuleSchema>;

/** What judging an open approval again, under a newer policy, changed for its reviewers. */
export const rejudgedSchema = z.object({
  at: timestampSchema,
  /** The policy that it was judged by before, and the one that asks for more. */
  from: z.number().int(),
  to: z.number().int(),
  addedSteps: z.number().int().min(1),
  /** It was approved, and went back to its reviewers. */
  wasApproved: z.boolean(),
  /** A full sentence, made of names that an admin set. */
  reason: z.string(),
});
export type Rejudged = z.infer<typeof rejudgedSchema>;

export const verdictKindSchema = z.enum(['approve', 'deny']);

/** Where a verdict came from, other than the console. */
export const verdictViaSchema = z.enum(['slack', 'webhook', 'ticket']);
export type VerdictVia = z.infer<typeof verdictViaSchema>;

export const verdictSchema = z.object({
  id: z.string(),
  step: z.number().int(),
  person: personRefSchema,
  /** The name of the person whose place it takes. */
  actingFor: z.string().nullable(),
  verdict: verdictKindSchema,
  reason: z.string().nullable(),
  withPasskey: z.boolean(),
  via: verdictViaSchema.nullable(),
  at: timestampSchema,
});
export type Verdict = z.infer<typeof verdictSchema>;

export const stepSchema = z.object({
  chain: z.string(),
  groups: z.array(z.string()),
  people: z.array(z.string()),
  quorum: z.number().int().min(1),
  approvals: z.number().int(),
  state: z.enum(['waiting', 'current', 'approved', 'denied', 'void']),
});

export const mayDecideSchema = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    step: z.number().int(),
    /** The name of the person whose place the verdict would take; `null` for one's own. */
    actingFor: z.string().nullable(),
  }),
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
  rejudged: rejudgedSchema.nullable(),
  mayDecide: mayDecideSchema,
  inbox: approvalInboxSchema,
  /** Nobody once it is settled. */
  watch: approvalWatchSchema,
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
  /** Left out of the page because it is long; the session's replay has it. */
  tooLong: z.boolean(),
});
export type Spoken = z.infer<typeof spokenSchema>;

export const approvalDetailSchema = approvalSummarySchema.extend({
  sessionId: z.string(),
  callId: z.string(),
  /** The arguments that run on approval, exact JSON text: as the agent sent it, or as `edits` has it; `null` once retention removed it or where the reader may not open it. */
  argumentsText: z.string().nullable(),
  /** Params beside name and arguments, as JSON text: they run with the call. `null` as `argumentsText`, or where there are none. */
  otherParamsText: z.string().nullable(),
  /** What the SQL among the arguments does, as the policy's parser reads it; empty where they aren't shown. */
  sql: z.array(sqlArgumentSchema),
  /** Of the params that run on approval. */
  paramsDigest: z.string(),
  edits: approvalEditsSchema,
  grants: approvalGrantsSchema,
  toolDefinition: z.string().nullable(),
  policyVersion: z.number().int(),
  rules: z.array(ruleReasonSchema),
  /** Set where nobody accepted the definition of what is called; `item` where the catalogue has it. */
  quarantined: z.object({ reason: z.string(), item: itemQuerySchema.nullable() }).nullable(),
  masks: z.array(z.string()),
  observed: z.array(observedRuleSchema),
  steps: z.array(stepSchema),
  passkey: passkeyDemandSchema,
  chainTime: chainTimeSchema,
  verdicts: z.array(verdictSchema),
  /** The identical call that last ran, ended `unknown`, runs now or is approved and may run any moment. */
  lastSame: z
    .object({ at: timestampSchema, state: approvalStateSchema, approvalId: z.string() })
    .nullable(),
  /** The masked answer as the agent got it, once there is one. */
  answerText: z.string().nullable(),
  /** What the connection asked for while the call ran, and what it was told. Oldest first. */
  conversation: z.array(spokenSchema),
  /** Whether this person can say "I'm looking at this". */
  mayWatch: z.boolean(),
  /** What people said about it. */
  talk: approvalTalkSchema,
  claimedAt: timestampSchema.nullable(),
  answeredAt: timestampSchema.nullable(),
  deliveredAt: timestampSchema.nullable(),
  releaseExpiresAt: timestampSchema.nullable(),
  breakGlass: approvalBreakGlassSchema,
});
export type ApprovalDetail = z.infer<typeof approvalDetailSchema>;

/** `GET /api/approvals?state=pending|settled&cursor=&<filters>`; pending oldest first, settled newest first. */
export const approvalListQuerySchema = approvalFiltersSchema.extend({
  state: z.enum(['pending', 'settled']).default('pending'),
  cursor: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});
export type ApprovalListQuery = z.infer<typeof approvalListQuerySchema>;
export const approvalPageSchema = pageOf(approvalSummarySchema).extend({
  pendingCount: z.number().int(),
});
export type ApprovalPage = z.infer<typeof approvalPageSchema>;

/**
 * `POST /api/approvals/:id/verdict`; a denial needs a reason: the agent reads it. An approval says
 * what was shown; a denial needs not, since nothing runs by it.
 */
export const verdictInputSchema = z.discriminatedUnion('verdict', [
  z.object({
    verdict: z.literal('approve'),
    step: z.number().int().min(0),
    shown: shownSchema,
    grant: grantVerdictSchema.optional(),
    reason: z.string().trim().max(2000).optional(),
    /** Where a rule demands it. */
    passkey: passkeyAnswerSchema.optional(),
  }),
  z.object({
    verdict: z.literal('deny'),
    step: z.number().int().min(0),
    reason: z.string().trim().min(1, 'Say why: the agent reads it.').max(2000),
  }),
]);
export type VerdictInput = z.infer<typeof verdictInputSchema>;
