import { z } from 'zod';
import { itemQuerySchema } from './catalogue.ts';
import { approvalStateSchema } from './approvals.ts';
import { effectSchema, timestampSchema } from './common.ts';

/** A call of the same session, before the held one. Its payload is in the session's replay. */
export const earlierCallSchema = z.object({
  callId: z.string(),
  at: timestampSchema,
  method: z.string(),
  /** Agent-controlled text. */
  target: z.string().nullable(),
  effect: effectSchema.nullable(),
  /** How far it got: an approval's state where it was held. */
  outcome: z.union([approvalStateSchema, z.enum(['refused', 'cancelled', 'running'])]),
  approvalId: z.string().nullable(),
});
export type EarlierCall = z.infer<typeof earlierCallSchema>;

/** The newest call of the same tool on the same connection that was approved. */
export const lastApprovedSchema = z.object({
  approvalId: z.string(),
  at: timestampSchema,
  state: approvalStateSchema,
  /** Of the same caller where there is one; otherwise of another. */
  sameCaller: z.boolean(),
  callerName: z.string(),
  /** Who approved it, by name. */
  by: z.array(z.string()),
  /** The very same parameters. */
  identical: z.boolean(),
  /** Exact JSON text; `null` where it was deleted or this reader may not open it. */
  argumentsText: z.string().nullable(),
  withheld: z.enum(['role', 'retention']).nullable(),
});
export type LastApproved = z.infer<typeof lastApprovedSchema>;

/** What is called, as the connection defines it now. */
export const heldDefinitionSchema = z.object({
  item: itemQuerySchema,
  firstSeenAt: timestampSchema,
  /** Since when it is defined like this. */
  changedAt: timestampSchema,
  missingSince: timestampSchema.nullable(),
  /** Against what the held call was bound to: then it can't run any more. */
  changedSinceHeld: z.boolean(),
  /** Against the newest approved call of it; `null` where there is none. */
  changedSinceApproved: z.boolean().nullable(),
  /** What was said of this definition; `null` where nobody said anything. */
  word: z
    .object({
      state: z.enum(['accepted', 'blocked']),
      /** `null` where no person said it. */
      by: z.string().nullable(),
      at: timestampSchema,
    })
    .nullable(),
});
export type HeldDefinition = z.infer<typeof heldDefinitionSchema>;

/** What the caller did lately, on every connection. */
export const callerRecordSchema = z.object({
  days: z.number().int(),
  firstSeenAt: timestampSchema.nullable(),
  sessions: z.number().int(),
  calls: z.number().int(),
  held: z.number().int(),
  approved: z.number().int(),
  denied: z.number().int(),
  /** Held calls of which nobody knows whether they ran. */
  unknown: z.number().int(),
  /** There was more than is counted for a page: each number is a least one. */
  atLeast: z.boolean(),
});
export type CallerRecord = z.infer<typeof callerRecordSchema>;

/** `GET /api/approvals/:id/context`: what stands around a held call. */
export const approvalContextSchema = z.object({
  earlier: z.array(earlierCallSchema),
  /** There were more than are shown. */
  earlierMore: z.boolean(),
  lastApproved: lastApprovedSchema.nullable(),
  /** `null` where a method has no definition, or none is known. */
  definition: heldDefinitionSchema.nullable(),
  caller: callerRecordSchema,
});
export type ApprovalContext = z.infer<typeof approvalContextSchema>;
