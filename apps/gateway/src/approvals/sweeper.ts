import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { approvalRecordIn } from '../audit/approval-record.ts';
import { Ledger } from '../audit/ledger.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import { ApprovalNotifier } from '../notifications/approval-notifier.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database } from '../platform/database.ts';
import type { Logger } from '../platform/logger.ts';
import { LOGGER } from '../platform/tokens.ts';
import { takeOverdue } from './approval.sql.ts';
import { TaskDesk } from './task-desk.ts';

const SWEEP_MS = 1000;
const BATCH = 100;

/**
 * Settles what time, a freeze or a dead process has decided. Every replica sweeps; the conditional
 * update with SKIP LOCKED lets each approval be settled once, whatever replica is alive.
 */
@Injectable()
export class Sweeper implements OnModuleInit, OnModuleDestroy {
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly bus: ChangeBus,
    private readonly connections: ConnectionRegistry,
    private readonly notifier: ApprovalNotifier,
    private readonly tasks: TaskDesk,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.#timer = setInterval(() => {
      this.#running ??= this.sweep()
        .catch((error: unknown) =>
          this.logger.warn({ error: String(error) }, 'overdue approvals could not be swept'),
        )
        .finally(() => (this.#running = undefined));
    }, SWEEP_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  async sweep(): Promise<void> {
    const taken = await this.database.transaction(async (client) => {
      const overdue = await takeOverdue(client, BATCH);
      for (const approval of overdue) {
        const connection = this.connections.byId(approval.connectionId);
        await this.ledger.appendIn(client, {
          kind: `approval.${approval.state}`,
          connection: connection && { id: connection.id, slug: connection.slug },
          sessionId: approval.sessionId,
          callId: approval.callId,
          approvalId: approval.id,
          who: approval.callerKey,
          method: approval.method,
          target: approval.target,
          data: {
            reason: approval.stateReason ?? '',
            approvalRecord: await approvalRecordIn(client, approval.id),
          },
        });
        if (connection && approval.state !== 'unknown')
          await this.notifier.queueIn(client, 'approval.settled', approval.id, connection);
      }
      return overdue;
    });
    for (const approval of taken) await this.bus.announce('approvals', approval.id);
    await this.tasks.detachLapsed();
  }
}
