import { z } from 'zod';
import { shownSchema } from './approval-shown.ts';
import { personKeySchema, timestampSchema } from './common.ts';
import { passkeyAnswerSchema } from './passkeys.ts';

/** What has to be typed, so that no slip breaks the glass. */
export const BREAK_GLASS_WORDS = 'break glass';

/** `POST /api/approvals/:id/break-glass`: approves past the chain. Everyone concerned reads the reason. */
export const breakGlassInputSchema = z.object({
  reason: z.string().trim().min(10, 'Say in a sentence why this can’t wait.').max(2000),
  confirm: z.literal(BREAK_GLASS_WORDS, `Type “${BREAK_GLASS_WORDS}”.`),
  shown: shownSchema,
  /** Where a rule demands it. */
  passkey: passkeyAnswerSchema.optional(),
});
export type BreakGlassInput = z.infer<typeof breakGlassInputSchema>;

const whoSchema = z.object({ key: personKeySchema, name: z.string() });

/** One approval past its chain. */
export const breakGlassUseSchema = z.object({
  id: z.uuid(),
  approvalId: z.uuid(),
  person: whoSchema,
  reason: z.string(),
  at: timestampSchema,
  /** By whom the alarm was taken note of; never the person themselves. */
  acknowledged: z.object({ by: whoSchema, at: timestampSchema }).nullable(),
});
export type BreakGlassUse = z.infer<typeof breakGlassUseSchema>;

/** `GET /api/break-glass`: those that nobody has acknowledged, newest first. */
export const breakGlassListSchema = z.object({
  items: z.array(
    breakGlassUseSchema.extend({
      connection: z.string(),
      method: z.string(),
      /** Agent-controlled text. */
      target: z.string().nullable(),
    }),
  ),
});
export type BreakGlassList = z.infer<typeof breakGlassListSchema>;

/** What an approval's page says of break-glass. */
export const approvalBreakGlassSchema = z.object({
  used: breakGlassUseSchema.nullable(),
  /** Whether the reader may use it now; `null` for whoever has not the role. */
  may: z
    .discriminatedUnion('ok', [
      z.object({ ok: z.literal(true) }),
      z.object({ ok: z.literal(false), code: z.string(), message: z.string() }),
    ])
    .nullable(),
});
