import { z } from 'zod';
import { personKeySchema, personRefSchema, slugSchema, timestampSchema } from './common.ts';

/** Somebody takes over for a while, whoever's turn it is. */
export const rotaOverrideSchema = z
  .object({ person: personKeySchema, from: timestampSchema, to: timestampSchema })
  .refine(({ from, to }) => from < to, {
    path: ['to'],
    error: 'It has to end after it begins.',
  });

/** People who take turns in being on call. */
export const rotaInputSchema = z.object({
  /** How chains name it. */
  name: slugSchema,
  title: z.string().trim().min(1, 'Give it a title.').max(120),
  timeZone: z.string().trim().min(1, 'Such as Europe/Berlin.').max(64),
  shift: z.enum(['daily', 'weekly']),
  /** The local date on which the first of its people begins. */
  startsOn: z.iso.date('A date such as 2026-11-30.'),
  /** The local time at which shifts change. */
  handOver: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'A time such as 09:00.'),
  /** Person keys, in the order of their turns. */
  people: z.array(personKeySchema).max(50),
  overrides: z.array(rotaOverrideSchema).max(100).default([]),
});
export type RotaInput = z.infer<typeof rotaInputSchema>;

/** `PUT /api/rotas/:name`: the version read, so that concurrent edits are noticed. */
export const rotaUpdateSchema = rotaInputSchema.extend({ version: z.number().int() });
export type RotaUpdate = z.infer<typeof rotaUpdateSchema>;

export const rotaSchema = rotaUpdateSchema.extend({
  /** Names of all its people, those of overrides too. */
  names: z.array(personRefSchema),
  onCall: z.object({ person: personRefSchema, until: timestampSchema }).nullable(),
  updatedAt: timestampSchema,
});
export type Rota = z.infer<typeof rotaSchema>;
export const rotaListSchema = z.object({ items: z.array(rotaSchema) });
export type RotaList = z.infer<typeof rotaListSchema>;

/** A step in force that nobody can satisfy by now, as far as the gateway knows. */
export const chainAlarmSchema = z.object({
  /**
   * `empty`: it names a rota without people, and where it names nobody else, denies. `short`: too few
   * of its people are reviewers. `nobody-known`: nobody was seen lately who could decide it.
   */
  verdict: z.enum(['empty', 'short', 'nobody-known']),
  /** `null` for a chain of the policy. */
  connection: z.object({ id: z.string(), slug: z.string(), title: z.string() }).nullable(),
  chain: z.string(),
  /** Counts from 0. */
  step: z.number().int(),
  message: z.string(),
  since: timestampSchema,
});
export type ChainAlarm = z.infer<typeof chainAlarmSchema>;
export const chainAlarmListSchema = z.object({ items: z.array(chainAlarmSchema) });
export type ChainAlarmList = z.infer<typeof chainAlarmListSchema>;
