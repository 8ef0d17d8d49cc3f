import { z } from 'zod';
import { timestampSchema } from './common.ts';

/** What a pipeline may do with the policy: each scope includes the ones before it. */
export const policyTokenScopeSchema = z.enum(['read', 'propose', 'publish']);
export type PolicyTokenScope = z.infer<typeof policyTokenScopeSchema>;

/** `POST /api/policy-tokens` */
export const policyTokenInputSchema = z.object({
  title: z
    .string()
    .trim()
    .min(1, 'Say which pipeline it is for.')
    .max(120)
    .regex(/^\P{Cc}*$/u, 'Without control characters.'),
  scope: policyTokenScopeSchema,
  days: z.number().int().min(1).max(365).default(90),
});
export type PolicyTokenInput = z.infer<typeof policyTokenInputSchema>;

export const policyTokenSchema = z.object({
  id: z.string(),
  title: z.string(),
  scope: policyTokenScopeSchema,
  createdBy: z.string(),
  createdAt: timestampSchema,
  expiresAt: timestampSchema,
  lastUsedAt: timestampSchema.nullable(),
  revoked: z.object({ at: timestampSchema, by: z.string() }).nullable(),
});
export type PolicyToken = z.infer<typeof policyTokenSchema>;

/** `GET /api/policy-tokens`, newest first; `DELETE /api/policy-tokens/:id` answers with it too. */
export const policyTokenListSchema = z.object({ items: z.array(policyTokenSchema) });
export type PolicyTokenList = z.infer<typeof policyTokenListSchema>;

/** The token itself is shown this once. */
export const policyTokenCreatedSchema = policyTokenListSchema.extend({ token: z.string() });
export type PolicyTokenCreated = z.infer<typeof policyTokenCreatedSchema>;
