import { approvalStateSchema, callerSchema, storedDecisionSchema } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database, type Queryable } from '../platform/database.ts';

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

const deliverySchema = z.object({
  id: z.string(),
  connection_id: z.string(),
  approval_id: z.string(),
  event: z.string(),
  payload: z.string(),
  state: z.enum(['pending', 'delivered', 'retrying', 'failed']),
  approval_state: approvalStateSchema.nullable(),
});
const listedSchema = z.object({
  id: z.string(),
  event: z.string(),
  approval_id: z.string(),
  state: z.enum(['pending', 'delivered', 'retrying', 'failed']),
  attempts: z.number().int(),
  last_status: z.number().int().nullable(),
  last_error: z.string().nullable(),
  next_attempt_at: z.date().nullable(),
  created_at: z.date(),
  delivered_at: z.date().nullable(),
});

export interface Delivery {
  readonly id: string;
  readonly connectionId: string;
  readonly event: string;
  readonly payload: string;
  readonly state: z.infer<typeof deliverySchema>['state'];
  /** As it is now, not as the message says. */
  readonly approvalState: z.infer<typeof approvalStateSchema> | null;
}

export interface FailedAttempt {
  readonly status: number | null;
  readonly error: string;
  readonly last: boolean;
}

const LISTED = 200;

/** Named SQL of notifications: those in someone else's transaction take its client. */
@Injectable()
export class DeliveryRepository {
  constructor(private readonly database: Database) {}

  async find(id: string): Promise<Delivery | undefined> {
    const { rows } = await this.database.pool.query(
      `select d.id, d.connection_id, d.approval_id, d.event, d.payload, d.state,
              a.state as approval_state
       from webhook_delivery d left join approval a on a.id = d.approval_id where d.id = $1`,
      [id],
    );
    if (rows.length === 0) return undefined;
    const row = deliverySchema.parse(rows[0]);
    const { event, payload, state, connection_id, approval_state } = row;
    return {
      id,
      connectionId: connection_id,
      event,
      payload,
      state,
      approvalState: approval_state,
    };
  }

  async listOf(connectionId: string): Promise<readonly z.infer<typeof listedSchema>[]> {
    const { rows } = await this.database.pool.query(
      `select id, event, approval_id, state, attempts, last_status, last_error, next_attempt_at,
              created_at, delivered_at
       from webhook_delivery where connection_id = $1 order by created_at desc, id desc limit $2`,
      [connectionId, LISTED],
    );
    return z.array(listedSchema).parse(rows);
  }

  async recordDelivered(id: string, status: number): Promise<void> {
    await this.database.pool.query(
      `update webhook_delivery set state = 'delivered', attempts = attempts + 1, last_status = $2,
         last_error = null, next_attempt_at = null, delivered_at = now()
       where id = $1 and state <> 'delivered'`,
      [id, status],
    );
  }

  /** When the next attempt comes is the job's to know. */
  async recordFailed(id: string, { status, error, last }: FailedAttempt): Promise<void> {
    await this.database.pool.query(
      `update webhook_delivery set state = $2, attempts = attempts + 1, last_status = $3,
         last_error = $4, next_attempt_at = null
       where id = $1 and state <> 'delivered'`,
      [id, last ? 'failed' : 'retrying', status, error],
    );
  }

  /** False unless it was given up: whatever still has a job needs no second one. */
  async revive(client: Queryable, connectionId: string, id: string): Promise<boolean> {
    const { rowCount } = await client.query(
      `update webhook_delivery set state = 'pending', next_attempt_at = now()
       where id = $1 and connection_id = $2 and state = 'failed'`,
      [id, connectionId],
    );
    return rowCount === 1;
  }

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
