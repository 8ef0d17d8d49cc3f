import { z } from 'zod';

/** What the load generator can be told, and what it answers. */

const targetSchema = z.object({ url: z.url(), headers: z.record(z.string(), z.string()) });
export type Target = z.infer<typeof targetSchema>;

export const loadJobSchema = z.discriminatedUnion('kind', [
  /** So many connections, each with one call under way, for a while. */
  z.object({
    kind: z.literal('closed-loop'),
    target: targetSchema,
    connections: z.int().min(1),
    warmUpMs: z.number(),
    durationMs: z.number(),
  }),
  /** Makes calls that are held, as one caller after the other, and answers when each of them waits. */
  z.object({
    kind: z.literal('hold'),
    targets: z.array(targetSchema).min(1),
    count: z.int().min(1),
  }),
  /** Waits until all held calls are answered. */
  z.object({ kind: z.literal('collect') }),
  /** One call of a tool, its answer read to the end. */
  z.object({ kind: z.literal('once'), target: targetSchema, tool: z.string() }),
]);
export type LoadJob = z.infer<typeof loadJobSchema>;

export const loopResultSchema = z.object({
  calls: z.int(),
  seconds: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
});
export type LoopResult = z.infer<typeof loopResultSchema>;

/** Order number, and when its answer was complete, on the machine's monotonic clock. */
export const collectedSchema = z.array(z.object({ order: z.int(), atMs: z.number() }));

export const onceResultSchema = z.object({ bytes: z.int(), seconds: z.number() });

/** One clock for all processes of a machine. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
