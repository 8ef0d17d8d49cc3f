import { z } from 'zod';
import { callerSchema, eraSchema, pageOf, timestampSchema } from './common.ts';

export const sessionSummarySchema = z.object({
  id: z.string(),
  connection: z.object({ id: z.string(), slug: z.string(), title: z.string() }),
  caller: callerSchema,
  client: z.object({ name: z.string().nullable(), version: z.string().nullable() }),
  era: eraSchema,
  protocolVersion: z.string().nullable(),
  startedAt: timestampSchema,
  lastSeenAt: timestampSchema,
  endedAt: timestampSchema.nullable(),
  counts: z.object({
    calls: z.number().int(),
    held: z.number().int(),
    denied: z.number().int(),
    masked: z.number().int(),
  }),
});
export type SessionSummary = z.infer<typeof sessionSummarySchema>;
export const sessionPageSchema = pageOf(sessionSummarySchema);
/** `GET /api/sessions?cursor=&connection=&q=` */
export const sessionListQuerySchema = z.object({
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  connection: z.string().max(63).optional(),
  q: z.string().max(200).optional(),
});

/** The four edges a frame can cross. */
export const edgeSchema = z.enum([
  'agent-to-gateway',
  'gateway-to-upstream',
  'upstream-to-gateway',
  'gateway-to-agent',
]);

/** One thing that happened in a session, from stored rows alone. */
export const replayItemSchema = z.object({
  id: z.string(),
  at: timestampSchema,
  /** Entry kind, e.g. `call.received`, `approval.held`, `verdict.given`, `answer.masked`. */
  kind: z.string(),
  callId: z.string().nullable(),
  approvalId: z.string().nullable(),
  /** A short sentence made from names an admin set and escaped method and tool names. */
  title: z.string(),
  /** The entry's own content, pretty enough for a JSON view. */
  entry: z.record(z.string(), z.unknown()),
  /** Position in the audit log, `null` until sequenced (within a second). */
  position: z.number().int().nullable(),
  frames: z.array(
    z.object({
      id: z.string(),
      edge: edgeSchema,
      /** Exact JSON text; `null` when deleted by retention or when the reader may not open it. */
      text: z.string().nullable(),
      withheld: z.enum(['retention', 'role']).nullable(),
      bytes: z.number().int(),
      digest: z.string(),
    }),
  ),
});
export type ReplayItem = z.infer<typeof replayItemSchema>;
/** `GET /api/sessions/:id?after=` */
export const sessionReplaySchema = z.object({
  session: sessionSummarySchema,
  items: z.array(replayItemSchema),
  next: z.string().nullable(),
});
export type SessionReplay = z.infer<typeof sessionReplaySchema>;
