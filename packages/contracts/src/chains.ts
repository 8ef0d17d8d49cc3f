import { z } from 'zod';
import { slugSchema } from './common.ts';

const groups = z.array(z.string().trim().min(1).max(256)).max(50).default([]);
const people = z.array(z.string().trim().min(1).max(600)).max(50).default([]);
const durationMs = z
  .number({ error: 'Write a time such as 30 minutes, 2h or 1 day.' })
  .int()
  .min(1000, 'At least one second.')
  .max(366 * 86_400_000, 'At most 366 days.');

/** Who may decide; `onCall` is the name of a rota. */
export const reviewersSchema = z.object({ groups, people, onCall: slugSchema.optional() });
export type Reviewers = z.infer<typeof reviewersSchema>;

/** What happens at a step's deadline. Whatever it is, it ends in a denial. */
export const onDeadlineSchema = z.union([
  z.literal('deny'),
  z.object({
    kind: z.literal('remind'),
    everyMs: durationMs,
    atMost: z.number().int().min(1).max(20),
  }),
  z.object({
    kind: z.literal('escalate'),
    rounds: z
      .array(z.object({ to: reviewersSchema, forMs: durationMs }))
      .min(1, 'Name at least one round.')
      .max(5, 'At most 5 rounds.'),
  }),
]);
export type OnDeadline = z.infer<typeof onDeadlineSchema>;

/** One step of a connection's own chain. */
export const chainStepInputSchema = reviewersSchema.extend({
  quorum: z.number().int().min(1).max(20).default(1),
  /** Without it the connection's approval window. */
  deadlineMs: durationMs.optional(),
  /** Without it `deny`. */
  onDeadline: onDeadlineSchema.optional(),
});
export type ChainStepInput = z.infer<typeof chainStepInputSchema>;
