import { z } from 'zod';
import { pageOf, timestampSchema } from './common.ts';

export const entrySchema = z.object({
  id: z.string(),
  at: timestampSchema,
  kind: z.string(),
  position: z.number().int().nullable(),
  title: z.string(),
  connection: z.string().nullable(),
  sessionId: z.string().nullable(),
  callId: z.string().nullable(),
  approvalId: z.string().nullable(),
  who: z.string().nullable(),
  method: z.string().nullable(),
  target: z.string().nullable(),
  content: z.record(z.string(), z.unknown()),
});
export type Entry = z.infer<typeof entrySchema>;
export const entryPageSchema = pageOf(entrySchema);

/** `GET /api/audit/entries`; newest first. */
export const entryQuerySchema = z.object({
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(100),
  kind: z.string().max(64).optional(),
  connection: z.string().max(63).optional(),
  who: z.string().max(200).optional(),
  from: timestampSchema.optional(),
  to: timestampSchema.optional(),
  q: z.string().max(200).optional(),
});
export type EntryQuery = z.infer<typeof entryQuerySchema>;

/** `GET /api/audit/checkpoint`: the newest signed tree head, and the key to check it with. */
export const checkpointSchema = z.object({
  size: z.number().int(),
  root: z.string(),
  note: z.string(),
  vkey: z.string(),
  at: timestampSchema,
  keptIn: z.string().nullable(),
});
export type Checkpoint = z.infer<typeof checkpointSchema>;

/** `GET /api/audit/export?from&to` (NDJSON bundle) and `GET /api/audit/approvals.csv?from&to` */
export const exportQuerySchema = z.object({ from: timestampSchema, to: timestampSchema });
