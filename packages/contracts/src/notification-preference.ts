import { z } from 'zod';
import { severitySchema, timeOfDaySchema, weekdaySchema } from './notifications.ts';

/** How often a digest comes; `minutes` by the clock, from midnight on. */
const digestSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({
    kind: z.literal('every'),
    minutes: z.union([z.literal(15), z.literal(60), z.literal(240)]),
  }),
  z.object({ kind: z.literal('daily'), at: timeOfDaySchema }),
]);

/** `PUT /api/notification-preference`: how one person is told, by mail and in browsers. */
export const notificationPreferenceSchema = z.object({
  timeZone: z.string().trim().min(1, 'Such as Europe/Berlin.').max(64),
  /** Nothing is told within them; `from` after `to` runs over midnight. */
  quiet: z
    .object({
      days: z.array(weekdaySchema).min(1, 'Choose a day.').max(7),
      from: timeOfDaySchema,
      to: timeOfDaySchema,
    })
    .nullable()
    .default(null),
  digest: digestSchema.default({ kind: 'none' }),
  /** What is at least as severe is told at once. */
  least: severitySchema.default('critical'),
  /** That others didn't decide in time, so that this person is asked, is told at once. */
  escalations: z.boolean().default(true),
  /** What nobody could decide any more by the time it would be told is told at once. */
  deadlines: z.boolean().default(true),
});
export type NotificationPreference = z.infer<typeof notificationPreferenceSchema>;

/** `GET /api/notification-preference`: the person's own; `null` where everything is told at once. */
export const notificationPreferenceStateSchema = z.object({
  preference: notificationPreferenceSchema.nullable(),
  /** Messages that wait for their time. */
  heldBack: z.number().int(),
});
export type NotificationPreferenceState = z.infer<typeof notificationPreferenceStateSchema>;
