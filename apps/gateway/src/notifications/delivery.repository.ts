import { approvalStateSchema, callerSchema, storedDecisionSchema } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { Queryable } from '../platform/database.ts';

const approvalSchema = z.object({
  state: approvalStateSchema,
  method: z.string(),
  target: z.string(),
  caller: callerSchema,
  decision: storedDecisionSchema,
});
const verdictRowSchema = z.object({
  step: z.number().int(),
  verdict: z.enum(['approve', 'deny']),
  person_name: z.string(),
  reason: z.string().nullable(),
  at: z.date(),
});

export type NotifiedApproval = z.infer<typeof approvalSchema> & {
  readonly verdicts: readonly z.infer<typeof verdictRowSchema>[];
};

/** Named SQL of the notifications that run inside someone else's transaction. */
@Injectable()
export class DeliveryRepository {
  async readApproval(client: Queryable, approvalId: string): Promise<NotifiedApproval> {
    const approvals = await client.query(
      'select state, method, target, caller, decision from approval where id = $1',
      [approvalId],
    );
    const verdicts = await client.query(
      'select step, verdict, person_name, reason, at from verdict where approval_id = $1 order by at, id',
      [approvalId],
    );
    return {
      ...approvalSchema.parse(approvals.rows[0]),
      verdicts: z.array(verdictRowSchema).parse(verdicts.rows),
    };
  }

  async insertDelivery(
    client: Queryable,
    delivery: {
      readonly id: string;
      readonly connectionId: string;
      readonly approvalId: string;
      readonly event: string;
      readonly payload: string;
    },
  ): Promise<void> {
    await client.query(
      `insert into webhook_delivery (id, connection_id, approval_id, event, payload, next_attempt_at)
       values ($1, $2, $3, $4, $5, now())`,
      [delivery.id, delivery.connectionId, delivery.approvalId, delivery.event, delivery.payload],
    );
  }
}
