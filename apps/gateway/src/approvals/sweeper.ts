import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { approvalRecordIn } from '../audit/approval-record.ts';
import { Ledger } from '../audit/ledger.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import { ApprovalNotifier } from '../notifications/approval-notifier.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database } from '../platform/database.ts';
import type { Logger } from '../platform/logger.ts';
import { LOGGER } from '../platform/tokens.ts';
import { approvalEntry } from './approval-entry.ts';
import { takeOverdue } from './overdue.sql.ts';
import { StepClock } from './step-clock.ts';
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
  #unsubscribe = () => {};
  #stopped = false;
  #running: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly bus: ChangeBus,
    private readonly connections: ConnectionRegistry,
    private readonly notifier: ApprovalNotifier,
    private readonly tasks: TaskDesk,
    private readonly clock: StepClock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.#timer = setInterval(() => this.#wake(), SWEEP_MS).unref();
    // Who waits for something frozen is told at once.
    this.#unsubscribe = this.bus.subscribe(({ topic }) => {
      if (topic === 'freezes' || topic === 'connections') this.#wake();
    });
  }

  async onModuleDestroy(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe();
    clearInterval(this.#timer);
    await this.#running;
  }

  #wake(): void {
    this.#running ??= this.sweep()
      .catch((error: unknown) =>
        this.logger.warn({ error: String(error) }, 'overdue approvals could not be swept'),
      )
      .finally(() => (this.#running = undefined));
  }

  /** Until nothing is left: what a freeze of everything ends may be thousands. */
  async sweep(): Promise<void> {
    while ((await this.#sweepSome()) === BATCH && !this.#stopped);
    while ((await this.#strike()) === BATCH && !this.#stopped);
    await this.tasks.detachLapsed();
  }

  async #strike(): Promise<number> {
    const struck = await this.clock.strike(BATCH);
    for (const id of struck) await this.bus.announce('approvals', id);
    return struck.length;
  }

  async #sweepSome(): Promise<number> {
    const taken = await this.database.transaction(async (client) => {
      const overdue = await takeOverdue(client, BATCH);
      for (const approval of overdue) {
        const connection = this.connections.byId(approval.connectionId);
        await this.ledger.appendIn(
          client,
          approvalEntry(approval, connection, `approval.${approval.state}`, {
            reason: approval.stateReason ?? '',
            approvalRecord: await approvalRecordIn(client, approval.id),
          }),
        );
        // What was claimed was settled, and told so, by its verdict.
        const event = approval.state === 'unknown' ? 'approval.unknown' : 'approval.settled';
        if (connection) await this.notifier.queueIn(client, event, approval.id, connection);
      }
      return overdue;
    });
    for (const approval of taken) await this.bus.announce('approvals', approval.id);
    return taken.length;
  }
}
