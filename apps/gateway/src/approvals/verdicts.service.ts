import { mayDecide, progress, type MayDecide, type VerdictRecord } from '@holdpoint/approval';
import type { VerdictInput } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { newId } from '../platform/new-id.ts';
import type { EntryDraft } from '../audit/entry.ts';
import { approvalRecordIn } from '../audit/approval-record.ts';
import { Ledger } from '../audit/ledger.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { ApprovalNotifier } from '../notifications/approval-notifier.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database, type Queryable } from '../platform/database.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import type { ApprovalRecord, VerdictRow } from './approval.ts';
import { findApproval, lockApproval, settleApproval } from './approval.sql.ts';
import { insertVerdict, verdictsOf } from './verdict.sql.ts';

export function mayDecideOn(
  approval: ApprovalRecord,
  verdicts: readonly VerdictRow[],
  person: SignedInPerson,
): MayDecide {
  return mayDecide({
    person,
    caller: {
      kind: approval.caller.kind,
      personKey: approval.callerKey,
      ownerKey: approval.caller.ownerKey,
    },
    steps: approval.steps,
    verdicts: verdicts.map(toVerdictRecord),
    state: approval.state,
  });
}

export function toVerdictRecord(row: VerdictRow): VerdictRecord {
  return { step: row.step, person: row.personKey, verdict: row.verdict, at: row.at };
}

/** Verdicts of reviewers in the console. One row, one settlement, one transaction. */
@Injectable()
export class VerdictsService {
  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly bus: ChangeBus,
    private readonly connections: ConnectionRegistry,
    private readonly notifier: ApprovalNotifier,
  ) {}

  async give(approvalId: string, input: VerdictInput, person: SignedInPerson): Promise<void> {
    try {
      await this.database.transaction((client) => this.#record(client, approvalId, input, person));
    } catch (error) {
      if (error instanceof GatewayError && error.code !== 'not_found') {
        await this.#recordRefusal(approvalId, input, person, error.code);
      }
      throw error;
    }
    await this.bus.announce('approvals', approvalId).catch(() => undefined);
  }

  async #record(
    client: Queryable,
    approvalId: string,
    input: VerdictInput,
    person: SignedInPerson,
  ): Promise<void> {
    const approval = await lockApproval(client, approvalId);
    if (!approval) throw notFound();
    const earlier = (await verdictsOf(client, [approvalId])).get(approvalId) ?? [];
    // INVARIANT: asked here, under the row's lock, and nowhere else decisive.
    const may = mayDecideOn(approval, earlier, person);
    if (!may.ok) throw new GatewayError(may.code, may.message);
    if (may.step !== input.step) {
      throw new GatewayError(
        'not_in_step',
        'Your verdict was not recorded: the chain moved on to another step while you were reading. Look again and decide that step.',
      );
    }
    const verdict = {
      id: newId(),
      step: may.step,
      personKey: person.key,
      personName: person.name,
      personEmail: person.email,
      verdict: input.verdict,
      reason: input.reason ?? null,
    };
    if (!(await insertVerdict(client, approvalId, verdict))) throw settled();
    const entry = this.#entry(approval, person);
    await this.ledger.appendIn(client, {
      ...entry,
      kind: 'verdict.given',
      data: {
        verdict: input.verdict,
        step: may.step,
        reason: input.reason ?? '',
        person: person.name,
        paramsDigest: approval.paramsDigest,
      },
    });
    await this.#settle(client, approval, [...earlier, { ...verdict, at: new Date() }], entry);
  }

  async #settle(
    client: Queryable,
    approval: ApprovalRecord,
    verdicts: readonly VerdictRow[],
    entry: EntryDraft,
  ): Promise<void> {
    const { outcome } = progress(approval.steps, verdicts.map(toVerdictRecord));
    if (outcome === 'pending') return;
    const connection = this.connections.byId(approval.connectionId);
    const denial = verdicts.find((verdict) => verdict.verdict === 'deny');
    const done = await settleApproval(client, {
      approvalId: approval.id,
      from: ['held'],
      to: outcome,
      reason: denial ? `${denial.personName}: ${denial.reason ?? ''}` : null,
      releaseMs: connection?.approvalWindowMs ?? 3_600_000,
    });
    if (!done) throw settled();
    await this.ledger.appendIn(client, {
      ...entry,
      kind: `approval.${outcome}`,
      data: {
        steps: approval.steps.length,
        approvalRecord: await approvalRecordIn(client, approval.id),
      },
    });
    if (connection)
      await this.notifier.queueIn(client, 'approval.settled', approval.id, connection);
  }

  async #recordRefusal(
    approvalId: string,
    input: VerdictInput,
    person: SignedInPerson,
    code: string,
  ): Promise<void> {
    const approval = await findApproval(this.database.pool, approvalId);
    if (!approval) return;
    await this.ledger.append({
      ...this.#entry(approval, person),
      kind: 'verdict.refused',
      data: { verdict: input.verdict, code, person: person.name },
    });
  }

  #entry(approval: ApprovalRecord, person: SignedInPerson): EntryDraft {
    const connection = this.connections.byId(approval.connectionId);
    return {
      kind: '',
      connection: connection && { id: connection.id, slug: connection.slug },
      sessionId: approval.sessionId,
      callId: approval.callId,
      approvalId: approval.id,
      who: person.key,
      method: approval.method,
      target: approval.target,
    };
  }
}

export function notFound(): GatewayError {
  return new GatewayError(
    'not_found',
    'There is no such approval. The link may be incomplete, or from another installation.',
  );
}

function settled(): GatewayError {
  return new GatewayError(
    'settled',
    'Your verdict was not recorded: this call was settled before it arrived. Reload to see who settled it and how.',
  );
}
