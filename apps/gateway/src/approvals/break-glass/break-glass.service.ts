import { mayBreakGlass, progress, refusalMessage, type RefusalCode } from '@holdpoint/approval';
import type {
  ApprovalDetail,
  BreakGlassInput,
  BreakGlassList,
  BreakGlassUse,
  PasskeyChallenge,
} from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { approvalRecordIn } from '../../audit/approval-record.ts';
import type { EntryDraft } from '../../audit/entry.ts';
import { Ledger } from '../../audit/ledger.ts';
import { ConnectionRegistry } from '../../connections/connection-registry.ts';
import { GrantDesk } from '../../grants/grant-desk.ts';
import { GroupCheck } from '../../identity/group-check.ts';
import type { ConfirmedPerson, SignedInPerson } from '../../identity/signed-in-person.ts';
import { ApprovalNotifier } from '../../notifications/approval-notifier.ts';
import { ChangeBus } from '../../platform/change-bus.ts';
import { Database, type Queryable } from '../../platform/database.ts';
import { GatewayError } from '../../platform/gateway.error.ts';
import { newId } from '../../platform/new-id.ts';
import { approvalEntry } from '../approval-entry.ts';
import type { ApprovalRecord } from '../approval.ts';
import { findApproval, lockApproval, lockCaller, settleApproval } from '../approval.sql.ts';
import { checkNotFrozen } from '../frozen-check.ts';
import { HeldEdits } from '../held-edits.ts';
import { checkEarlierApprovers, checkOwners } from '../owners-check.ts';
import { PasskeyCheck, type PasskeyProof, type Signable } from '../passkey-check.ts';
import { checkShown } from '../shown-check.ts';
import { putEditInForce } from '../edit.sql.ts';
import { verdictsOf } from '../verdict.sql.ts';
import { notFound, settled } from '../verdicts.service.ts';
import { toVerdictRecord } from '../verdict-record.ts';
import {
  acknowledge,
  breakGlassOf,
  insertBreakGlass,
  openBreakGlass,
  type BreakGlassRow,
} from './break-glass.sql.ts';

const WINDOW_MS = 3_600_000;

/**
 * Approving past the chain, in an emergency: by a role of its own, with groups confirmed at this very
 * moment, a reason that everyone reads, and an alarm that stands until somebody else has seen it.
 */
@Injectable()
export class BreakGlass {
  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly bus: ChangeBus,
    private readonly connections: ConnectionRegistry,
    private readonly notifier: ApprovalNotifier,
    private readonly edits: HeldEdits,
    private readonly groups: GroupCheck,
    private readonly passkeys: PasskeyCheck,
    private readonly grants: GrantDesk,
  ) {}

  async use(approvalId: string, input: BreakGlassInput, person: SignedInPerson): Promise<void> {
    try {
      // Always asked anew, however recently it was: there is no second person to notice.
      const confirmed = await this.groups.confirm(person, { always: true });
      await this.database.transaction((client) =>
        this.#record(client, approvalId, input, confirmed),
      );
    } catch (error) {
      if (error instanceof GatewayError && error.code !== 'not_found') {
        await this.passkeys.afterRefusal(error);
        await this.#recordRefusal(approvalId, input, person, error.code);
      }
      throw error;
    }
    await this.bus.announce('approvals', approvalId).catch(() => undefined);
  }

  /** What the person's passkey has to sign, where a rule demands it: an emergency doesn't do without. */
  async challenge(
    approvalId: string,
    input: BreakGlassInput,
    person: SignedInPerson,
  ): Promise<PasskeyChallenge> {
    const approval = await findApproval(this.database.pool, approvalId);
    if (!approval) throw notFound();
    const may = mayBreakGlass(attempt(approval, person));
    if (!may.ok) throw notBroken(may.code);
    return this.passkeys.challenge(approval, signable(input), person);
  }

  async pageOf(
    approval: ApprovalRecord,
    person: SignedInPerson,
  ): Promise<ApprovalDetail['breakGlass']> {
    const used = await breakGlassOf(this.database.pool, approval.id);
    const may = person.roles.includes('breakglass')
      ? mayBreakGlass(attempt(approval, person))
      : null;
    return { used: used === undefined ? null : toUse(used), may };
  }

  async open(): Promise<BreakGlassList> {
    const rows = await openBreakGlass(this.database.pool);
    return {
      items: rows.map(({ slug: connection, method, target, ...row }) => ({
        ...toUse(row),
        connection,
        method,
        target: target === '' ? null : target,
      })),
    };
  }

  async acknowledge(id: string, person: SignedInPerson): Promise<BreakGlassList> {
    await this.database.transaction(async (client) => {
      const row = await acknowledge(client, id, person);
      if (row === undefined) throw acknowledgedOrOwn();
      const approval = await findApproval(client, row.approval_id);
      if (approval === undefined) throw notFound();
      await this.ledger.appendIn(
        client,
        this.#entry(approval, person, 'approval.break-glass-acknowledged', {
          brokenBy: row.person_name,
          reason: row.reason,
        }),
      );
      await this.bus.announce('approvals', row.approval_id, client);
    });
    return this.open();
  }

  async #record(
    client: Queryable,
    approvalId: string,
    input: BreakGlassInput,
    confirmed: ConfirmedPerson,
  ): Promise<void> {
    const opened = await findApproval(client, approvalId);
    if (!opened) throw notFound();
    await lockCaller(client, opened.callerKey);
    const approval = await lockApproval(client, approvalId);
    if (!approval) throw notFound();
    const person = await this.groups.stillConfirmed(client, confirmed);
    // INVARIANT: it skips the chain alone; separation from the caller, a freeze and the digest of what
    // was shown hold as for any verdict.
    const may = mayBreakGlass(attempt(approval, person));
    if (!may.ok) throw notBroken(may.code);
    await checkNotFrozen(client, approval);
    await checkOwners(client, approval, [person.key]);
    await checkEarlierApprovers(client, approval);
    const { reason, shown } = input;
    await checkShown(client, this.edits, approval, shown);
    const passkey = await this.passkeys.check(client, approval, signable(input), person);
    const use = {
      id: newId(),
      approvalId,
      personKey: person.key,
      personName: person.name,
      reason,
    };
    if (!(await insertBreakGlass(client, use))) throw settled();
    await this.#settle(client, approval, person, reason, passkey);
  }

  async #settle(
    client: Queryable,
    approval: ApprovalRecord,
    person: ConfirmedPerson,
    reason: string,
    passkey: PasskeyProof | null,
  ): Promise<void> {
    const verdicts = (await verdictsOf(client, [approval.id])).get(approval.id) ?? [];
    const { perStep } = progress(approval.steps, verdicts.map(toVerdictRecord));
    const connection = this.connections.byId(approval.connectionId);
    const done = await settleApproval(client, {
      approvalId: approval.id,
      from: ['held'],
      to: 'approved',
      reason: `Approved by break-glass, past its chain, by ${person.name}: ${reason}`,
      releaseMs: connection?.approvalWindowMs ?? WINDOW_MS,
    });
    if (!done) throw settled();
    if (approval.editId !== null) await putEditInForce(client, approval.editId);
    const own = this.#entry(approval, person, '', {});
    await this.grants.onSettled(client, approval, 'broken', verdicts, own);
    const approvalRecord = await approvalRecordIn(client, approval.id);
    await this.ledger.appendIn(
      client,
      this.#entry(approval, person, 'approval.break-glass', {
        reason,
        groups: [...person.groups],
        groupsConfirmedAt: person.groupsConfirmedAt.toISOString(),
        skippedSteps: perStep.filter(({ status }) => status !== 'approved').length,
        paramsDigest: approval.paramsDigest,
        ...(passkey && { verdict: BROKEN, passkey: passkey.entry }),
      }),
      this.#entry(approval, person, 'approval.approved', {
        steps: approval.steps.length,
        breakGlass: true,
        approvalRecord,
      }),
    );
    if (connection === undefined) return;
    await this.notifier.queueIn(client, 'approval.break_glass', approval.id, connection);
    await this.notifier.queueIn(client, 'approval.settled', approval.id, connection);
  }

  async #recordRefusal(
    approvalId: string,
    { reason }: BreakGlassInput,
    person: SignedInPerson,
    code: string,
  ): Promise<void> {
    const approval = await findApproval(this.database.pool, approvalId);
    if (!approval) return;
    const kind = 'approval.break-glass-refused';
    await this.ledger.append(this.#entry(approval, person, kind, { code, reason }));
  }

  #entry(
    approval: ApprovalRecord,
    person: SignedInPerson,
    kind: string,
    data: NonNullable<EntryDraft['data']>,
  ): EntryDraft {
    const connection = this.connections.byId(approval.connectionId);
    const entry = approvalEntry(approval, connection, kind, { ...data, person: person.name });
    return { ...entry, who: person.key };
  }
}

/** As what it is signed; it belongs to no step. */
const BROKEN = 'break-glass';

function signable({ reason, shown, passkey }: BreakGlassInput): Signable {
  return { verdict: BROKEN, step: -1, reason, shown, passkey };
}

function attempt(approval: ApprovalRecord, person: SignedInPerson) {
  const { kind, ownerKey } = approval.caller;
  return {
    person,
    caller: { kind, personKey: approval.callerKey, ownerKey },
    state: approval.state,
    editorKey: approval.editorKey,
  };
}

function toUse(row: BreakGlassRow): BreakGlassUse {
  const { acknowledged_by: key, acknowledged_at: at } = row;
  return {
    id: row.id,
    approvalId: row.approval_id,
    person: { key: row.person_key, name: row.person_name },
    reason: row.reason,
    at: row.at.toISOString(),
    acknowledged:
      key === null || at === null
        ? null
        : { by: { key, name: row.acknowledged_by_name ?? key }, at: at.toISOString() },
  };
}

function notBroken(code: RefusalCode): GatewayError {
  return new GatewayError(code, refusalMessage(code, 'Your approval was not recorded'));
}

function acknowledgedOrOwn(): GatewayError {
  return new GatewayError(
    'settled',
    'Not recorded: somebody has acknowledged this alarm already, or it is about what you did yourself. Then another admin or auditor has to.',
  );
}
