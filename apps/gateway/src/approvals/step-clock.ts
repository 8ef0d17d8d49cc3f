import { Injectable } from '@nestjs/common';
import type { TimerEvent } from '@holdpoint/contracts';
import { approvalRecordIn } from '../audit/approval-record.ts';
import { Ledger } from '../audit/ledger.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import { ApprovalNotifier } from '../notifications/approval-notifier.ts';
import { Database, type Queryable } from '../platform/database.ts';
import { approvalEntry } from './approval-entry.ts';
import type { ApprovalRecord } from './approval.ts';
import { settleApproval } from './approval.sql.ts';
import { dueNow, type Due } from './due-timers.ts';
import { databaseNow, openStep, recordFired, takeDueTimers } from './timers.sql.ts';
import { verdictsOf } from './verdict.sql.ts';
import { toVerdictRecord } from './verdict-record.ts';

/**
 * What the time of steps brings: reminders, rounds of escalation, denials. Each is committed with its
 * entry and its message, under the lock of the approval's row, on the database's clock.
 */
@Injectable()
export class StepClock {
  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly connections: ConnectionRegistry,
    private readonly notifier: ApprovalNotifier,
  ) {}

  /** Answers the approvals that changed. */
  async strike(limit: number): Promise<readonly string[]> {
    return this.database.transaction(async (client) => {
      const due = await takeDueTimers(client, limit);
      if (due.length === 0) return [];
      const now = await databaseNow(client);
      const verdicts = await verdictsOf(
        client,
        due.map(({ id }) => id),
      );
      const changed: string[] = [];
      for (const approval of due) {
        const given = (verdicts.get(approval.id) ?? []).map(toVerdictRecord);
        const asked = dueNow(approval.steps, given, approval.timers, now);
        if (asked.kind === 'nothing') continue;
        await this.#apply(client, approval, asked);
        changed.push(approval.id);
      }
      return changed;
    });
  }

  async #apply(
    client: Queryable,
    approval: ApprovalRecord,
    due: Exclude<Due, { kind: 'nothing' }>,
  ): Promise<void> {
    switch (due.kind) {
      case 'open': {
        const step = approval.steps[due.step];
        if (step) await openStep(client, approval.id, due.step, step);
        return;
      }
      case 'deny':
        return this.#deny(client, approval, due.step, due.reason);
      case 'fire': {
        const from = approval.timers?.fired ?? 0;
        const { fired: to, nextAt, events } = due;
        if (!(await recordFired(client, approval.id, { from, to, nextAt, events }))) return;
        for (const event of events) await this.#tell(client, approval, event);
        return;
      }
      default:
        return due satisfies never;
    }
  }

  async #deny(
    client: Queryable,
    approval: ApprovalRecord,
    step: number,
    reason: string,
  ): Promise<void> {
    const settle = { approvalId: approval.id, from: ['held'], to: 'denied', reason } as const;
    if (!(await settleApproval(client, settle))) return;
    const connection = this.connections.byId(approval.connectionId);
    await this.ledger.appendIn(
      client,
      approvalEntry(approval, connection, 'approval.denied', {
        reason,
        step,
        by: 'deadline',
        approvalRecord: await approvalRecordIn(client, approval.id),
      }),
    );
    if (connection)
      await this.notifier.queueIn(client, 'approval.settled', approval.id, connection);
  }

  async #tell(client: Queryable, approval: ApprovalRecord, event: TimerEvent): Promise<void> {
    const connection = this.connections.byId(approval.connectionId);
    const { kind, step, to } = event;
    const { groups, people, onCall } = to;
    const asked = { groups, people, ...(onCall !== undefined && { onCall }) };
    await this.ledger.appendIn(
      client,
      approvalEntry(approval, connection, `approval.${kind}`, { step, to: asked }),
    );
    if (connection) {
      const about = { step: step + 1, of: approval.steps.length, ...asked };
      await this.notifier.queueIn(client, `approval.${kind}`, approval.id, connection, about);
    }
  }
}
