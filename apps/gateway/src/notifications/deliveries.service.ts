import type { Delivery } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { Ledger } from '../audit/ledger.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { Database } from '../platform/database.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { DeliveryRepository } from './delivery.repository.ts';
import { JobQueue } from './job-queue.ts';

/** What became of a connection's webhook messages. */
@Injectable()
export class DeliveriesService {
  constructor(
    private readonly repository: DeliveryRepository,
    private readonly jobs: JobQueue,
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly connections: ConnectionRegistry,
  ) {}

  async list(connectionId: string): Promise<{ items: Delivery[] }> {
    const rows = await this.repository.listOf(connectionId);
    return {
      items: rows.map((row) => ({
        id: row.id,
        event: row.event,
        approvalId: row.approval_id,
        state: row.state,
        attempts: row.attempts,
        lastStatus: row.last_status,
        lastError: row.last_error,
        nextAttemptAt: row.next_attempt_at?.toISOString() ?? null,
        createdAt: row.created_at.toISOString(),
        deliveredAt: row.delivered_at?.toISOString() ?? null,
      })),
    };
  }

  /** Sends a message that was given up once more, with all its attempts. */
  async retry(
    connectionId: string,
    deliveryId: string,
    person: SignedInPerson,
  ): Promise<{ items: Delivery[] }> {
    const connection = this.connections.byId(connectionId);
    if (connection === undefined) {
      throw new GatewayError('not_found', 'There is no such connection.');
    }
    await this.database.transaction(async (client) => {
      if (!(await this.repository.revive(client, connectionId, deliveryId))) {
        const message =
          'Only a message that was given up can be sent again. Reload to see its state.';
        throw new GatewayError('settled', message);
      }
      await this.jobs.sendWebhook(client, connectionId, { deliveryId });
      await this.ledger.appendIn(client, {
        kind: 'webhook.retried',
        connection: { id: connection.id, slug: connection.slug },
        who: person.key,
        data: { delivery: deliveryId, person: person.name },
      });
    });
    return this.list(connectionId);
  }
}
