import { z } from 'zod';
import { timestampSchema } from './common.ts';

export const policyIssueSchema = z.object({
  message: z.string(),
  line: z.number().int(),
  column: z.number().int(),
  endLine: z.number().int(),
  endColumn: z.number().int(),
});
export type PolicyIssue = z.infer<typeof policyIssueSchema>;

export const policyVersionSchema = z.object({
  number: z.number().int(),
  source: z.string(),
  note: z.string().nullable(),
  publishedBy: z.string(),
  publishedAt: timestampSchema,
  inForce: z.boolean(),
});
export type PolicyVersion = z.infer<typeof policyVersionSchema>;

/** `GET /api/policy` */
export const policyInForceSchema = z.object({
  version: policyVersionSchema,
  rules: z.array(
    z.object({
      id: z.string(),
      description: z.string().nullable(),
      effect: z.string().nullable(),
      when: z.string().nullable(),
      unless: z.string().nullable(),
      masks: z.array(z.string()),
      match: z.string(),
    }),
  ),
});
export type PolicyInForce = z.infer<typeof policyInForceSchema>;

/** `GET /api/policy/versions` (newest first, without sources larger than the list needs) */
export const policyVersionListSchema = z.object({
  items: z.array(policyVersionSchema.omit({ source: true })),
});

/** `POST /api/policy/validate` */
export const policyValidateInputSchema = z.object({ source: z.string().max(1_048_576) });
export const policyValidationSchema = z.object({
  ok: z.boolean(),
  issues: z.array(policyIssueSchema),
  ruleCount: z.number().int(),
});
export type PolicyValidation = z.infer<typeof policyValidationSchema>;

/** `POST /api/policy/publish`: `base` is the version the edit began from; a newer one in force is a 409 `stale_version`. */
export const policyPublishInputSchema = z.object({
  source: z.string().max(1_048_576),
  base: z.number().int(),
  note: z.string().trim().max(500).optional(),
});
export type PolicyPublishInput = z.infer<typeof policyPublishInputSchema>;
