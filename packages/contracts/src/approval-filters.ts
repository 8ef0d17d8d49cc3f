import { z } from 'zod';

const momentSchema = z.union([z.iso.date(), z.iso.datetime()]);
const word = (max: number) => z.string().trim().min(1).max(max).optional();

/** What of the approvals to list. Every condition that is there has to hold. */
export const approvalFiltersSchema = z.object({
  /** Words that target, method, caller, connection, rule ids or the id hold. Never arguments: those are sealed. */
  q: word(200),
  /** The connection's short name. */
  connection: word(100),
  method: word(128),
  /** Tool or prompt name, or resource URI, exactly. */
  target: word(1536),
  /** The caller's key. */
  caller: word(600),
  /** A group that is asked in one of the steps. */
  group: word(200),
  /** A chain that one of the steps comes from. */
  chain: word(200),
  /** The id of a rule that took part in the decision. */
  rule: word(200),
  /** Whether an agent waits for the answer. */
  waiting: z.enum(['yes', 'no']).optional(),
  /** States, with commas between them. */
  outcome: z
    .string()
    .max(200)
    .regex(/^[a-z]+(?:,[a-z]+)*$/, 'States, with commas between them.')
    .optional(),
  /** Pending: the asking person may decide it now. Settled: they gave a verdict. */
  mine: z.literal('yes').optional(),
  /** Only what the asking person snoozed, or that too. */
  snoozed: z.enum(['only', 'too']).optional(),
  /** Held from then on; a day begins in UTC. */
  from: momentSchema.optional(),
  /** Held up to then; a day is included, in UTC. */
  to: momentSchema.optional(),
});
export type ApprovalFilters = z.infer<typeof approvalFiltersSchema>;
export type ApprovalFilterName = keyof ApprovalFilters;
