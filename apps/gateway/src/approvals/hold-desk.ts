import { Inject, Injectable } from '@nestjs/common';
import { newId } from '../platform/new-id.ts';
import type { EntryDraft } from '../audit/entry.ts';
import { approvalRecordIn } from '../audit/approval-record.ts';
import { Ledger } from '../audit/ledger.ts';
import { ConnectionRegistry, type ConnectionRecord } from '../connections/connection-registry.ts';
import type { Environment } from '../env.ts';
import { awaitFreezes } from '../freezes/freeze.sql.ts';
import { FreezeStore } from '../freezes/freeze-store.ts';
import { ApprovalNotifier, type ApprovalEvent } from '../notifications/approval-notifier.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database, type Queryable } from '../platform/database.ts';
import { GatewayInstance } from '../platform/gateway-instance.ts';
import type { Logger } from '../platform/logger.ts';
import { ENVIRONMENT, LOGGER } from '../platform/tokens.ts';
import { PolicyStore } from '../policies/policy-store.ts';
import type { ApprovalRecord, HoldDraft } from './approval.ts';
import {
  attachWaiter,
  claimRelease,
  countHeld,
  detachWaiter,
  findApproval,
  findJoinable,
  insertApproval,
  lockApproval,
  lockCaller,
  markAnswered,
  markDelivered,
  settleApproval,
  type Settle,
  type Waiter,
} from './approval.sql.ts';
import { passkeyFact } from './passkey-fact.ts';
import { insertTask, type HeldTaskDraft } from './held-task.sql.ts';
import { ownersObjection } from './owners-check.ts';
import { RejudgeDesk } from './rejudge-desk.ts';
import { carryToPolicy } from './rejudge.sql.ts';
import { objectionTo, rejudge, type Judgement } from './rejudgement.ts';
import { openStep } from './timers.sql.ts';

/**
 * A call that waits as a task: alive while it is polled, whichever process answers the poll. Until its
 * agent has the handle it is this process's waiter as any other: should the process end before, nobody
 * could poll, and the same call has to find the place free.
 */
export interface TaskWaiter {
  readonly waiter: Omit<Waiter, 'instance'>;
  readonly draft: HeldTaskDraft;
}

export type HoldOutcome =
  | {
      readonly kind: 'waiting';
      readonly approval: ApprovalRecord;
      readonly waiterId: string;
      readonly joined: boolean;
    }
  | { readonly kind: 'denied-before'; readonly approval: ApprovalRecord }
  | { readonly kind: 'too-many'; readonly limit: number };

export type ClaimOutcome =
  | { readonly kind: 'claimed' }
  /** Its state is another one now: look again. */
  | { readonly kind: 'changed' };

/** What a release is claimed for. */
interface Bound {
  readonly now: Judgement;
  readonly waiterId: string;
  readonly paramsDigest: string;
}

const CLAIM_TRIES = 5;
const SETTLE_RETRY_MS = 1000;

/** Holds, joins, claims and settles: every change of an approval that the data path makes. */
@Injectable()
export class HoldDesk {
  constructor(
    @Inject(ENVIRONMENT) private readonly env: Environment,
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly bus: ChangeBus,
    private readonly instance: GatewayInstance,
    private readonly policies: PolicyStore,
    private readonly connections: ConnectionRegistry,
    private readonly freezes: FreezeStore,
    private readonly notifier: ApprovalNotifier,
    private readonly rejudging: RejudgeDesk,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Joins the approval that the same call left behind, or opens a new one. The call's own record is
   * part of the transaction: it is held exactly when it is recorded. So is the task, where the call
   * waits as one instead of on an exchange.
   */
  async hold(
    draft: HoldDraft,
    received: EntryDraft,
    connection: ConnectionRecord,
    task?: TaskWaiter,
  ): Promise<HoldOutcome> {
    const waiter: Waiter = { id: newId(), ...task?.waiter, instance: this.instance.id };
    // In turn: a caller with many calls at once must not take every connection to wait for its own lock.
    const outcome = await this.database.transactionInTurn<HoldOutcome>(
      draft.callerKey,
      async (client) => {
        await lockCaller(client, draft.callerKey);
        const earlier = await findJoinable(client, draft);
        if (earlier) return this.#join(client, earlier, received, waiter, task);
        if ((await countHeld(client, draft.callerKey)) >= this.env.HOLDPOINT_MAX_HELD_PER_CALLER) {
          await this.ledger.appendIn(client, { ...received, kind: 'call.refused', effect: 'deny' });
          return { kind: 'too-many', limit: this.env.HOLDPOINT_MAX_HELD_PER_CALLER };
        }
        await insertApproval(client, draft, waiter);
        const [first] = draft.steps;
        if (first) await openStep(client, draft.approvalId, 0, first);
        if (task) await insertTask(client, draft.approvalId, task.draft);
        await this.ledger.appendIn(
          client,
          { ...received, approvalId: draft.approvalId },
          this.#entry('approval.held', draft.approvalId, received, {
            steps: draft.steps.length,
            policy: draft.policyVersion,
            ...passkeyFact(draft.steps),
          }),
        );
        await this.notifier.queueIn(client, 'approval.held', draft.approvalId, connection);
        const approval = await this.#need(client, draft.approvalId);
        return { kind: 'waiting', approval, waiterId: waiter.id, joined: false };
      },
    );
    if (outcome.kind === 'waiting') await this.#announce(outcome.approval.id);
    return outcome;
  }

  async #join(
    client: Queryable,
    earlier: ApprovalRecord,
    received: EntryDraft,
    waiter: Waiter,
    task: TaskWaiter | undefined,
  ): Promise<HoldOutcome> {
    await this.ledger.appendIn(
      client,
      { ...received, approvalId: earlier.id },
      this.#entry('approval.joined', earlier.id, received, { state: earlier.state }),
    );
    if (earlier.state === 'denied') return { kind: 'denied-before', approval: earlier };
    await attachWaiter(client, earlier.id, waiter);
    if (task) await insertTask(client, earlier.id, task.draft);
    return {
      kind: 'waiting',
      approval: await this.#need(client, earlier.id),
      waiterId: waiter.id,
      joined: true,
    };
  }

  /**
   * The agent stopped waiting. Nothing executes on approval from now on; the release waits for the
   * same call. `reason` says whether it left or the exchange's own deadline came.
   */
  async detach(
    approval: ApprovalRecord,
    waiterId: string,
    reason: string,
    record: EntryDraft,
  ): Promise<void> {
    const detached = await this.database.transaction(async (client) => {
      if (!(await detachWaiter(client, approval.id, waiterId))) return false;
      await this.ledger.appendIn(client, {
        ...record,
        kind: 'approval.detached',
        approvalId: approval.id,
        data: { reason },
      });
      return true;
    });
    if (detached) await this.#announce(approval.id);
  }

  /**
   * Judges the call again under what is in force now, then claims its release and records the intent
   * in one transaction. A deny settles it, new steps are asked, a changed tool definition voids it.
   *
   * @param paramsDigest - of the params that will leave: the release is for no others
   */
  async claim(
    approval: ApprovalRecord,
    waiterId: string,
    paramsDigest: string,
    judge: () => Promise<Judgement>,
    forwarded: EntryDraft,
  ): Promise<ClaimOutcome> {
    let current = approval;
    for (let attempt = 0; attempt < CLAIM_TRIES && current.state === 'approved'; attempt += 1) {
      const now = await judge();
      const objection =
        objectionTo(current, now) ?? (await ownersObjection(this.database.pool, current));
      if (objection) {
        await this.settle(
          { approvalId: current.id, from: ['approved'], ...objection },
          forwarded,
          'approval.rejudged',
        );
        return { kind: 'changed' };
      }
      if (!(await this.#carry(current, now, forwarded))) return { kind: 'changed' };
      const bound = { now, waiterId, paramsDigest };
      if (await this.#claimOnce(current, bound, forwarded)) return { kind: 'claimed' };
      // Something in force is newer than this process knew, or somebody else was faster.
      await Promise.all([
        this.policies.refresh(),
        this.connections.refresh(),
        this.freezes.refresh(),
      ]);
      current = await this.#need(this.database.pool, current.id);
      if (current.waiterId !== waiterId || current.paramsDigest !== paramsDigest)
        return { kind: 'changed' };
    }
    return { kind: 'changed' };
  }

  async #claimOnce(
    approval: ApprovalRecord,
    { now, waiterId, paramsDigest }: Bound,
    forwarded: EntryDraft,
  ): Promise<boolean> {
    const claimed = await this.database.transaction(async (client) => {
      await awaitFreezes(client);
      const won = await claimRelease(client, {
        callerKey: approval.callerKey,
        connectionId: approval.connectionId,
        method: approval.method,
        target: approval.target,
        paramsDigest,
        approvalId: approval.id,
        toolDigest: now.toolDigest,
        policyVersion: now.policyVersion,
        freezeEpoch: now.freezeEpoch,
        waiterId,
        instance: this.instance.id,
      });
      if (won) {
        await this.ledger.appendIn(
          client,
          this.#entry('approval.claimed', approval.id, forwarded, {
            policy: now.policyVersion,
            paramsDigest,
            ...(approval.editId !== null && { askedDigest: approval.askedDigest }),
          }),
          { ...forwarded, approvalId: approval.id },
        );
        await this.#tell(client, 'approval.claimed', approval.id, forwarded);
      }
      return won;
    });
    if (claimed) await this.#announce(approval.id);
    return claimed;
  }

  /**
   * Under what is in force now: `true` when nothing more is asked, `false` when steps were added, by a
   * newer policy or by the connection's own chain, or when it is no longer approved.
   */
  async #carry(approval: ApprovalRecord, now: Judgement, record: EntryDraft): Promise<boolean> {
    const isSameVersion = now.policyVersion === approval.policyVersion;
    if (isSameVersion && rejudge(approval, now).kind === 'kept') return true;
    const kind = await this.database.transaction(async (client) => {
      const current = await lockApproval(client, approval.id);
      if (current?.state !== 'approved' || current.policyVersion > now.policyVersion)
        return undefined;
      const outcome = rejudge(current, now);
      const data = await this.rejudging.changeIn(client, current, now, outcome);
      if (outcome.kind === 'kept') await carryToPolicy(client, [current.id], now.policyVersion);
      await this.ledger.appendIn(
        client,
        this.#entry('approval.rejudged', approval.id, record, data),
      );
      return outcome.kind;
    });
    await this.#announce(approval.id);
    return kind === 'kept';
  }

  /** Settles what is in one of `from`; `false` when something else settled it first. */
  async settle(settle: Settle, record: EntryDraft, kind: string): Promise<boolean> {
    const settled = await this.database.transaction(async (client) => {
      if (!(await settleApproval(client, settle))) return false;
      await this.ledger.appendIn(
        client,
        this.#entry(kind, settle.approvalId, record, {
          state: settle.to,
          reason: settle.reason ?? '',
          approvalRecord: await approvalRecordIn(client, settle.approvalId),
        }),
      );
      await this.#tell(client, endOf(settle), settle.approvalId, record);
      return true;
    });
    if (settled) await this.#announce(settle.approvalId);
    return settled;
  }

  /**
   * As `settle`, for the end of a call that left: it must not stay `claimed` because the database was
   * away just then. Tries until it is written; a process that ends first is noticed by the sweeper.
   */
  async settleSurely(settle: Settle, record: EntryDraft, kind: string): Promise<void> {
    try {
      await this.settle(settle, record, kind);
    } catch (error) {
      this.logger.error(
        { error: String(error), approvalId: settle.approvalId },
        'the end of a held call could not be recorded; it is tried again',
      );
      setTimeout(() => void this.settleSurely(settle, record, kind), SETTLE_RETRY_MS).unref();
    }
  }

  /** The masked answer and its record commit together; only then may the answer be delivered. */
  async answer(approvalId: string, answerFrameId: string, answered: EntryDraft): Promise<void> {
    await this.database.transaction(async (client) => {
      await markAnswered(client, approvalId, answerFrameId);
      const approvalRecord = await approvalRecordIn(client, approvalId);
      await this.ledger.appendIn(client, {
        ...answered,
        approvalId,
        data: { ...answered.data, approvalRecord },
      });
      await this.#tell(client, 'approval.answered', approvalId, answered);
    });
    await this.#announce(approvalId);
  }

  async delivered(approvalId: string, record: EntryDraft): Promise<void> {
    const changed = await this.database.transaction(async (client) => {
      if (!(await markDelivered(client, approvalId))) return false;
      const approvalRecord = await approvalRecordIn(client, approvalId);
      await this.ledger.appendIn(
        client,
        this.#entry('approval.delivered', approvalId, record, { approvalRecord }),
      );
      await this.#tell(client, 'approval.delivered', approvalId, record);
      return true;
    });
    if (changed) await this.#announce(approvalId);
  }

  async read(approvalId: string): Promise<ApprovalRecord> {
    return this.#need(this.database.pool, approvalId);
  }

  async #need(on: Queryable, id: string): Promise<ApprovalRecord> {
    const approval = await findApproval(on, id);
    if (!approval) throw new Error(`Approval ${id} is gone.`);
    return approval;
  }

  async #tell(
    client: Queryable,
    event: ApprovalEvent,
    approvalId: string,
    record: EntryDraft,
  ): Promise<void> {
    const connection = record.connection && this.connections.byId(record.connection.id);
    if (connection) await this.notifier.queueIn(client, event, approvalId, connection);
  }

  #entry(kind: string, approvalId: string, from: EntryDraft, data: EntryDraft['data']): EntryDraft {
    const { frames: _frames, effect: _effect, ...rest } = from;
    return { ...rest, kind, approvalId, data: data ?? {} };
  }

  /** Only a hint: a failure here must not undo what is committed. */
  async #announce(approvalId: string): Promise<void> {
    await this.bus.announce('approvals', approvalId).catch(() => undefined);
  }
}

/** What ends after the claim was settled, and told so, by its verdict. */
function endOf({ from, to }: Settle): ApprovalEvent {
  if (!from.includes('claimed')) return 'approval.settled';
  return to === 'failed' ? 'approval.failed' : 'approval.unknown';
}
