import { z } from 'zod';
import { timestampSchema } from './common.ts';

const MAX_TEXT = 1_048_576;

/** `GET /api/policy-sync`, with a policy token that may read: what is in force, to compare with. */
export const policySyncStateSchema = z.object({
  number: z.number().int(),
  source: z.string(),
  /** Test cases kept beside it; empty where there are none. */
  cases: z.string(),
  publishedBy: z.string(),
  publishedAt: timestampSchema,
  /** Published by a pipeline, so that the repository has it. */
  byPipeline: z.boolean(),
});
export type PolicySyncState = z.infer<typeof policySyncStateSchema>;

/**
 * `POST /api/policy-sync`, with a token that may propose, or publish. `base` is the version that was
 * compared; a newer one in force is a 409 `stale_version`.
 */
export const policySyncInputSchema = z.object({
  source: z.string().max(MAX_TEXT),
  cases: z.string().max(MAX_TEXT).default(''),
  base: z.number().int().min(0).max(2_147_483_647),
  note: z.string().trim().min(1, 'Say what changed and why.').max(500),
  /** To leave the publication to an admin, although the token may publish. */
  propose: z.boolean().default(false),
});
export type PolicySyncInput = z.infer<typeof policySyncInputSchema>;

export const policySyncResultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('published'), number: z.number().int() }),
  /** Where an admin looks at it. */
  z.object({ kind: z.literal('proposed'), url: z.string() }),
]);
export type PolicySyncResult = z.infer<typeof policySyncResultSchema>;
