import { z } from 'zod';

/**
 * Socket.IO, path `/live`, namespace `/`. A push is only a hint that something changed: the console
 * refetches, on every reconnect and every 30 s too, so a lost push costs time and nothing else.
 */
export const hintSchema = z.object({
  topic: z.enum(['approvals', 'sessions', 'connections', 'policies', 'audit']),
  id: z.string().nullable(),
});
export type Hint = z.infer<typeof hintSchema>;
export const HINT_EVENT = 'hint';
