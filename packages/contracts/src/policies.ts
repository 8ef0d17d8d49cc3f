import { z } from 'zod';
import { timestampSchema } from './common.ts';

/** A fault, or a probable one, with its place: in the text, and as the path of the document's keys. */
export const policyIssueSchema = z.object({
  message: z.string(),
  path: z.array(z.union([z.string(), z.number()])),
  line: z.number().int(),
  column: z.number().int(),
  endLine: z.number().int(),
  endColumn: z.number().int(),
});
export type PolicyIssue = z.infer<typeof policyIssueSchema>;

/** What a database column for it holds. */
const MAX_INT = 2_147_483_647;
export const versionNumberSchema = z.number().int().min(1).max(MAX_INT);
export const policySourceSchema = z.string().max(1_048_576);
/** Test cases in the format of `holdpoint policy test`; empty where there are none. */
export const policyCasesSchema = z.string().max(262_144);
export const policyNoteSchema = z.string().trim().max(500);

export const policyVersionSummarySchema = z.object({
  number: z.number().int(),
  note: z.string().nullable(),
  publishedBy: z.string(),
  publishedAt: timestampSchema,
  inForce: z.boolean(),
  /** Who proposed it, where somebody else published it. */
  proposedBy: z.string().nullable(),
  /** The version that it is the same as. */
  rolledBackTo: z.number().int().nullable(),
  origin: z.enum(['console', 'pipeline', 'installation']),
});
export type PolicyVersionSummary = z.infer<typeof policyVersionSummarySchema>;

/** `GET /api/policy/versions/:number` */
export const policyVersionSchema = policyVersionSummarySchema.extend({
  source: z.string(),
  cases: z.string(),
});
export type PolicyVersion = z.infer<typeof policyVersionSchema>;

/** A rule in the words of its author. */
export const policyRuleViewSchema = z.object({
  id: z.string(),
  description: z.string().nullable(),
  effect: z.string().nullable(),
  when: z.string().nullable(),
  unless: z.string().nullable(),
  masks: z.array(z.string()),
  match: z.string(),
  approval: z.string().nullable(),
  stepUp: z.string().nullable(),
  message: z.string().nullable(),
  observed: z.boolean(),
});
export type PolicyRuleView = z.infer<typeof policyRuleViewSchema>;

/** `GET /api/policy` */
export const policyInForceSchema = z.object({
  version: policyVersionSchema,
  rules: z.array(policyRuleViewSchema),
  /** Publishing needs another admin. */
  secondAdmin: z.boolean(),
});
export type PolicyInForce = z.infer<typeof policyInForceSchema>;

/** `GET /api/policy/versions` (newest first, without sources) */
export const policyVersionListSchema = z.object({ items: z.array(policyVersionSummarySchema) });
export type PolicyVersionList = z.infer<typeof policyVersionListSchema>;

/** What one text does otherwise than another: rules by their ids, chains by their names. */
export const policyChangesSchema = z.object({
  rules: z.array(
    z.object({
      id: z.string(),
      before: policyRuleViewSchema.nullable(),
      after: policyRuleViewSchema.nullable(),
    }),
  ),
  chains: z.array(z.object({ name: z.string(), kind: z.enum(['added', 'removed', 'changed']) })),
  /** The file's own default, where it changed; `null` where a side has none. */
  default: z.object({ before: z.string().nullable(), after: z.string().nullable() }).nullable(),
});
export type PolicyChanges = z.infer<typeof policyChangesSchema>;

/** `GET /api/policy/changes?from=1&to=2`; `changes` is `null` where one of them can't be read. */
export const policyComparisonSchema = z.object({ changes: policyChangesSchema.nullable() });
export type PolicyComparison = z.infer<typeof policyComparisonSchema>;

export const policyCaseResultSchema = z.object({
  description: z.string(),
  /** Where the case stands in the text of the cases. */
  line: z.number().int(),
  /** One sentence a difference; none where it passed. */
  differences: z.array(z.string()),
});
export type PolicyCaseResult = z.infer<typeof policyCaseResultSchema>;

/** `POST /api/policy/validate` */
export const policyValidateInputSchema = z.object({
  source: policySourceSchema,
  cases: policyCasesSchema.default(''),
  /** A version to tell the changes from. */
  against: versionNumberSchema.optional(),
});
export type PolicyValidateInput = z.infer<typeof policyValidateInputSchema>;

export const policyValidationSchema = z.object({
  ok: z.boolean(),
  issues: z.array(policyIssueSchema),
  /** Probably mistakes; they keep nobody from publishing. */
  warnings: z.array(policyIssueSchema),
  ruleCount: z.number().int(),
  cases: z.object({
    /** Why the text of the cases can't be read. */
    issues: z.array(policyIssueSchema),
    /** Empty while the policy or the cases can't be read. */
    results: z.array(policyCaseResultSchema),
  }),
  /** `null` unless asked for, and while either text can't be read. */
  changes: policyChangesSchema.nullable(),
});
export type PolicyValidation = z.infer<typeof policyValidationSchema>;

/** The draft that a text is published from, as it was last seen: a newer save is a 409 `draft_conflict`. */
export const draftAtSchema = z.object({
  id: z.uuid(),
  revision: z.number().int().min(1).max(MAX_INT),
});
export type DraftAt = z.infer<typeof draftAtSchema>;

/**
 * `POST /api/policy/publish`, and `POST /api/policy/proposals` where that needs a second admin. `base`
 * is the version the edit began from; a newer one in force is a 409 `stale_version`.
 */
export const policyPublishInputSchema = z.object({
  source: policySourceSchema,
  /** Left out: as in the version it is based on. */
  cases: policyCasesSchema.optional(),
  base: versionNumberSchema,
  /** What changed, and why. Needed when the rules change. */
  note: policyNoteSchema.optional(),
  draft: draftAtSchema.optional(),
});
export type PolicyPublishInput = z.infer<typeof policyPublishInputSchema>;

/** `POST /api/policy/versions/:number/publish` and `…/propose`: that version again, as a new one. */
export const policyRollbackInputSchema = z.object({
  base: versionNumberSchema,
  note: policyNoteSchema.min(1, 'Say why.'),
});
export type PolicyRollbackInput = z.infer<typeof policyRollbackInputSchema>;
