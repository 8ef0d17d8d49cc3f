import type { Delivery } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { Ledger } from '../audit/ledger.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { Database } from '../platform/database.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { JobQueue } from './job-queue.ts';
import { listMessages, revive } from './messages/message.sql.ts';

const LISTED = 200;

/** What became of a connection's webhook messages. */
@Injectable()
export class DeliveriesService {
  constructor(
    private readonly jobs: JobQueue,
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly connections: ConnectionRegistry,
  ) {}

  async list(connectionId: string): Promise<{ items: Delivery[] }> {
    const all = { state: null, before: null, limit: LISTED };
    const rows = await listMessages(this.database.pool, { connectionId }, all);
    return {
      items: rows.map((row) => ({
        id: row.id,
        event: row.event,
        approvalId: row.approval_id ?? '',
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
      const [revived] = await revive(client, connectionId, deliveryId);
      if (revived === undefined) {
        const message =
          'Only a message that was given up can be sent again. Reload to see its state.';
        throw new GatewayError('settled', message);
      }
      await this.jobs.send(client, revived.lane);
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
