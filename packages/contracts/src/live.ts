import { z } from 'zod';

/**
 * Socket.IO, path `/live`, namespace `/`. A push is only a hint that something changed: the console
 * refetches, on every reconnect and every 30 s too, so a lost push costs time and nothing else.
 */
export const hintSchema = z.object({
  topic: z.enum([
    'approvals',
    'sessions',
    'connections',
    'policies',
    'audit',
    'freezes',
    'grants',
    /** Groups that were learned, and chains that can or can't be satisfied by that. */
    'people',
    /** Connectors came, went or said something: their state, and their log. */
    'connectors',
  ]),
  id: z.string().nullable(),
});
export type Hint = z.infer<typeof hintSchema>;
export const HINT_EVENT = 'hint';
