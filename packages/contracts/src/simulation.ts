import { z } from 'zod';
import { onCallSchema } from './approval-chain.ts';
import { pageOf, effectSchema, personRefSchema, slugSchema, timestampSchema } from './common.ts';

/** Most calls that one simulation judges. */
export const MAX_SIMULATED_CALLS = 100_000;

const sourceSchema = z.string().max(1_048_576);

/** `POST /api/policy/simulations`: which recorded calls a draft is judged against. */
export const simulationInputSchema = z.object({
  source: sourceSchema,
  span: z.union([
    z.strictObject({ last: z.number().int().min(1).max(MAX_SIMULATED_CALLS) }),
    z
      .strictObject({ from: timestampSchema, to: timestampSchema })
      .refine(({ from, to }) => Date.parse(from) < Date.parse(to), {
        message: 'The span must begin before it ends.',
      }),
  ]),
  /** Only calls on these; without it on all. */
  connections: z.array(slugSchema).min(1).max(200).optional(),
});
export type SimulationInput = z.infer<typeof simulationInputSchema>;

const rulingSchema = z.object({
  effect: effectSchema,
  source: z.string(),
  rules: z.array(z.string()),
});

/** A recorded call, without anything of its arguments. Method and target are agent-controlled. */
export const recordedCallSchema = z.object({
  callId: z.string(),
  sessionId: z.string(),
  /** The entry that recorded it: `/sessions/{sessionId}#{entryId}`. */
  entryId: z.string(),
  at: timestampSchema,
  connection: z.string(),
  caller: z.string(),
  client: z.string().nullable(),
  method: z.string(),
  target: z.string().nullable(),
  /** What was done with it at the time. */
  effect: effectSchema,
});
export type RecordedCall = z.infer<typeof recordedCallSchema>;

const changedCallSchema = z.object({
  call: recordedCallSchema,
  before: rulingSchema,
  after: rulingSchema,
});
export type ChangedCall = z.infer<typeof changedCallSchema>;

const changedCallsSchema = z.object({
  count: z.number().int(),
  /** The newest of them, newest first. */
  calls: z.array(changedCallSchema),
});

const beforeAfterSchema = z.object({ before: z.number(), after: z.number() });

const ruleTallySchema = z.object({
  matched: z.number().int(),
  decided: z.number().int(),
  erred: z.number().int(),
  held: z.number().int(),
  wouldChange: z.number().int(),
});

export const simulatedRuleSchema = z.object({
  ruleId: z.string(),
  effect: effectSchema.nullable(),
  observed: z.boolean(),
  before: ruleTallySchema.nullable(),
  after: ruleTallySchema.nullable(),
});
export type SimulatedRule = z.infer<typeof simulatedRuleSchema>;

export const simulationResultSchema = z.object({
  kind: z.literal('result'),
  /** The version that was in force. */
  version: z.number().int(),
  /** What the calls cover. A span shorter than a day counts as a day where figures are per day. */
  span: z.object({ from: timestampSchema, to: timestampSchema, days: z.number() }),
  judged: z.number().int(),
  notJudged: z.object({
    /** Their requests were deleted after their retention time. */
    retention: z.number().int(),
    /** Their requests can't be opened or read by this gateway. */
    unreadable: z.number().int(),
  }),
  totals: z.object({
    allow: beforeAfterSchema,
    hold: beforeAfterSchema,
    deny: beforeAfterSchema,
  }),
  flips: z.array(changedCallsSchema.extend({ from: effectSchema, to: effectSchema })),
  rerouted: changedCallsSchema,
  masks: z.object({ more: z.number().int(), fewer: z.number().int(), other: z.number().int() }),
  drift: z.array(z.object({ recorded: effectSchema, now: effectSchema, count: z.number().int() })),
  holds: beforeAfterSchema,
  load: z.array(
    beforeAfterSchema.extend({
      chain: z.string(),
      reviewers: z.object({
        groups: z.array(z.string()),
        people: z.array(personRefSchema),
        /** The rota, with what came while whom was on call by it as it is now; empty: it asks nobody more. */
        onCall: z
          .object({
            rota: z.string(),
            turns: z.array(beforeAfterSchema.extend({ person: personRefSchema.nullable() })),
          })
          .nullable(),
      }),
    }),
  ),
  rules: z.array(simulatedRuleSchema),
});
export type SimulationResult = z.infer<typeof simulationResultSchema>;

/** One line of the streamed answer; the last one is a result or a failure. */
export const simulationLineSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('progress'),
    judged: z.number().int(),
    total: z.number().int(),
  }),
  simulationResultSchema,
  z.object({
    kind: z.literal('failed'),
    error: z.object({ code: z.string(), message: z.string() }),
  }),
]);
export type SimulationLine = z.infer<typeof simulationLineSchema>;

/** `GET /api/policy/calls?cursor=&q=`: recorded calls to try a policy with, newest first. */
export const recordedCallQuerySchema = z.object({
  cursor: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(25),
  q: z.string().trim().max(200).optional(),
});
export type RecordedCallQuery = z.infer<typeof recordedCallQuerySchema>;
export const recordedCallPageSchema = pageOf(recordedCallSchema);

/** `POST /api/policy/try` */
export const trialInputSchema = z.object({
  source: sourceSchema,
  call: z.union([
    /** One call as `holdpoint policy judge` reads it. */
    z.strictObject({ line: z.string().max(1_048_576) }),
    z.strictObject({
      /** Of a recorded call. */
      entryId: z.uuid(),
      /** Opens its request to the person who asks, which is recorded. */
      open: z.boolean().default(false),
    }),
  ]),
});
export type TrialInput = z.infer<typeof trialInputSchema>;

const conditionTraceSchema = z.object({
  source: z.string(),
  value: z.enum(['true', 'false', 'error', 'not looked at']),
  error: z.string().nullable(),
  /** What it is made of, in the order of its text. */
  parts: z.array(
    z.object({
      source: z.string(),
      /** As text; `null` where the reader hasn't opened the request that it comes from. */
      value: z.string().nullable(),
      error: z.string().nullable(),
    }),
  ),
});
export type ConditionTrace = z.infer<typeof conditionTraceSchema>;

const ruleTraceSchema = z.object({
  ruleId: z.string(),
  description: z.string().nullable(),
  effect: effectSchema.nullable(),
  masks: z.array(z.string()),
  observed: z.boolean(),
  /** Whether the rule is about the call, and the keys of `match` that say otherwise. */
  about: z.boolean(),
  applies: z.boolean(),
  excludedBy: z.array(z.string()),
  when: conditionTraceSchema.nullable(),
  unless: conditionTraceSchema.nullable(),
  matchError: z.string().nullable(),
  /** What it adds to the decision; `null` for nothing. */
  adds: effectSchema.nullable(),
  decides: z.boolean(),
});
export type RuleTrace = z.infer<typeof ruleTraceSchema>;

export const trialResultSchema = z.object({
  call: z.object({
    connection: z.string(),
    method: z.string(),
    target: z.string().nullable(),
    caller: z.string(),
    at: timestampSchema,
    /** The recorded call that it is; `null` for a pasted one. */
    recorded: recordedCallSchema.nullable(),
    /** The request as one line that can be pasted; `null` where it wasn't opened. */
    line: z.string().nullable(),
  }),
  effect: effectSchema,
  source: z.string(),
  explanation: z.string(),
  messages: z.array(z.string()),
  /** What was looked at before the rules: is the connection registered, frozen, its tool known. */
  state: z.array(z.object({ text: z.string(), stops: z.boolean() })),
  rules: z.array(ruleTraceSchema),
  precedence: z.string(),
  steps: z.array(
    z.object({
      chain: z.string(),
      groups: z.array(z.string()),
      people: z.array(personRefSchema),
      /** By the rota as it is now, at the time of the call. */
      onCall: onCallSchema.nullable(),
      quorum: z.number().int(),
    }),
  ),
  masks: z.array(z.string()),
  /** What these masks would find in the recorded answer, beyond what was masked in it then. */
  answer: z.object({ masked: z.number().int(), places: z.array(z.string()) }).nullable(),
});
export type TrialResult = z.infer<typeof trialResultSchema>;

/** Something that history proposes. `draft` is the whole policy with the proposal in it. */
const suggestionBase = {
  id: z.string(),
  title: z.string(),
  text: z.string(),
  since: timestampSchema,
  count: z.number().int(),
  callers: z.array(z.string()),
  connection: z.string().nullable(),
  calls: z.array(recordedCallSchema),
  /** `null` where there is nothing to prefill. */
  draft: z.string().nullable(),
};

/** `GET /api/policy/suggestions` */
export const suggestionSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('always-approved'),
    ...suggestionBase,
    ruleId: z.string().nullable(),
    medianMs: z.number(),
    /** Share of verdicts within three seconds: nobody reads a call that fast. */
    underThreeSeconds: z.number(),
  }),
  z.object({ kind: z.literal('not-covered'), ...suggestionBase }),
  z.object({ kind: z.literal('never-matched'), ...suggestionBase, ruleId: z.string() }),
]);
export type Suggestion = z.infer<typeof suggestionSchema>;
export const suggestionsSchema = z.object({
  /** The version that the drafts were written from. */
  version: z.number().int(),
  days: z.number().int(),
  /** How many recorded calls were looked at for rules that never matched. */
  examined: z.number().int(),
  items: z.array(suggestionSchema),
});
export type Suggestions = z.infer<typeof suggestionsSchema>;

/** `GET /api/policy/observed`: what rules in observe mode would have done. */
export const observedSchema = z.object({
  version: z.number().int(),
  days: z.number().int(),
  rules: z.array(
    z.object({
      ruleId: z.string(),
      effect: effectSchema.nullable(),
      description: z.string().nullable(),
      matched: z.number().int(),
      wouldChange: z.number().int(),
      erred: z.number().int(),
      calls: z.array(recordedCallSchema),
      /** The policy with this rule enforced; `null` where only its author can write it. */
      draft: z.string().nullable(),
    }),
  ),
});
export type Observed = z.infer<typeof observedSchema>;
