import {
  beginAnew,
  refusalMessage,
  satisfiable,
  type MayDecide,
  type OnCallNow,
  type RefusalCode,
} from '@holdpoint/approval';
import { Injectable } from '@nestjs/common';
import type { EntryDraft } from '../audit/entry.ts';
import { Ledger } from '../audit/ledger.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import { GroupCheck } from '../identity/group-check.ts';
import type { ConfirmedPerson, SignedInPerson } from '../identity/signed-in-person.ts';
import { ApprovalNotifier } from '../notifications/approval-notifier.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database, type Queryable } from '../platform/database.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { newId } from '../platform/new-id.ts';
import type { ApprovalRecord, VerdictRow } from './approval.ts';
import { approvalEntry } from './approval-entry.ts';
import { findApproval, lockApproval } from './approval.sql.ts';
import { bindToAsked, bindToEdit, editsOf, endEdit, insertEdit, type Change } from './edit.sql.ts';
import { onCallIn } from '../rotas/rota-registry.ts';
import { ChainTimes } from './chain-time.ts';
import { databaseNow, openStep } from './timers.sql.ts';
import { HeldEdits } from './held-edits.ts';
import { passkeyFact } from './passkey-fact.ts';
import { checkOwners } from './owners-check.ts';
import type { Judgement } from './rejudgement.ts';
import { verdictsOf } from './verdict.sql.ts';
import { mayDecideOn, notFound } from './verdicts.service.ts';

/** Every proposal makes the chain longer by itself: a call that needs more should be denied instead. */
const MAX_EDITS = 10;
const WINDOW_MS = 3_600_000;

/** What is proposed, checked and judged. */
export interface ProposedEdit {
  readonly argumentsText: string;
  readonly note: string | null;
  /** Of the params with these arguments. */
  readonly paramsDigest: string;
  /** What was judged: the arguments it was made from must still be the ones asked. */
  readonly askedDigest: string;
  readonly now: Judgement;
}

/** Whether the person may propose other arguments: whoever may decide, and the last editor too. */
export function mayEdit(
  approval: ApprovalRecord,
  verdicts: readonly VerdictRow[],
  person: SignedInPerson,
  onCall: OnCallNow,
): MayDecide {
  return mayDecideOn({ ...approval, editorKey: null }, verdicts, person, onCall);
}

/** Changes of what a held call would run with. Each begins its chain anew, under the row's lock. */
@Injectable()
export class EditDesk {
  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly bus: ChangeBus,
    private readonly connections: ConnectionRegistry,
    private readonly notifier: ApprovalNotifier,
    private readonly edits: HeldEdits,
    private readonly chainTimes: ChainTimes,
    private readonly groups: GroupCheck,
  ) {}

  /**
   * A change by somebody whose groups the provider has just confirmed, as for a verdict. One that is
   * refused is recorded, too: also who tried counts.
   */
  async by(
    approvalId: string,
    what: 'propose' | 'withdraw',
    person: SignedInPerson,
    change: (confirmed: ConfirmedPerson) => Promise<void>,
  ): Promise<void> {
    try {
      // Before the row's lock: it may take as long as the identity provider does.
      await change(await this.groups.confirm(person));
    } catch (error) {
      if (error instanceof GatewayError && error.code !== 'not_found')
        await this.#recordRefusal(approvalId, what, person, error.code);
      throw error;
    }
  }

  async read(approvalId: string): Promise<ApprovalRecord> {
    const approval = await findApproval(this.database.pool, approvalId);
    if (!approval) throw notFound();
    return approval;
  }

  /** @throws GatewayError where the person may not change anything of this call */
  async mayPropose(approval: ApprovalRecord, person: SignedInPerson): Promise<void> {
    const verdicts = (await verdictsOf(this.database.pool, [approval.id])).get(approval.id) ?? [];
    const may = mayEdit(approval, verdicts, person, this.chainTimes.onCall());
    if (!may.ok) throw notChanged(may.code);
  }

  /**
   * The proposal takes the place of what was asked, and of any proposal before it: every verdict so far
   * is void, and the whole chain is asked anew, without its editor.
   */
  async propose(
    approvalId: string,
    step: number,
    proposed: ProposedEdit,
    confirmed: ConfirmedPerson,
  ): Promise<void> {
    await this.database.transaction(async (client) => {
      const { person, ...approval } = await this.#lock(client, approvalId, confirmed);
      if (approval.may.step !== step) throw movedOn();
      const { record } = approval;
      if (record.askedDigest !== proposed.askedDigest) throw movedOn();
      if (record.paramsDigest === proposed.paramsDigest) throw changesNothing();
      const number = ((await editsOf(client, approvalId)).at(-1)?.number ?? 0) + 1;
      if (number > MAX_EDITS) throw tooMany();
      const change = this.#change(record, proposed.now);
      const barred = [person.key, record.callerKey, record.caller.ownerKey ?? ''];
      const live = change.steps.filter(({ isVoid }) => !isVoid);
      if (!satisfiable(live, { excluded: barred }).ok) throw nobodyElse();
      if (record.editId !== null) await endEdit(client, record.editId, 'superseded', person.key);
      const id = newId();
      await insertEdit(client, {
        id,
        approvalId,
        number,
        editorKey: person.key,
        editorName: person.name,
        editorEmail: person.email,
        note: proposed.note,
        sealedArguments: this.edits.seal(id, proposed.argumentsText),
        paramsDigest: proposed.paramsDigest,
      });
      if (!(await bindToEdit(client, change, { id, paramsDigest: proposed.paramsDigest })))
        throw decided();
      await this.#begin(client, change);
      const { note, paramsDigest, askedDigest, now } = proposed;
      await this.#record(client, record, person, 'approval.edited', {
        edit: number,
        note: note ?? '',
        askedDigest,
        paramsDigest,
        policy: now.policyVersion,
        voided: approval.verdicts,
        ...passkeyFact(change.steps),
      });
    });
    await this.#announce(approvalId);
  }

  /** Back to what was asked, by the editor or any reviewer who could decide. Nothing becomes approved by it. */
  async withdraw(approvalId: string, number: number, confirmed: ConfirmedPerson): Promise<void> {
    await this.database.transaction(async (client) => {
      const { person, record, verdicts } = await this.#lock(client, approvalId, confirmed);
      const edit = (await editsOf(client, approvalId)).find(({ id }) => id === record.editId);
      if (edit?.number !== number) throw stale();
      if (!(await endEdit(client, edit.id, 'withdrawn', person.key))) throw stale();
      const change = this.#change(record, { steps: [], decision: record.decision });
      if (!(await bindToAsked(client, change))) throw decided();
      await this.#begin(client, change);
      const { askedDigest } = record;
      const data = { edit: number, paramsDigest: askedDigest, voided: verdicts };
      await this.#record(client, record, person, 'approval.edit_withdrawn', data);
    });
    await this.#announce(approvalId);
  }

  /** INVARIANT: who may change what a call runs with is who may decide about it, asked under the row's lock. */
  async #lock(client: Queryable, approvalId: string, confirmed: ConfirmedPerson) {
    const record = await lockApproval(client, approvalId);
    if (!record) throw notFound();
    const person = await this.groups.stillConfirmed(client, confirmed);
    const verdicts = (await verdictsOf(client, [approvalId])).get(approvalId) ?? [];
    const onCall = await onCallIn(client, await databaseNow(client));
    const may = mayEdit(record, verdicts, person, onCall);
    if (!may.ok) throw notChanged(may.code);
    await checkOwners(client, record, [person.key]);
    const counted = verdicts.filter((verdict) => !record.steps[verdict.step]?.isVoid);
    return { person, record, may, verdicts: counted.length };
  }

  /** The first step of the new chain has its whole time; what was to come of the old one never does. */
  async #begin(client: Queryable, { approvalId, steps }: Change): Promise<void> {
    const first = steps.findIndex(({ isVoid }) => !isVoid);
    const step = steps[first];
    if (step) await openStep(client, approvalId, first, step);
  }

  #change(
    { id, steps, decision, connectionId }: ApprovalRecord,
    now: Pick<Judgement, 'steps' | 'decision'> & { readonly effect?: Judgement['effect'] },
  ): Change {
    return {
      approvalId: id,
      steps: beginAnew(steps, now.steps),
      // What lets it through looser changes nothing: the reasons of the hold stand.
      decision: now.effect === 'hold' ? now.decision : decision,
      windowMs: this.connections.byId(connectionId)?.approvalWindowMs ?? WINDOW_MS,
    };
  }

  async #recordRefusal(
    approvalId: string,
    what: string,
    person: SignedInPerson,
    code: string,
  ): Promise<void> {
    const approval = await findApproval(this.database.pool, approvalId);
    if (!approval) return;
    const connection = this.connections.byId(approval.connectionId);
    const data = { what, code, person: person.name };
    await this.ledger.append({
      ...approvalEntry(approval, connection, 'approval.edit_refused', data),
      who: person.key,
    });
  }

  async #record(
    client: Queryable,
    approval: ApprovalRecord,
    person: SignedInPerson,
    kind: string,
    data: NonNullable<EntryDraft['data']>,
  ): Promise<void> {
    const connection = this.connections.byId(approval.connectionId);
    await this.ledger.appendIn(client, {
      ...approvalEntry(approval, connection, kind, { ...data, person: person.name }),
      who: person.key,
    });
    if (connection) await this.notifier.queueIn(client, 'approval.held', approval.id, connection);
  }

  /** Only a hint. */
  async #announce(approvalId: string): Promise<void> {
    await this.bus.announce('approvals', approvalId).catch(() => undefined);
  }
}

/** What did not happen where a change is refused. */
const NOT_CHANGED = 'The arguments were not changed';

function notChanged(code: RefusalCode): GatewayError {
  return new GatewayError(code, refusalMessage(code, NOT_CHANGED));
}

function movedOn(): GatewayError {
  return new GatewayError(
    'not_in_step',
    'Your change was not proposed: the chain moved on, or somebody else changed the arguments, while you were writing. Look again; your text is still here.',
  );
}

function changesNothing(): GatewayError {
  return new GatewayError(
    'edit_invalid',
    'Your change was not proposed: these are the arguments that would run anyway. Change something, or decide about them as they are.',
  );
}

function tooMany(): GatewayError {
  return new GatewayError(
    'edit_unsupported',
    `Your change was not proposed: the arguments of this call were changed ${MAX_EDITS} times already. Decide about them as they are, or deny with a reason: the agent reads it and can call again.`,
  );
}

function nobodyElse(): GatewayError {
  return new GatewayError(
    'edit_unsupported',
    'Your change was not proposed: its approval needs other people than you, and this chain does not name enough of them. Deny with a reason instead: the agent reads it and can call again.',
  );
}

function stale(): GatewayError {
  return new GatewayError(
    'edit_stale',
    'Nothing was taken back: this proposal was withdrawn or replaced meanwhile. Look again.',
  );
}

function decided(): GatewayError {
  return new GatewayError(
    'settled',
    'Nothing was changed: this call was settled before your change arrived. Reload to see who settled it and how.',
  );
}
