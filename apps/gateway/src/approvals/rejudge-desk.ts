import { progress, type Step } from '@holdpoint/approval';
import { Injectable } from '@nestjs/common';
import { approvalRecordIn } from '../audit/approval-record.ts';
import type { EntryDraft } from '../audit/entry.ts';
import { Ledger } from '../audit/ledger.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import { ApprovalNotifier } from '../notifications/approval-notifier.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database, type Queryable } from '../platform/database.ts';
import type { ApprovalRecord } from './approval.ts';
import { approvalEntry } from './approval-entry.ts';
import { settleApproval } from './approval.sql.ts';
import { passkeyFact } from './passkey-fact.ts';
import { askMore, carryToPolicy, findJudgedBefore, lockOpen } from './rejudge.sql.ts';
import { rejudge, type Judgement, type Rejudgement } from './rejudgement.ts';
import { openStep } from './timers.sql.ts';
import { toVerdictRecord } from './verdict-record.ts';
import { verdictsOf } from './verdict.sql.ts';

const WINDOW_MS = 3_600_000;

/** What judging open approvals again changes of them: each once, under its row's lock. */
@Injectable()
export class RejudgeDesk {
  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly bus: ChangeBus,
    private readonly connections: ConnectionRegistry,
    private readonly notifier: ApprovalNotifier,
  ) {}

  judgedBefore(
    policyVersion: number,
    beside: readonly string[],
    limit: number,
  ): Promise<readonly ApprovalRecord[]> {
    return findJudgedBefore(this.database.pool, policyVersion, beside, limit);
  }

  /**
   * One transaction for all of them, each judged under this version. What a verdict, a claim or another
   * replica is changing just now is left out: it is still found by who asks again. Answers how many
   * now stand under the version, or ended.
   */
  async apply(judged: ReadonlyMap<string, Judgement>, policyVersion: number): Promise<number> {
    const told: string[] = [];
    const done = await this.database.transaction(async (client) => {
      const open = await lockOpen(client, [...judged.keys()]);
      const kept: string[] = [];
      const entries: EntryDraft[] = [];
      for (const approval of open) {
        const now = judged.get(approval.id);
        // The state is of now, and so is what was judged by a newer version meanwhile.
        if (now === undefined || approval.policyVersion >= policyVersion) continue;
        const outcome = rejudge(approval, now);
        if (outcome.kind === 'kept') kept.push(approval.id);
        else told.push(approval.id);
        const data = await this.changeIn(client, approval, now, outcome);
        const connection = this.connections.byId(approval.connectionId);
        entries.push(approvalEntry(approval, connection, 'approval.rejudged', data));
      }
      await carryToPolicy(client, kept, policyVersion);
      await this.ledger.appendIn(client, ...entries);
      return entries.length;
    });
    // Only hints.
    await Promise.allSettled(told.map((id) => this.bus.announce('approvals', id)));
    return done;
  }

  /**
   * Of an approval whose row the transaction has locked; what is kept is carried over by the caller.
   * Answers what is to be recorded.
   */
  async changeIn(
    client: Queryable,
    approval: ApprovalRecord,
    now: Judgement,
    outcome: Rejudgement,
  ): Promise<NonNullable<EntryDraft['data']>> {
    const data = { from: approval.policyVersion, to: now.policyVersion };
    if (outcome.kind === 'kept') return { ...data, addedSteps: 0 };
    const connection = this.connections.byId(approval.connectionId);
    if (outcome.kind === 'asks-more') {
      const { steps, rejudged } = outcome;
      const windowMs = connection?.approvalWindowMs ?? WINDOW_MS;
      const { decision } = now;
      await askMore(client, { approvalId: approval.id, steps, decision, rejudged, windowMs });
      // Approved before: the step that is asked now opens. Otherwise the one that is asked goes on.
      if (rejudged.wasApproved) await this.#openCurrent(client, approval.id, steps);
      if (connection) await this.notifier.queueIn(client, 'approval.held', approval.id, connection);
      const { addedSteps, wasApproved, reason } = rejudged;
      return { ...data, addedSteps, wasApproved, reason, decision, ...passkeyFact(steps) };
    }
    const { to, reason } = outcome;
    await settleApproval(client, { approvalId: approval.id, from: [approval.state], to, reason });
    if (connection)
      await this.notifier.queueIn(client, 'approval.settled', approval.id, connection);
    return {
      ...data,
      state: to,
      reason,
      decision: now.decision,
      approvalRecord: await approvalRecordIn(client, approval.id),
    };
  }
  /** The first of the new ones, or, where break-glass went past them, the first that nobody approved. */
  async #openCurrent(client: Queryable, id: string, steps: readonly Step[]): Promise<void> {
    const verdicts = (await verdictsOf(client, [id])).get(id) ?? [];
    const { currentStep } = progress(steps, verdicts.map(toVerdictRecord));
    const step = currentStep === null ? undefined : steps[currentStep];
    if (currentStep !== null && step) await openStep(client, id, currentStep, step);
  }
}
