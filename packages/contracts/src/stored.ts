import { z } from 'zod';
import { ruleReasonSchema } from './approvals.ts';
import { effectSchema } from './common.ts';

/** `approval.steps`: what must be satisfied, in order; several holds' chains are concatenated. */
export const storedStepSchema = z.object({
  chain: z.string(),
  reviewers: z.object({ groups: z.array(z.string()), people: z.array(z.string()) }),
  quorum: z.number().int().min(1),
  deadlineMs: z.number().int(),
  onDeadline: z.literal('deny'),
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
});
export type StoredDecision = z.infer<typeof storedDecisionSchema>;

export const storedClientSchema = z.object({
  name: z.string().nullable(),
  version: z.string().nullable(),
});
