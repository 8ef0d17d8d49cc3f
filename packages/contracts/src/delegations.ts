import { z } from 'zod';
import { personKeySchema, timestampSchema } from './common.ts';

/** The longest time that somebody may be stood in for at once. */
export const DELEGATION_DAYS = 90;

const names = z.array(z.string().trim().min(1).max(100)).max(20).default([]);

/** `POST /api/delegations`; `from: null` is now. Out-of-office is one that begins now. */
export const delegationInputSchema = z.object({
  delegateKey: personKeySchema,
  from: timestampSchema.nullable(),
  until: timestampSchema,
  note: z.string().trim().max(300).optional(),
  /** Slugs of connections; none: all. */
  connections: names,
  /** Names of chains; none: all. */
  chains: names,
});
export type DelegationInput = z.infer<typeof delegationInputSchema>;

const whoSchema = z.object({ key: personKeySchema, name: z.string() });

export const delegationSchema = z.object({
  id: z.uuid(),
  delegator: whoSchema,
  delegate: whoSchema,
  from: timestampSchema,
  until: timestampSchema,
  note: z.string().nullable(),
  connections: z.array(z.string()),
  chains: z.array(z.string()),
  state: z.enum(['later', 'now', 'suspended']),
});
export type Delegation = z.infer<typeof delegationSchema>;

/** `GET /api/delegations`: those that run or will; an admin sees everyone's. */
export const delegationListSchema = z.object({ items: z.array(delegationSchema) });
export type DelegationList = z.infer<typeof delegationListSchema>;
