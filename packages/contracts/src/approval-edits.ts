import { z } from 'zod';
import { personRefSchema, timestampSchema } from './common.ts';

export const editStateSchema = z.enum(['proposed', 'in-force', 'withdrawn', 'superseded']);

/** Other arguments for a held call, as a reviewer proposed them. */
export const approvalEditSchema = z.object({
  id: z.string(),
  /** Counts the proposals of one approval, from 1. */
  number: z.number().int().min(1),
  editor: personRefSchema,
  at: timestampSchema,
  /** Why, for the other reviewers and the agent. */
  note: z.string().nullable(),
  state: editStateSchema,
  /** Exact JSON text; `null` where the reader may not open it. */
  argumentsText: z.string().nullable(),
});
export type ApprovalEdit = z.infer<typeof approvalEditSchema>;

/** The changed arguments of an approval: what would run, and what was asked. */
export const approvalEditsSchema = z.object({
  /** The proposal that would run, or that ran; `null` where what was asked does. */
  current: approvalEditSchema.nullable(),
  /** Where there is a current one: the arguments as the agent wrote them, and their digest. */
  askedArgumentsText: z.string().nullable(),
  askedDigest: z.string(),
  /** Taken back, or replaced by another one. Oldest first. */
  earlier: z.array(approvalEditSchema),
  /** Whether this reader may propose other arguments now. */
  mayPropose: z.discriminatedUnion('ok', [
    z.object({ ok: z.literal(true), step: z.number().int() }),
    z.object({ ok: z.literal(false), message: z.string() }),
  ]),
  mayWithdraw: z.boolean(),
});
export type ApprovalEdits = z.infer<typeof approvalEditsSchema>;

const ARGUMENTS_MAX = 1_000_000;

/** `POST /api/approvals/:id/edits` */
export const editInputSchema = z.object({
  /** The step that its editor saw as the current one. */
  step: z.number().int().min(0),
  argumentsText: z.string().min(2).max(ARGUMENTS_MAX),
  note: z.string().trim().max(2000).optional(),
});
export type EditInput = z.infer<typeof editInputSchema>;

/** `POST /api/approvals/:id/edits/withdraw` */
export const editWithdrawSchema = z.object({ number: z.number().int().min(1) });
export type EditWithdraw = z.infer<typeof editWithdrawSchema>;
