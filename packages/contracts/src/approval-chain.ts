import { z } from 'zod';
import { reviewersSchema } from './chains.ts';
import { personRefSchema, timestampSchema } from './common.ts';

/** What happened to a step while nobody decided: `approval.timer_log`. */
export const timerEventSchema = z.object({
  kind: z.enum(['reminded', 'escalated']),
  step: z.number().int(),
  at: timestampSchema,
  /** Who is asked from then on, or was reminded. */
  to: reviewersSchema,
});
export const timerEventsSchema = z.array(timerEventSchema);
export type TimerEvent = z.infer<typeof timerEventSchema>;

/** Who is on call by a rota at some moment; `null` where nobody is. */
export const onCallSchema = z.object({ rota: z.string(), person: personRefSchema.nullable() });

/** The time of an approval's chain. */
export const chainTimeSchema = z.object({
  /** Of the step that is asked now; `null` once nothing is asked any more. */
  current: z
    .object({
      step: z.number().int(),
      openedAt: timestampSchema,
      /** When it is denied if nobody decides. */
      endsAt: timestampSchema,
      next: z.object({
        kind: z.enum(['remind', 'escalate', 'deny']),
        at: timestampSchema,
        /** Whom an escalation asks, too. */
        to: reviewersSchema.nullable(),
      }),
      groups: z.array(z.string()),
      people: z.array(personRefSchema),
    })
    .nullable(),
  /** Who is on call now by each rota that its steps name. */
  onCall: z.array(onCallSchema),
  /** Rotas by step. */
  rotas: z.array(z.string().nullable()),
  happened: timerEventsSchema,
  /** What the people are called whom its steps and rounds name by their keys. */
  names: z.array(personRefSchema),
});
export type ChainTime = z.infer<typeof chainTimeSchema>;
