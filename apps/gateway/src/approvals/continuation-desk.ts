import { setTimeout as delay } from 'node:timers/promises';
import { mergeSteps } from '@holdpoint/approval';
import { Injectable } from '@nestjs/common';
import { Ledger } from '../audit/ledger.ts';
import type { EntryDraft } from '../audit/entry.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import { awaitFreezes } from '../freezes/freeze.sql.ts';
import { FreezeStore } from '../freezes/freeze-store.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database } from '../platform/database.ts';
import { GatewayInstance } from '../platform/gateway-instance.ts';
import { newId } from '../platform/new-id.ts';
import { PolicyStore } from '../policies/policy-store.ts';
import type { ApprovalRecord } from './approval.ts';
import { findApproval, lockApproval, type Waiter } from './approval.sql.ts';
import {
  claimContinuation,
  handOverPlace,
  keepPlace,
  type ContinuationClaim,
} from './continuation.sql.ts';
import { isGivenUp } from './held-task.sql.ts';
import { ownersObjection } from './owners-check.ts';
import { objectionTo, type Judgement } from './rejudgement.ts';

/** Which exchange of a held call left its place to the next. */
export interface LeftPlace {
  readonly approvalId: string;
  readonly waiterId: string;
}

/** Who comes back for a held call; the parameters are compared by whoever verified its state. */
export interface ReturningCall {
  readonly callerKey: string;
  readonly connectionId: string;
  readonly method: string;
  readonly target: string;
  /** The task that it comes back for, where it does. */
  readonly taskId?: string;
}

export type ContinueOutcome =
  | { readonly kind: 'continued'; readonly approval: ApprovalRecord; readonly waiterId: string }
  /** That answer was continued before, or is no longer the latest. */
  | { readonly kind: 'used' }
  /** Its agent cancelled the task that it would go on for. */
  | { readonly kind: 'cancelled' }
  /** What is in force now asks for more than was approved. */
  | { readonly kind: 'objected'; readonly approval: ApprovalRecord; readonly reason: string };

const TRIES = 3;
const READ_TRIES = 60;
const READ_AGAIN_MS = 500;

/** A held call that comes back: the same wait on another exchange, or the next round of a call that was released. */
@Injectable()
export class ContinuationDesk {
  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly bus: ChangeBus,
    private readonly instance: GatewayInstance,
    private readonly policies: PolicyStore,
    private readonly connections: ConnectionRegistry,
    private readonly freezes: FreezeStore,
  ) {}

  /** Between two exchanges of one wait nobody else takes the place; one that stays away loses it. */
  async keep({ approvalId, waiterId }: LeftPlace, withinMs: number): Promise<void> {
    await keepPlace(this.database.pool, approvalId, waiterId, withinMs);
  }

  /**
   * Goes on with a wait where an earlier exchange left it. `null`: the place is not this call's, or
   * another exchange has taken it since.
   */
  async rejoin(
    left: LeftPlace,
    call: ReturningCall & { readonly paramsDigest: string },
    record: EntryDraft,
  ): Promise<{ readonly approval: ApprovalRecord; readonly waiterId: string } | null> {
    const waiter = this.#waiter();
    const joined = await this.database.transaction(async (client) => {
      const approval = await lockApproval(client, left.approvalId);
      if (!approval || !isOf(approval, call) || approval.askedDigest !== call.paramsDigest)
        return null;
      if (approval.agentWaiting && approval.waiterId !== left.waiterId) return null;
      if (CAN_BE_WAITED_FOR.has(approval.state)) await handOverPlace(client, approval.id, waiter);
      await this.ledger.appendIn(client, { ...record, approvalId: approval.id });
      return { approval: (await findApproval(client, approval.id)) ?? approval };
    });
    if (!joined) return null;
    await this.#announce(left.approvalId);
    return { ...joined, waiterId: waiter.id };
  }

  /**
   * The next round of a call that was released: judged again, never held again, forwarded once for the
   * answer that asked for it. What is recorded commits with the claim.
   */
  async continue(
    approvalId: string,
    answerFrameId: string,
    call: ReturningCall,
    judge: () => Promise<Judgement>,
    record: EntryDraft,
  ): Promise<ContinueOutcome> {
    const waiter = this.#waiter();
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const approval = await findApproval(this.database.pool, approvalId);
      if (!approval || approval.answerFrameId !== answerFrameId) return { kind: 'used' };
      const now = await judge();
      const objection =
        objectionTo(approval, now) ?? (await ownersObjection(this.database.pool, approval));
      const reason = objection ? objection.reason : askedAnew(approval, now);
      if (reason !== undefined) return { kind: 'objected', approval, reason };
      const { toolDigest, policyVersion, freezeEpoch } = now;
      const bound = { toolDigest, policyVersion, freezeEpoch, waiter };
      const claim = { ...call, approvalId, answerFrameId, ...bound };
      const claimed = await this.#claim(claim, { ...record, approvalId });
      if (claimed === 'cancelled') return { kind: 'cancelled' };
      if (claimed === 'claimed') {
        await this.#announce(approvalId);
        return { kind: 'continued', approval, waiterId: waiter.id };
      }
      // Something in force is newer than this process knew, or somebody else was faster.
      await Promise.all([
        this.policies.refresh(),
        this.connections.refresh(),
        this.freezes.refresh(),
      ]);
    }
    return { kind: 'used' };
  }

  async #claim(
    claim: ContinuationClaim & { readonly taskId?: string },
    record: EntryDraft,
  ): Promise<'claimed' | 'changed' | 'cancelled'> {
    const { approvalId, taskId } = claim;
    try {
      return await this.database.transaction(async (client) => {
        await awaitFreezes(client);
        // The lock first: a cancellation that was acknowledged is seen, one that comes later breaks off.
        await lockApproval(client, approvalId);
        if (taskId !== undefined && (await isGivenUp(client, taskId))) return 'cancelled';
        if (!(await claimContinuation(client, claim))) return 'changed';
        await this.ledger.appendIn(client, record);
        return 'claimed';
      });
    } catch (error) {
      // Committed with only its acknowledgement lost, the claim is this waiter's: nobody else would end it.
      const now = await this.#readWhenBack(approvalId);
      if (now?.state === 'claimed' && now.waiterId === claim.waiter.id) return 'claimed';
      throw error;
    }
  }

  /** A database that was away is asked again for a while; `undefined` when it stays away. */
  async #readWhenBack(approvalId: string): Promise<ApprovalRecord | undefined> {
    for (let attempt = 0; attempt < READ_TRIES; attempt += 1) {
      try {
        return await findApproval(this.database.pool, approvalId);
      } catch {
        await delay(READ_AGAIN_MS);
      }
    }
    return undefined;
  }

  #waiter(): Waiter {
    return { id: newId(), instance: this.instance.id };
  }

  /** Only a hint. */
  async #announce(approvalId: string): Promise<void> {
    await this.bus.announce('approvals', approvalId).catch(() => undefined);
  }
}

/** In every other state there is nothing left to wait for: what became of it is told at once. */
const CAN_BE_WAITED_FOR: ReadonlySet<string> = new Set(['held', 'approved', 'claimed', 'answered']);

function isOf(approval: ApprovalRecord, call: ReturningCall): boolean {
  return (
    approval.callerKey === call.callerKey &&
    approval.connectionId === call.connectionId &&
    approval.method === call.method &&
    approval.target === call.target
  );
}

/** A policy published since then may ask for steps that nobody was asked for. */
function askedAnew(approval: ApprovalRecord, now: Judgement): string | undefined {
  const { added } = mergeSteps(approval.steps, now.effect === 'hold' ? now.steps : []);
  return added.length === 0
    ? undefined
    : 'The policy now asks for approvals that this call was not given.';
}
