import { isApprovalState } from '@holdpoint/approval';
import type {
  ApprovalContext,
  CallerRecord,
  EarlierCall,
  HeldDefinition,
  LastApproved,
} from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { kindCalled } from '../connections/tool-catalogue.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { Database } from '../platform/database.ts';
import {
  callerRecord,
  earlierCalls,
  findDefinition,
  findLastApproved,
  MOST_COUNTED,
  RECORD_DAYS,
  type DefinitionRow,
  type EarlierRow,
  type RecordRow,
} from './approval-context.sql.ts';
import { findApproval } from './approval.sql.ts';
import type { ApprovalRecord } from './approval.ts';
import { ChainTimes } from './chain-time.ts';
import { HeldEdits } from './held-edits.ts';
import { argumentsTextOf } from './held-payload.ts';
import { mayOpen } from './may-open.ts';
import { verdictsOf } from './verdict.sql.ts';
import { notFound } from './verdicts.service.ts';

const EARLIER_SHOWN = 10;

/**
 * What stands around a held call: what its session did before, when the like was approved, whether
 * the definition changed, and what its caller did lately. Loaded after the page, by bounded queries.
 */
@Injectable()
export class ApprovalContextView {
  constructor(
    private readonly database: Database,
    private readonly edits: HeldEdits,
    private readonly chainTimes: ChainTimes,
  ) {}

  async of(id: string, person: SignedInPerson): Promise<ApprovalContext> {
    const { pool } = this.database;
    const record = await findApproval(pool, id);
    if (!record) throw notFound();
    const [earlier, last, definition, caller] = await Promise.all([
      earlierCalls(pool, record, EARLIER_SHOWN + 1),
      findLastApproved(pool, record),
      this.#definition(record),
      callerRecord(pool, record.callerKey),
    ]);
    return {
      earlier: earlier.slice(0, EARLIER_SHOWN).map(toEarlierCall),
      earlierMore: earlier.length > EARLIER_SHOWN,
      lastApproved: last ? await this.#lastApproved(last, record, person) : null,
      definition: definition && toDefinition(definition, record, last),
      caller: toCallerRecord(caller),
    };
  }

  async #definition({
    connectionId,
    method,
    target,
  }: ApprovalRecord): Promise<(DefinitionRow & Pick<HeldDefinition, 'item'>) | null> {
    const called = method.startsWith('resources/') ? { uri: target } : { name: target };
    const kind = kindCalled(method, called);
    if (kind === undefined || target === '') return null;
    const row = await findDefinition(this.database.pool, { connectionId, kind, name: target });
    return row ? { ...row, item: { kind, name: target } } : null;
  }

  async #lastApproved(
    last: ApprovalRecord,
    record: ApprovalRecord,
    person: SignedInPerson,
  ): Promise<LastApproved> {
    // INVARIANT: the other call's payload is opened only to whom its own page would open it.
    const isOpen = mayOpen(last, person, this.chainTimes.onCall());
    const [texts, verdicts] = await Promise.all([
      // What was approved, which isn't what was asked where a reviewer changed it.
      this.edits.requestTexts(isOpen ? [last] : []),
      verdictsOf(this.database.pool, [last.id]),
    ]);
    const request = texts.get(last.id);
    const approvals = (verdicts.get(last.id) ?? []).filter(({ verdict }) => verdict === 'approve');
    return {
      approvalId: last.id,
      at: (last.settledAt ?? last.heldAt).toISOString(),
      state: last.state,
      sameCaller: last.callerKey === record.callerKey,
      callerName: last.caller.displayName,
      by: [...new Set(approvals.map(({ personName }) => personName))],
      identical: last.paramsDigest === record.paramsDigest,
      argumentsText: request === undefined ? null : argumentsTextOf(request),
      withheld: request !== undefined ? null : isOpen ? 'retention' : 'role',
    };
  }
}

function toEarlierCall(row: EarlierRow): EarlierCall {
  return {
    callId: row.call_id,
    at: row.at.toISOString(),
    method: row.method,
    target: row.target,
    effect: row.effect,
    outcome: outcomeOf(row),
    approvalId: row.approval_id,
  };
}

function outcomeOf({ state, kinds }: EarlierRow): EarlierCall['outcome'] {
  if (state !== null && isApprovalState(state)) return state;
  if (kinds.includes('call.refused')) return 'refused';
  if (kinds.includes('call.unknown')) return 'unknown';
  if (kinds.includes('call.failed')) return 'failed';
  if (kinds.includes('call.answered')) return 'delivered';
  return kinds.includes('call.cancelled') ? 'cancelled' : 'running';
}

function toDefinition(
  row: DefinitionRow & Pick<HeldDefinition, 'item'>,
  record: ApprovalRecord,
  last: ApprovalRecord | undefined,
): HeldDefinition {
  return {
    item: row.item,
    firstSeenAt: row.first_seen_at.toISOString(),
    changedAt: row.changed_at.toISOString(),
    missingSince: row.missing_since?.toISOString() ?? null,
    changedSinceHeld: record.toolDigest !== '' && record.toolDigest !== row.digest,
    changedSinceApproved:
      last === undefined || last.toolDigest === '' ? null : last.toolDigest !== row.digest,
    word:
      row.state === null || row.said_at === null
        ? null
        : { state: row.state, by: row.by, at: row.said_at.toISOString() },
  };
}

function toCallerRecord(row: RecordRow): CallerRecord {
  return {
    days: RECORD_DAYS,
    firstSeenAt: row.first_seen_at?.toISOString() ?? null,
    sessions: row.sessions,
    calls: row.calls,
    held: row.holds,
    approved: row.approved,
    denied: row.denied,
    unknown: row.unknown,
    atLeast:
      row.sessions >= MOST_COUNTED || row.looked_at >= MOST_COUNTED || row.holds >= MOST_COUNTED,
  };
}
