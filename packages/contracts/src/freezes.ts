import { z } from 'zod';
import { timestampSchema } from './common.ts';

/** What one switch stops: a connection, all calls of one caller, or everything here. */
export const freezeScopeSchema = z.enum(['connection', 'caller', 'installation']);
export type FreezeScope = z.infer<typeof freezeScopeSchema>;

const reasonSchema = z.string().trim().min(1, 'Say why: agents and reviewers read it.').max(500);

/** What is frozen: the connection's id, the caller's key, nothing for the installation. */
const frozenThing = {
  scope: freezeScopeSchema,
  key: z.string().max(1000).default(''),
};

export const freezeSchema = z.object({
  scope: freezeScopeSchema,
  key: z.string(),
  /** The connection's title, or the caller's name; empty for the installation. */
  title: z.string(),
  reason: z.string(),
  by: z.string(),
  at: timestampSchema,
});
export type Freeze = z.infer<typeof freezeSchema>;

export const liftedFreezeSchema = freezeSchema.extend({
  liftedBy: z.string(),
  liftedAt: timestampSchema,
  liftedReason: z.string().nullable(),
});
export type LiftedFreeze = z.infer<typeof liftedFreezeSchema>;

/** `GET /api/freezes`: the widest first; of what was lifted, the latest of callers and of everything. */
export const freezeListSchema = z.object({
  items: z.array(freezeSchema),
  lifted: z.array(liftedFreezeSchema),
});
export type FreezeList = z.infer<typeof freezeListSchema>;

/** `POST /api/freezes` */
export const newFreezeSchema = z.object({ ...frozenThing, reason: reasonSchema });
export type NewFreeze = z.infer<typeof newFreezeSchema>;

/** `POST /api/freezes/lift` */
export const liftFreezeSchema = z.object({ ...frozenThing, reason: reasonSchema.optional() });
export type LiftFreeze = z.infer<typeof liftFreezeSchema>;

/** `GET /api/freezes/callers`: who called lately, to choose whom to freeze. */
export const recentCallersSchema = z.object({
  items: z.array(
    z.object({
      key: z.string(),
      name: z.string(),
      kind: z.enum(['person', 'service']),
      lastSeenAt: timestampSchema,
    }),
  ),
});
export type RecentCallers = z.infer<typeof recentCallersSchema>;
