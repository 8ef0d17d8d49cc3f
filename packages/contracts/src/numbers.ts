import { z } from 'zod';
import { personRefSchema, timestampSchema } from './common.ts';

/** `GET /api/numbers?days=` and `GET /api/numbers.csv?days=` */
export const NUMBERS_DAYS = [7, 30, 90] as const;
export const numbersQuerySchema = z.object({
  days: z.coerce.number().pipe(z.literal(NUMBERS_DAYS)).default(30),
});
export type NumbersDays = z.infer<typeof numbersQuerySchema>['days'];

/** How long something took, in ms; `n` is how many were measured. Without any there is no figure. */
export const waitSchema = z.object({
  n: z.number().int(),
  medianMs: z.number().nullable(),
  p90Ms: z.number().nullable(),
});
export type Wait = z.infer<typeof waitSchema>;

/** How long approvals were looked at before they were given. */
const readingSchema = z.object({
  approvals: z.number().int(),
  /** Those where it is known when the person was first shown the call. */
  timed: z.number().int(),
  underThreeSeconds: z.number().int(),
  medianMs: z.number().nullable(),
});

/** What a team's approvals of some days add up to. Every figure says of how many it is. */
export const numbersSchema = z.object({
  days: z.number().int(),
  /** Whole days in UTC, up to now. */
  from: timestampSchema,
  to: timestampSchema,
  /** Approvals held in that time that were looked at; `cut`: there are more, and older ones. */
  held: z.number().int(),
  cut: z.boolean(),
  outcomes: z.object({
    waiting: z.number().int(),
    approved: z.number().int(),
    /** Past the chain, by break-glass. */
    brokenGlass: z.number().int(),
    deniedByPerson: z.number().int(),
    /** A policy, a freeze or a deadline of a chain. */
    deniedOtherwise: z.number().int(),
    /** Ran out of time, and nobody had given a verdict. */
    nobodyDecided: z.number().int(),
    /** Ran out of time after some had agreed, but not all that had to. */
    partlyDecided: z.number().int(),
    /** Was taken back: the agent withdrew it, or what it was bound to changed. */
    takenBack: z.number().int(),
  }),
  /** Of those approved, by the chain or past it: with arguments that a reviewer changed. */
  edited: z.number().int(),
  /** Calls that passed on a grant in that time, and that nobody looked at. */
  granted: z.number().int(),
  /** From when a step was due until it was decided. In the order of chain and position. */
  steps: z.array(z.object({ chain: z.string(), position: z.number().int(), wait: waitSchema })),
  /** The same by the groups that a step asks; `null`: people named by themselves. */
  groups: z.array(z.object({ group: z.string().nullable(), wait: waitSchema })),
  byDay: z.array(
    z.object({ day: z.string(), approvals: z.number().int(), denials: z.number().int() }),
  ),
  reading: readingSchema,
  /** By name: no ranking. */
  people: z.array(readingSchema.extend({ person: personRefSchema, denials: z.number().int() })),
  /** Rules whose holds were all approved, ten at least. */
  alwaysApproved: z.array(
    z.object({ ruleId: z.string(), description: z.string().nullable(), n: z.number().int() }),
  ),
});
export type Numbers = z.infer<typeof numbersSchema>;
