import { z } from 'zod';
import { timestampSchema } from './common.ts';

/** What the inbox of one person makes of an approval. */
export const approvalInboxSchema = z.object({
  /** Equal for alike calls: same connection, method, target, caller and rules. */
  group: z.string(),
  /** Until when the asking person put it off; `null` where they didn't, or where it is back. */
  snoozedUntil: timestampSchema.nullable(),
});
export type ApprovalInbox = z.infer<typeof approvalInboxSchema>;
