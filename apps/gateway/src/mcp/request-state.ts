import { z } from 'zod';

/** What a `requestState` of the gateway says. It comes back through the agent: only a verified one counts. */
export const requestStateSchema = z.discriminatedUnion('kind', [
  /** The gateway's own: a held call whose leg ended before anybody decided. */
  z.object({
    kind: z.literal('wait'),
    callId: z.string(),
    approvalId: z.string(),
    /** The place that the next leg takes over. */
    waiterId: z.string(),
    /** Which round the client begins with it. */
    round: z.number().int(),
    expiresAt: z.number(),
  }),
  /** An upstream's, wrapped: what it needs to go on with the call. */
  z.object({
    kind: z.literal('input'),
    callId: z.string(),
    /** `null` where the call was allowed. */
    approvalId: z.string().nullable(),
    /** The recorded answer that asked for input. */
    answerFrameId: z.string(),
    /** `null` where the upstream gave none: the retry carries none upstream either. */
    upstream: z.string().nullable(),
    expiresAt: z.number(),
  }),
]);
export type RequestState = z.infer<typeof requestStateSchema>;
export type WaitState = Extract<RequestState, { kind: 'wait' }>;
