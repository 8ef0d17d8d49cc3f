import { progress } from '@holdpoint/approval';
import type { NotificationEvent } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import type { ConnectionRecord } from '../connections/connection-registry.ts';
import type { Queryable } from '../platform/database.ts';
import { newId } from '../platform/new-id.ts';
import type { ApprovalEventFacts } from './events/event-facts.ts';
import { insertEvent, isHeard, readApproval, type ToldApproval } from './events/event.sql.ts';
import { JobQueue } from './job-queue.ts';

export type ApprovalEvent = Exclude<NotificationEvent, `freeze.${string}`>;

/** Of a reminder or an escalation: which step, and whom it asks. */
export interface AskedNow {
  readonly step: number;
  readonly of: number;
  readonly groups: readonly string[];
  readonly people: readonly string[];
  readonly onCall?: string;
}

/** Keeps what became of an approval for the channels, and for its connection's webhook. */
@Injectable()
export class ApprovalNotifier {
  constructor(private readonly jobs: JobQueue) {}

  /**
   * In the transaction that changes the approval: it is told if and only if the change is committed.
   * Says what the approval's row says within that transaction. Whom it goes to is found out later, so
   * that no channel delays what happened.
   */
  async queueIn(
    client: Queryable,
    event: ApprovalEvent,
    approvalId: string,
    connection: ConnectionRecord,
    asked?: AskedNow,
  ): Promise<void> {
    if (connection.webhook === null && !(await isHeard(client, event, approvalId))) return;
    const told = await readApproval(client, approvalId);
    const facts = factsOf(approvalId, told, connection, asked);
    await insertEvent(client, { id: newId(), thread: approvalId, event, approvalId, facts });
    await this.jobs.spread(client, { thread: approvalId });
  }
}

function factsOf(
  approvalId: string,
  { approval, verdicts, breakGlass }: ToldApproval,
  { id, slug, title }: ConnectionRecord,
  asked: AskedNow | undefined,
): ApprovalEventFacts {
  const { currentStep } = progress(
    approval.steps,
    verdicts.map((row) => ({
      step: row.step,
      person: row.person_key,
      actingFor: row.acting_for_key,
      verdict: row.verdict,
      at: row.at,
    })),
  );
  const current = approval.state === 'held' ? currentStep : null;
  return {
    kind: 'approval',
    approvalId,
    state: approval.state,
    method: approval.method,
    target: approval.target === '' ? null : approval.target,
    connection: { id, slug, title },
    caller: {
      name: approval.caller.displayName,
      kind: approval.caller.kind,
      clientId: approval.caller.clientId,
    },
    callerKey: approval.caller.key,
    why: approval.decision.explanation,
    steps: approval.steps.map(({ chain, reviewers, passkeyRules }) => ({
      chain,
      reviewers,
      needsPasskey: (passkeyRules ?? []).length > 0,
    })),
    current,
    verdicts: verdicts.map(({ step, verdict, person_name: person, reason, at }) => ({
      step,
      verdict,
      person,
      reason,
      at: at.toISOString(),
    })),
    ...(asked && { asked: { ...asked, groups: [...asked.groups], people: [...asked.people] } }),
    ...(breakGlass && { breakGlass }),
  };
}
