import type { Caller } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import type { EntryDraft } from '../audit/entry.ts';
import { Ledger } from '../audit/ledger.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database, type Queryable } from '../platform/database.ts';
import { GatewayInstance } from '../platform/gateway-instance.ts';
import type { ApprovalRecord, VerdictRow } from './approval.ts';
import { detachWaiter, findApproval, lockApproval } from './approval.sql.ts';
import {
  detachLapsedTasks,
  findCancelAsked,
  findDueTasks,
  findTask,
  isClaimedBy,
  keepTask,
  lockTask,
  markCancelAsked,
  markCancelled,
  markCollected,
  outliveProcess,
  setInputResponses,
  setUpstreamTask,
  type HeldTask,
  type Room,
} from './held-task.sql.ts';
import { handOverPlace } from './continuation.sql.ts';
import { verdictsOf } from './verdict.sql.ts';

/** A task with the approval that it waits for, as they stand now. */
export interface TaskStanding {
  readonly task: HeldTask;
  readonly approval: ApprovalRecord;
  /** Whether the task is the approval's waiter, so that what becomes of it is the task's. */
  readonly isWaiter: boolean;
}

/**
 * - `given-up`: nothing was forwarded for the task, and nothing will be.
 * - `asked`: its call was forwarded; whoever runs it breaks it off, and no further round of it begins.
 * - `too-late`: it had ended, or runs for the same call made again.
 */
export type CancelOutcome = 'given-up' | 'asked' | 'too-late';

const LAPSED_BATCH = 100;
const FORWARDED: ReadonlySet<string> = new Set(['claimed', 'answered', 'delivered']);

/** Held calls that wait as tasks: every change of one that the data path makes. */
@Injectable()
export class TaskDesk {
  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly bus: ChangeBus,
    private readonly instance: GatewayInstance,
    private readonly connections: ConnectionRegistry,
  ) {}

  find(
    taskId: string,
    owner: { readonly callerKey: string; readonly connectionId: string },
  ): Promise<HeldTask | undefined> {
    return findTask(this.database.pool, taskId, owner);
  }

  /** The agent has the task's handle. */
  async given(task: HeldTask): Promise<void> {
    // Unwritten, the agent's next poll says the same.
    await outliveProcess(this.database.pool, task).catch(() => undefined);
  }

  /** The agent asked for the task: it waits again, for another while. */
  async poll(task: HeldTask, caller: Caller, leaseMs: number): Promise<TaskStanding> {
    const before = await this.#approvalOf(task);
    const isWaiter = await keepTask(this.database.pool, task.id, caller, leaseMs);
    const wasWaiting = before.agentWaiting && before.waiterId === task.id;
    if (isWaiter && !wasWaiting) await this.announce(before.id);
    return this.#standing(task, isWaiter);
  }

  /** As it stands, without waiting on. */
  async look(task: HeldTask): Promise<TaskStanding> {
    return this.#standing(task, (await this.#approvalOf(task)).waiterId === task.id);
  }

  /** What its run writes of the task is there before its approval is answered, so it is read after it. */
  async #standing(task: HeldTask, isWaiter: boolean): Promise<TaskStanding> {
    const approval = await this.#approvalOf(task);
    const owner = { callerKey: approval.callerKey, connectionId: approval.connectionId };
    const now = await findTask(this.database.pool, task.id, owner);
    return { task: now ?? task, approval, isWaiter };
  }

  /** In one transaction with its record; what is acknowledged is there for whoever looks afterwards. */
  async cancel(task: HeldTask, record: EntryDraft): Promise<CancelOutcome> {
    const outcome = await this.database.transaction<CancelOutcome>(async (client) => {
      const approval = await lockApproval(client, task.approvalId);
      if (!approval) return 'too-late';
      const isForwarded = FORWARDED.has(approval.state);
      if (!isForwarded && approval.state !== 'held' && approval.state !== 'approved')
        return 'too-late';
      const isOthers = approval.agentWaiting && approval.waiterId !== task.id;
      return isForwarded && !isOthers
        ? this.#askToBreakOff(client, task, record)
        : this.#giveUp(client, task, isForwarded, record);
    });
    await this.announce(task.approvalId);
    return outcome;
  }

  async #askToBreakOff(
    client: Queryable,
    task: HeldTask,
    record: EntryDraft,
  ): Promise<CancelOutcome> {
    if (await markCancelAsked(client, task.id))
      await this.ledger.appendIn(client, {
        ...record,
        kind: 'call.cancelled',
        approvalId: task.approvalId,
      });
    return 'asked';
  }

  async #giveUp(
    client: Queryable,
    task: HeldTask,
    isForwarded: boolean,
    record: EntryDraft,
  ): Promise<CancelOutcome> {
    const outcome = isForwarded ? 'too-late' : 'given-up';
    if (!(await markCancelled(client, task.id))) return outcome;
    if (isForwarded) await markCancelAsked(client, task.id);
    await detachWaiter(client, task.approvalId, task.id);
    await this.ledger.appendIn(client, {
      ...record,
      kind: 'approval.detached',
      approvalId: task.approvalId,
      data: { reason: 'the agent cancelled its task' },
    });
    return outcome;
  }

  /** Of tasks that nobody polls any more: reviewers see it, and the same call finds the place free. */
  async detachLapsed(): Promise<void> {
    const lapsed = await this.database.transaction(async (client) => {
      const ids = await detachLapsedTasks(client, LAPSED_BATCH);
      for (const id of ids) {
        const approval = await findApproval(client, id);
        const connection = approval && this.connections.byId(approval.connectionId);
        if (approval)
          await this.ledger.appendIn(client, {
            kind: 'approval.detached',
            connection: connection && { id: connection.id, slug: connection.slug },
            sessionId: approval.sessionId,
            callId: approval.callId,
            approvalId: id,
            who: approval.callerKey,
            method: approval.method,
            target: approval.target,
            data: { reason: 'its task was not polled' },
          });
      }
      return ids;
    });
    for (const id of lapsed) await this.announce(id);
  }

  /** Approved tasks whose agents poll, besides those that run here already. */
  due(beside: readonly string[], room: Room): Promise<readonly HeldTask[]> {
    return findDueTasks(this.database.pool, beside, room);
  }

  /** Of those that run here. */
  cancelAsked(taskIds: readonly string[]): Promise<readonly string[]> {
    return findCancelAsked(this.database.pool, taskIds);
  }

  /** After a claim whose outcome this process did not learn. */
  isClaimedHere(task: HeldTask): Promise<boolean> {
    return isClaimedBy(this.database.pool, task, this.instance.id);
  }

  async verdictsOn(approvalId: string): Promise<readonly VerdictRow[]> {
    return (await verdictsOf(this.database.pool, [approvalId])).get(approvalId) ?? [];
  }

  /** The answer is about to be put into the task's state, from where it may be read again. */
  collected(task: HeldTask): Promise<void> {
    return markCollected(this.database.pool, task.id);
  }

  /** The upstream gave a task of its own for the call: what is asked of this one is asked there. */
  continueAs(task: HeldTask, sealed: Uint8Array): Promise<void> {
    return setUpstreamTask(this.database.pool, task.id, sealed);
  }

  /**
   * Adds to what was answered so far: `merge` gets that, sealed, and answers what it is from now on;
   * `null` leaves it as it is.
   */
  addResponses(
    task: HeldTask,
    merge: (sealed: Uint8Array | null) => Uint8Array | null,
  ): Promise<void> {
    return this.database.transaction(async (client) => {
      const now = await lockTask(client, task.id);
      const merged = merge(now?.inputResponses ?? null);
      if (merged !== null) await setInputResponses(client, task.id, merged);
    });
  }

  /** The next round of the call was claimed for the task: it waits for this one too. */
  async waitOn(task: HeldTask): Promise<void> {
    await handOverPlace(this.database.pool, task.approvalId, { id: task.id, instance: null });
  }

  async #approvalOf(task: Pick<HeldTask, 'approvalId'>): Promise<ApprovalRecord> {
    const approval = await findApproval(this.database.pool, task.approvalId);
    if (!approval) throw new Error(`Approval ${task.approvalId} is gone.`);
    return approval;
  }

  /** Only a hint. */
  async announce(approvalId: string): Promise<void> {
    await this.bus.announce('approvals', approvalId).catch(() => undefined);
  }
}
