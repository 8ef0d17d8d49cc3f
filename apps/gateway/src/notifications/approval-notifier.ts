import { Inject, Injectable } from '@nestjs/common';
import { newId } from '../platform/new-id.ts';
import type { ConnectionRecord } from '../connections/connection-registry.ts';
import type { Environment } from '../env.ts';
import type { Queryable } from '../platform/database.ts';
import { ENVIRONMENT } from '../platform/tokens.ts';
import { DeliveryRepository, type NotifiedApproval } from './delivery.repository.ts';
import { JobQueue } from './job-queue.ts';

export type ApprovalEvent = 'approval.held' | 'approval.settled';

/** Tells a connection's webhook what became of an approval. */
@Injectable()
export class ApprovalNotifier {
  constructor(
    private readonly repository: DeliveryRepository,
    private readonly jobs: JobQueue,
    @Inject(ENVIRONMENT) private readonly env: Environment,
  ) {}

  /**
   * Queues the message in the transaction that changes the approval: it is sent if and only if the
   * change is committed. Says what the approval's row says within that transaction.
   */
  async queueIn(
    client: Queryable,
    event: ApprovalEvent,
    approvalId: string,
    connection: ConnectionRecord,
  ): Promise<void> {
    if (connection.webhook === null) return;
    const approval = await this.repository.readApproval(client, approvalId);
    const id = newId();
    const payload = JSON.stringify({
      type: event,
      version: 1,
      timestamp: new Date().toISOString(),
      data: describe(approvalId, approval, connection, this.env.HOLDPOINT_PUBLIC_URL),
    });
    const connectionId = connection.id;
    await this.repository.insertDelivery(client, { id, connectionId, approvalId, event, payload });
    await this.jobs.sendWebhook(client, connectionId, { deliveryId: id });
  }
}

/** Without the arguments: the receiver may be a chat room, and they may hold anything. */
function describe(
  approvalId: string,
  approval: NotifiedApproval,
  connection: ConnectionRecord,
  publicUrl: string,
) {
  return {
    approvalId,
    state: approval.state,
    connection: { slug: connection.slug, title: connection.title },
    method: approval.method,
    target: approval.target === '' ? null : approval.target,
    caller: {
      name: approval.caller.displayName,
      kind: approval.caller.kind,
      clientId: approval.caller.clientId,
    },
    why: approval.decision.explanation,
    verdicts: approval.verdicts.map(({ step, verdict, person_name, reason, at }) => ({
      step,
      verdict,
      person: person_name,
      reason,
      at: at.toISOString(),
    })),
    link: `${publicUrl}/inbox/${approvalId}`,
  };
}
