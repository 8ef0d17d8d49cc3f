import {
  mayDecide,
  progress,
  refusalMessage,
  stepsNow,
  type MayDecide,
  type OnCallNow,
  type RefusalCode,
  type TimersFired,
} from '@holdpoint/approval';
import type { PasskeyChallenge, VerdictInput, VerdictVia } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { newId } from '../platform/new-id.ts';
import type { EntryDraft } from '../audit/entry.ts';
import { approvalRecordIn } from '../audit/approval-record.ts';
import { Ledger } from '../audit/ledger.ts';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import { GrantDesk } from '../grants/grant-desk.ts';
import { GroupCheck } from '../identity/group-check.ts';
import type { ConfirmedPerson, SignedInPerson } from '../identity/signed-in-person.ts';
import { ApprovalNotifier } from '../notifications/approval-notifier.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database, type Queryable } from '../platform/database.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { onCallIn } from '../rotas/rota-registry.ts';
import type { ApprovalRecord, VerdictRow } from './approval.ts';
import {
  callerKeyOf,
  findApproval,
  lockApproval,
  lockCaller,
  settleApproval,
} from './approval.sql.ts';
import { putEditInForce } from './edit.sql.ts';
import { checkNotFrozen } from './frozen-check.ts';
import type { DelegationRow } from './delegation/delegation.sql.ts';
import { Delegators, type DelegatedPlace } from './delegation/delegators.ts';
import { namesOf, placesOn } from './delegation/places.ts';
import { HeldEdits } from './held-edits.ts';
import { checkEarlierApprovers, checkOwners } from './owners-check.ts';
import { checkShown } from './shown-check.ts';
import { PasskeyCheck } from './passkey-check.ts';
import { databaseNow, openStep } from './timers.sql.ts';
import { toVerdictRecord } from './verdict-record.ts';
import { insertVerdict, verdictsOf } from './verdict.sql.ts';

export function mayDecideOn(
  approval: Pick<
    ApprovalRecord,
    'caller' | 'callerKey' | 'connectionId' | 'steps' | 'state' | 'editorKey'
  > & { readonly timers: TimersFired | null },
  verdicts: readonly VerdictRow[],
  person: SignedInPerson,
  onCall: OnCallNow,
  /** Without them one has one's own rights alone. */
  delegations: readonly DelegatedPlace[] = [],
): MayDecide {
  return mayDecide({
    person,
    delegators: placesOn(approval, delegations),
    caller: {
      kind: approval.caller.kind,
      personKey: approval.callerKey,
      ownerKey: approval.caller.ownerKey,
    },
    steps: stepsNow(approval.steps, approval.timers, onCall),
    verdicts: verdicts.map(toVerdictRecord),
    state: approval.state,
    editorKey: approval.editorKey,
  });
}

/** Where a verdict came from, other than the console. */
export interface VerdictOrigin {
  /** What its row and its entry of the audit log say. */
  readonly via?: VerdictVia;
  /** Runs first in the transaction that records the verdict, and undoes it by throwing. */
  readonly within?: (client: Queryable) => Promise<void>;
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
    private readonly edits: HeldEdits,
    private readonly groups: GroupCheck,
    private readonly delegators: Delegators,
    private readonly passkeys: PasskeyCheck,
    private readonly grants: GrantDesk,
  ) {}

  async give(
    approvalId: string,
    input: VerdictInput,
    person: SignedInPerson,
    origin: VerdictOrigin = {},
  ): Promise<void> {
    try {
      // Before the row's lock: it may take as long as the identity provider does.
      const confirmed = await this.groups.confirm(person);
      const place = await this.#confirmWhomTheyActFor(approvalId, confirmed);
      const callerKey = await callerKeyOf(this.database.pool, approvalId);
      if (callerKey === undefined) throw notFound();
      // In turn: many verdicts at once on one caller's calls leave connections to everybody else's.
      await this.database.transactionInTurn(callerKey, (client) =>
        this.#record(client, approvalId, input, confirmed, place, origin),
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

  /** Whose place would be taken, if anybody's: as fresh as can be known, before any lock. */
  async #confirmWhomTheyActFor(
    approvalId: string,
    person: ConfirmedPerson,
  ): Promise<string | null> {
    const { pool } = this.database;
    const delegations = await this.delegators.of(pool, person.key);
    if (delegations.length === 0) return null;
    const approval = await findApproval(pool, approvalId);
    if (!approval) throw notFound();
    const earlier = (await verdictsOf(pool, [approvalId])).get(approvalId) ?? [];
    const onCall = await onCallIn(pool, new Date());
    const may = mayDecideOn(approval, earlier, person, onCall, delegations);
    const place = may.ok && delegations.find(({ delegator }) => delegator.key === may.actingFor);
    if (!place) return null;
    await this.groups.confirmAbsent(place.delegator);
    return place.delegator.key;
  }

  /** What the person's passkey has to sign for this verdict, where a rule demands it. */
  async challenge(
    approvalId: string,
    input: VerdictInput,
    person: SignedInPerson,
  ): Promise<PasskeyChallenge> {
    const { pool } = this.database;
    const approval = await findApproval(pool, approvalId);
    if (!approval) throw notFound();
    const earlier = (await verdictsOf(pool, [approvalId])).get(approvalId) ?? [];
    const onCall = await onCallIn(pool, new Date());
    const delegations = await this.delegators.of(pool, person.key);
    const may = mayDecideOn(approval, earlier, person, onCall, delegations);
    if (!may.ok) throw notDecided(may.code);
    return this.passkeys.challenge(approval, input, person);
  }

  async #record(
    client: Queryable,
    approvalId: string,
    input: VerdictInput,
    confirmed: ConfirmedPerson,
    confirmedPlace: string | null,
    { via, within }: VerdictOrigin,
  ): Promise<void> {
    await within?.(client);
    const opened = await findApproval(client, approvalId);
    if (!opened) throw notFound();
    // Verdicts on identical calls come one after the other: the second one has to know of the first.
    await lockCaller(client, opened.callerKey);
    const approval = await lockApproval(client, approvalId);
    if (!approval) throw notFound();
    const person = await this.groups.stillConfirmed(client, confirmed);
    const earlier = (await verdictsOf(client, [approvalId])).get(approvalId) ?? [];
    // INVARIANT: asked here, under the row's lock, and nowhere else decisive.
    const onCall = await onCallIn(client, await databaseNow(client));
    const delegations = await this.delegators.of(client, person.key, { lock: true });
    const may = mayDecideOn(approval, earlier, person, onCall, delegations);
    if (!may.ok) throw notDecided(may.code);
    // INVARIANT: nobody's place is taken without asking first whether they are still a reviewer.
    if (may.actingFor !== null && may.actingFor !== confirmedPlace) throw anotherPlace();
    await checkNotFrozen(client, approval);
    await checkOwners(client, approval, [person.key, may.actingFor]);
    if (may.step !== input.step) {
      throw new GatewayError(
        'not_in_step',
        'Your verdict was not recorded: the chain moved on to another step while you were reading. Look again and decide that step.',
      );
    }
    if (input.verdict === 'approve') {
      await checkEarlierApprovers(client, approval);
      await checkShown(client, this.edits, approval, input.shown);
    }
    const passkey = await this.passkeys.check(client, approval, input, person);
    const verdict = {
      id: newId(),
      step: may.step,
      personKey: person.key,
      personName: person.name,
      personEmail: person.email,
      actingForKey: may.actingFor,
      actingForName: nameOf(may.actingFor, delegations),
      verdict: input.verdict,
      reason: input.reason ?? null,
      passkeyId: passkey?.passkeyId ?? null,
      via: via ?? null,
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
        ...(verdict.actingForName !== null && {
          actingFor: verdict.actingForName,
          actingForKey: verdict.actingForKey,
        }),
        groupsConfirmedAt: person.groupsConfirmedAt.toISOString(),
        paramsDigest: approval.paramsDigest,
        ...(passkey && { passkey: passkey.entry }),
        ...(via !== undefined && { via }),
      },
    });
    if (input.verdict === 'approve') {
      const runs = (await this.edits.requestTexts([approval], client)).get(approvalId);
      const consent = { step: may.step, personKey: person.key, personName: person.name };
      await this.grants.onApprove(client, approval, runs, earlier, input.grant, consent, entry);
    }
    await this.#settle(client, approval, [...earlier, { ...verdict, at: new Date() }], entry);
  }

  async #settle(
    client: Queryable,
    approval: ApprovalRecord,
    verdicts: readonly VerdictRow[],
    entry: EntryDraft,
  ): Promise<void> {
    const { outcome, currentStep } = progress(approval.steps, verdicts.map(toVerdictRecord));
    if (outcome === 'pending') {
      const next = currentStep === null ? undefined : approval.steps[currentStep];
      if (currentStep !== null && next && currentStep !== approval.timers?.step) {
        await openStep(client, approval.id, currentStep, next);
        await this.#tell(client, 'approval.advanced', approval);
      }
      return;
    }
    const connection = this.connections.byId(approval.connectionId);
    const denial = verdicts.find((verdict) => verdict.verdict === 'deny');
    const done = await settleApproval(client, {
      approvalId: approval.id,
      from: ['held'],
      to: outcome,
      reason: denial ? `${namesOf(denial)}: ${denial.reason ?? ''}` : standInsOf(verdicts),
      releaseMs: connection?.approvalWindowMs ?? 3_600_000,
    });
    if (!done) throw settled();
    if (outcome === 'approved' && approval.editId !== null)
      await putEditInForce(client, approval.editId);
    await this.grants.onSettled(client, approval, outcome, verdicts, entry);
    await this.ledger.appendIn(client, {
      ...entry,
      kind: `approval.${outcome}`,
      data: {
        steps: approval.steps.length,
        approvalRecord: await approvalRecordIn(client, approval.id),
      },
    });
    await this.#tell(client, 'approval.settled', approval);
  }

  async #tell(
    client: Queryable,
    event: 'approval.advanced' | 'approval.settled',
    { id, connectionId }: ApprovalRecord,
  ): Promise<void> {
    const connection = this.connections.byId(connectionId);
    if (connection) await this.notifier.queueIn(client, event, id, connection);
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

export function nameOf(key: string | null, delegations: readonly DelegationRow[]): string | null {
  if (key === null) return null;
  return delegations.find(({ delegator }) => delegator.key === key)?.delegator.name ?? key;
}

/** What an agent is told where somebody approved in another's place. */
function standInsOf(verdicts: readonly VerdictRow[]): string | null {
  const names = verdicts.filter((row) => row.actingForName !== null).map(namesOf);
  return names.length === 0 ? null : `Approved by ${names.join(', ')}.`;
}

/** A verdict that was given, and not taken. */
function notDecided(code: RefusalCode): GatewayError {
  return new GatewayError(code, refusalMessage(code, 'Your verdict was not recorded'));
}

export function notFound(): GatewayError {
  return new GatewayError(
    'not_found',
    'There is no such approval. The link may be incomplete, or from another installation.',
  );
}

function anotherPlace(): GatewayError {
  return new GatewayError(
    'groups_unconfirmed',
    'Your verdict was not recorded: the person in whose place you decide is another one now, and the identity provider has to be asked about them first. Try again.',
  );
}

export function settled(): GatewayError {
  return new GatewayError(
    'settled',
    'Your verdict was not recorded: this call was settled before it arrived. Reload to see who settled it and how.',
  );
}
