import { z } from 'zod';

/**
 * `GET /api/policy/vocabulary`: what a policy may speak about, for completion. Names of tools and
 * arguments are an upstream's words: show them safely. Bounded; what goes over is left out.
 */
export const policyVocabularySchema = z.object({
  connections: z.array(
    z.object({
      slug: z.string(),
      title: z.string(),
      tools: z.array(
        z.object({
          name: z.string(),
          /** Paths of names below `args`, such as `options.timeout`, and their JSON types. */
          arguments: z.array(z.object({ path: z.string(), type: z.string() })),
        }),
      ),
    }),
  ),
  /** Names of on-call rotas. */
  rotas: z.array(z.string()),
  /** Groups of callers that connections name, and those that callers came with lately. */
  groups: z.array(z.string()),
});
export type PolicyVocabularyView = z.infer<typeof policyVocabularySchema>;
