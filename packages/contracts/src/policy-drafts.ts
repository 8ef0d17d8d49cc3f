import { z } from 'zod';
import { timestampSchema } from './common.ts';
import {
  draftAtSchema,
  policyCasesSchema,
  policyChangesSchema,
  policyNoteSchema,
  policySourceSchema,
  versionNumberSchema,
} from './policies.ts';

const draftTitleSchema = z
  .string()
  .trim()
  .min(1, 'Give it a name.')
  .max(120)
  .regex(/^\P{Cc}*$/u, 'Without control characters.');

export const policyDraftSummarySchema = z.object({
  id: z.string(),
  title: z.string(),
  /** The version that it was written from. */
  base: z.number().int(),
  revision: z.number().int(),
  createdBy: z.string(),
  createdAt: timestampSchema,
  savedBy: z.string(),
  savedByKey: z.string(),
  savedAt: timestampSchema,
  discarded: z.object({ by: z.string(), at: timestampSchema }).nullable(),
  /** The version that it became. */
  publishedAs: z.number().int().nullable(),
  /** The open proposal of it, if there is one. */
  proposalId: z.string().nullable(),
});
export type PolicyDraftSummary = z.infer<typeof policyDraftSummarySchema>;

export const policyDraftSchema = policyDraftSummarySchema.extend({
  source: z.string(),
  cases: z.string(),
});
export type PolicyDraft = z.infer<typeof policyDraftSchema>;

/** `GET /api/policy/drafts`: open ones, and for a while the discarded ones, last saved first */
export const policyDraftListSchema = z.object({ items: z.array(policyDraftSummarySchema) });
export type PolicyDraftList = z.infer<typeof policyDraftListSchema>;

/** `POST /api/policy/drafts`. Without `cases` those of the version that it is based on stay. */
export const policyDraftInputSchema = z.object({
  title: draftTitleSchema,
  source: policySourceSchema,
  cases: policyCasesSchema.optional(),
  base: versionNumberSchema,
});
export type PolicyDraftInput = z.infer<typeof policyDraftInputSchema>;

/**
 * `PUT /api/policy/drafts/:id`: what is left out stays. On another revision than the newest it is a
 * 409 `draft_conflict`, whose details hold the newest: `{draft}`.
 */
export const policyDraftSaveSchema = z.object({
  revision: z.number().int().min(1).max(2_147_483_647),
  title: draftTitleSchema.optional(),
  source: policySourceSchema.optional(),
  cases: policyCasesSchema.optional(),
  base: versionNumberSchema.optional(),
});
export type PolicyDraftSave = z.infer<typeof policyDraftSaveSchema>;

export const draftConflictDetailsSchema = z.object({ draft: policyDraftSchema });

/** `POST /api/policy/proposals` takes the same as publishing; the note is always needed. */
export const policyProposeInputSchema = z.object({
  source: policySourceSchema,
  cases: policyCasesSchema.optional(),
  base: versionNumberSchema,
  note: policyNoteSchema.min(1, 'Say what changed and why.'),
  draft: draftAtSchema.optional(),
});
export type PolicyProposeInput = z.infer<typeof policyProposeInputSchema>;

export const proposalStateSchema = z.enum(['open', 'published', 'declined', 'withdrawn', 'void']);

export const policyProposalSummarySchema = z.object({
  id: z.string(),
  draftId: z.string().nullable(),
  base: z.number().int(),
  note: z.string(),
  rolledBackTo: z.number().int().nullable(),
  origin: z.enum(['console', 'pipeline']),
  proposedBy: z.string(),
  proposedAt: timestampSchema,
  savedBy: z.string(),
  /** What a verdict names, so that it is about this very text. */
  digest: z.string(),
  state: proposalStateSchema,
  settledBy: z.string().nullable(),
  settledAt: timestampSchema.nullable(),
  /** Why it was declined, or has become void. */
  reason: z.string().nullable(),
  number: z.number().int().nullable(),
  /** Why the person who asks may not publish it; `null` where they may. */
  barred: z.string().nullable(),
  /** The person who asks proposed it, and may take it back. */
  mine: z.boolean(),
});
export type PolicyProposalSummary = z.infer<typeof policyProposalSummarySchema>;

/** `GET /api/policy/proposals/:id` */
export const policyProposalSchema = policyProposalSummarySchema.extend({
  source: z.string(),
  cases: z.string(),
  /** What it changes against the version it is based on; `null` where that can't be read. */
  changes: policyChangesSchema.nullable(),
});
export type PolicyProposal = z.infer<typeof policyProposalSchema>;

/** `GET /api/policy/proposals`: open ones first, then the last that were settled */
export const policyProposalListSchema = z.object({ items: z.array(policyProposalSummarySchema) });
export type PolicyProposalList = z.infer<typeof policyProposalListSchema>;

/** `POST /api/policy/proposals/:id/publish` and `…/withdraw` */
export const proposalVerdictSchema = z.object({ digest: z.string().length(64) });

/** `POST /api/policy/proposals/:id/decline` */
export const proposalDeclineSchema = proposalVerdictSchema.extend({
  reason: z.string().trim().min(1, 'Say why, so that it can be put right.').max(500),
});
