import { z } from 'zod';
import { personKeySchema, personRefSchema, timestampSchema } from './common.ts';

/** How often an open page says that it is still open: six times within its lease. */
export const WATCH_EVERY_MS = 15_000;

const watcherSchema = z.object({
  person: personRefSchema.omit({ email: true }),
  since: timestampSchema,
  isYou: z.boolean(),
});
export type Watcher = z.infer<typeof watcherSchema>;

/** Who has a held approval before them. It keeps nobody from deciding. */
export const approvalWatchSchema = z.object({
  /** Who said "I'm looking at this". */
  claim: watcherSchema
    .extend({
      /** Who had said so before, and was relieved. */
      takenFrom: z.object({ name: z.string(), isYou: z.boolean() }).nullable(),
    })
    .nullable(),
  /** Who else has its page open, the longest first. */
  open: z.array(watcherSchema),
});
export type ApprovalWatch = z.infer<typeof approvalWatchSchema>;

/** `POST /api/approvals/:id/watch`: its page is open; answers an `approvalWatchSchema`. */
export const watchInputSchema = z.object({
  /** `true`: "I'm looking at this"; `false`: no longer; left out: as it was. */
  claim: z.boolean().optional(),
  /** Whose claim to take over, as the page showed it: anybody else's stays. */
  takeFrom: personKeySchema.optional(),
});
export type WatchInput = z.infer<typeof watchInputSchema>;
