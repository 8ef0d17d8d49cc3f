import { z } from 'zod';
import { observedRuleSchema, ruleReasonSchema } from './approvals.ts';
import { onDeadlineSchema } from './chains.ts';
import { effectSchema } from './common.ts';

/** `approval.steps`: what must be satisfied, in order; several holds' chains are concatenated. */
export const storedStepSchema = z.object({
  chain: z.string(),
  reviewers: z.object({
    groups: z.array(z.string()),
    people: z.array(z.string()),
    /** Name of a rota. */
    onCall: z.string().optional(),
  }),
  quorum: z.number().int().min(1),
  deadlineMs: z.number().int(),
  onDeadline: onDeadlineSchema,
  /** What it asked about is not what would run any more. */
  isVoid: z.boolean().optional(),
  /** Ids of the rules that demand a passkey of whoever approves. Left out: nobody does. */
  passkeyRules: z.array(z.string()).optional(),
});
export const storedStepsSchema = z.array(storedStepSchema);
export type StoredStep = z.infer<typeof storedStepSchema>;

/** `approval.decision`: the decision that held the call, as it was explained. */
export const storedDecisionSchema = z.object({
  effect: effectSchema,
  source: z.enum(['rule', 'default', 'read-only-mark', 'error', 'frozen', 'catalogue']),
  explanation: z.string(),
  rules: z.array(ruleReasonSchema),
  chains: z.array(z.string().nullable()),
  masks: z.array(z.string()),
  /** What rules in observe mode would have done. */
  observed: z.array(observedRuleSchema).default([]),
  /** Earlier calls by window, where a rule counts them: what `count("10m")` was. */
  counts: z.record(z.string(), z.number().int()).default({}),
});
export type StoredDecision = z.infer<typeof storedDecisionSchema>;

export const storedClientSchema = z.object({
  name: z.string().nullable(),
  version: z.string().nullable(),
});
