import { z } from 'zod';
import { personRefSchema, timestampSchema } from './common.ts';

/** Whatever is asked for, no grant is for more, or for longer. */
export const GRANT_MAX_USES = 100;
export const GRANT_MAX_MINUTES = 480;

const wordSchema = z.string().max(64);

/** What an argument of a grant may be, beside exactly what it was. */
export const freedomSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('boolean') }),
  z.object({
    kind: z.literal('number'),
    min: z.number().min(-1e15).max(1e15),
    max: z.number().min(-1e15).max(1e15),
    whole: z.boolean(),
  }),
  z.object({ kind: z.literal('one-of'), values: z.array(wordSchema).min(1).max(100) }),
  z.object({ kind: z.literal('word'), prefix: wordSchema }),
]);

export const grantShapeSchema = z.object({
  fixed: z.record(z.string(), z.string()),
  free: z.record(z.string(), freedomSchema),
});

/** With an approving verdict: a grant that is proposed, or agreed to. */
export const grantVerdictSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('propose'),
    free: z.record(z.string(), freedomSchema),
    uses: z.number().int().min(1).max(GRANT_MAX_USES),
    minutes: z.number().int().min(1).max(GRANT_MAX_MINUTES),
  }),
  z.object({ kind: z.literal('agree'), grantId: z.uuid() }),
]);
export type GrantVerdict = z.infer<typeof grantVerdictSchema>;

/** What a grant is for. Names and values are the agent's: shown as its text, never as the gateway's. */
export const grantTermsSchema = z.object({
  /** Arguments as they were, `null` where the reader may not open them. */
  fixed: z.array(z.object({ name: z.string(), text: z.string() })).nullable(),
  /** In words, one by one. */
  free: z.array(z.string()).nullable(),
  uses: z.number().int(),
  minutes: z.number().int(),
});
export type GrantTerms = z.infer<typeof grantTermsSchema>;

/** Of one approval: what may be granted with it, and what is proposed. */
export const approvalGrantsSchema = z.object({
  /** What could be left free of each argument; empty where this reader may not propose a grant. */
  arguments: z.array(
    z.object({
      name: z.string(),
      text: z.string(),
      freedom: z.enum(['boolean', 'number', 'one-of', 'word']).nullable(),
      whole: z.boolean(),
      choices: z.array(z.string()),
    }),
  ),
  mayPropose: z.boolean(),
  /** Waits for the rest of the chain's consent, or is in force, or was ended. */
  grant: z
    .object({
      id: z.string(),
      state: z.enum(['proposed', 'in-force', 'not-given', 'revoked', 'lapsed']),
      by: z.string(),
      terms: grantTermsSchema,
    })
    .nullable(),
});
export type ApprovalGrants = z.infer<typeof approvalGrantsSchema>;

export const grantSchema = z.object({
  id: z.string(),
  state: z.enum(['in-force', 'used-up', 'expired', 'revoked', 'lapsed']),
  approvalId: z.string(),
  connection: z.object({ id: z.string(), title: z.string() }),
  caller: z.object({ key: z.string(), name: z.string() }),
  target: z.string(),
  terms: grantTermsSchema,
  usesLeft: z.number().int(),
  givenBy: z.array(personRefSchema),
  givenAt: timestampSchema,
  expiresAt: timestampSchema,
  endedAt: timestampSchema.nullable(),
  endedBy: z.string().nullable(),
  endReason: z.string().nullable(),
  uses: z.array(
    z.object({
      callId: z.string(),
      sessionId: z.string(),
      /** Its entry in the audit log, where a replay can be opened. */
      entryId: z.string().nullable(),
      at: timestampSchema,
    }),
  ),
  mayRevoke: z.boolean(),
});
export type Grant = z.infer<typeof grantSchema>;

/** `GET /api/grants`: those in force, then the latest that ended. */
export const grantListSchema = z.object({ items: z.array(grantSchema) });
export type GrantList = z.infer<typeof grantListSchema>;

/** `POST /api/grants/:id/revoke` */
export const grantRevokeSchema = z.object({
  reason: z.string().trim().min(1, 'Say why.').max(2000),
});
export type GrantRevoke = z.infer<typeof grantRevokeSchema>;
