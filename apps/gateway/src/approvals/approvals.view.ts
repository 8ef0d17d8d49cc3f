import { passkeyRulesOf, progress, type MayDecide } from '@holdpoint/approval';
import type {
  ApprovalDetail,
  ApprovalInbox,
  ApprovalListQuery,
  ApprovalPage,
  ApprovalSummary,
  ApprovalWatch,
  PersonRef,
} from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import { ToolCatalogue } from '../connections/tool-catalogue.ts';
import { PeopleRepository } from '../identity/people.repository.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { Database } from '../platform/database.ts';
import type { ApprovalRecord, VerdictRow } from './approval.ts';
import { ApprovalEditsView } from './approval-edits.view.ts';
import { ApprovalGrantsView } from './approval-grants.view.ts';
import { findApproval, findApprovals, findLastRun } from './approval.sql.ts';
import { BreakGlass } from './break-glass/break-glass.service.ts';
import { ChainTimes } from './chain-time.ts';
import { Conversation } from './conversation.ts';
import { quarantinedOf } from './held-definition.ts';
import { Delegators, type DelegatedPlace } from './delegation/delegators.ts';
import { HeldEdits } from './held-edits.ts';
import { argumentsTextOf, HeldPayload, otherParamsTextOf } from './held-payload.ts';
import { HeldSql } from './held-sql.ts';
import { countPending, listApprovals } from './inbox/approval-list.sql.ts';
import { inboxParts } from './inbox/inbox-index.sql.ts';
import { mayOpen } from './may-open.ts';
import { Openings } from './openings.ts';
import { Talk } from './talk.ts';
import { verdictsOf } from './verdict.sql.ts';
import { toVerdictRecord } from './verdict-record.ts';
import { mayWatch, NOBODY, watchesOf } from './watch/watches.ts';
import { mayDecideOn, nameOf, notFound } from './verdicts.service.ts';

const PREVIEW_CHARACTERS = 200;

/** Approvals as the console shows them to one person. */
@Injectable()
export class ApprovalsView {
  constructor(
    private readonly database: Database,
    private readonly connections: ConnectionRegistry,
    private readonly catalogue: ToolCatalogue,
    private readonly payload: HeldPayload,
    private readonly edits: HeldEdits,
    private readonly editsView: ApprovalEditsView,
    private readonly grantsView: ApprovalGrantsView,
    private readonly conversation: Conversation,
    private readonly sql: HeldSql,
    private readonly people: PeopleRepository,
    private readonly openings: Openings,
    private readonly talk: Talk,
    private readonly breakGlass: BreakGlass,
    private readonly chainTimes: ChainTimes,
    private readonly delegators: Delegators,
  ) {}

  async page(query: ApprovalListQuery, person: SignedInPerson): Promise<ApprovalPage> {
    const { state, cursor, limit, ...filters } = query;
    const pending = state === 'pending';
    const [list, pendingCount] = await Promise.all([
      listApprovals(this.database.pool, {
        pending,
        cursor: cursor ?? null,
        limit,
        filters,
        personKey: person.key,
      }),
      countPending(this.database.pool),
    ]);
    const items = await this.#summaries(list.records, person);
    return {
      items:
        pending && filters.mine === 'yes' ? items.filter(({ mayDecide }) => mayDecide.ok) : items,
      next: list.next,
      pendingCount,
    };
  }

  /** Those of these ids that there are, oldest first. */
  async summaries(ids: readonly string[], person: SignedInPerson): Promise<ApprovalSummary[]> {
    return this.#summaries(await findApprovals(this.database.pool, ids), person);
  }

  async #summaries(
    records: readonly ApprovalRecord[],
    person: SignedInPerson,
  ): Promise<ApprovalSummary[]> {
    const ids = records.map((record) => record.id);
    const delegations = await this.delegators.of(this.database.pool, person.key);
    const onCall = this.chainTimes.onCall();
    const [verdicts, texts, owners, inbox, watches] = await Promise.all([
      verdictsOf(this.database.pool, ids),
      this.edits.requestTexts(
        records.filter((record) => mayOpen(record, person, onCall, delegations)),
      ),
      this.people.byKeys(records.flatMap((record) => record.caller.ownerKey ?? [])),
      inboxParts(this.database.pool, ids, person.key),
      watchesOf(this.database.pool, ids, person.key),
    ]);
    return records.map((record) =>
      this.#summary(record, person, {
        verdicts: verdicts.get(record.id) ?? [],
        request: texts.get(record.id),
        owners,
        delegations,
        inbox: inbox.get(record.id),
        watch: watches.get(record.id),
      }),
    );
  }

  async detail(id: string, person: SignedInPerson): Promise<ApprovalDetail> {
    const record = await findApproval(this.database.pool, id);
    if (!record) throw notFound();
    const delegations = await this.delegators.of(this.database.pool, person.key);
    const onCall = this.chainTimes.onCall();
    const opens = mayOpen(record, person, onCall, delegations);
    const [verdicts, requests, texts, owners, last, conversation, inbox, breakGlass, talk, watch] =
      await Promise.all([
        verdictsOf(this.database.pool, [id]).then((all) => all.get(id) ?? []),
        this.edits.requestTexts(opens ? [record] : []),
        this.payload.texts(mayReadAnswer(record, opens) ? [record.answerFrameId] : []),
        this.people.byKeys(record.caller.ownerKey === null ? [] : [record.caller.ownerKey]),
        findLastRun(this.database.pool, record, record.id),
        this.conversation.of(id, opens),
        inboxParts(this.database.pool, [id], person.key).then((all) => all.get(id)),
        this.breakGlass.pageOf(record, person),
        this.talk.of(record, person, opens),
        watchesOf(this.database.pool, [id], person.key).then((all) => all.get(id)),
      ]);
    const chainTime = await this.chainTimes.of(record, verdicts);
    const request = requests.get(id);
    if (request !== undefined && mayDecideOn(record, verdicts, person, onCall, delegations).ok) {
      await this.openings.note(id, person.key);
    }
    const tool =
      record.method === 'tools/call'
        ? this.catalogue.find(record.connectionId, record.target)
        : undefined;
    return {
      ...this.#summary(record, person, {
        verdicts,
        request,
        owners,
        inbox,
        watch,
        delegations,
      }),
      sessionId: record.sessionId,
      callId: record.callId,
      argumentsText: request === undefined ? null : argumentsTextOf(request),
      otherParamsText: request === undefined ? null : otherParamsTextOf(request),
      sql: request === undefined ? [] : [...this.sql.of(record, argumentsTextOf(request))],
      paramsDigest: record.paramsDigest,
      edits: await this.editsView.of(record, verdicts, person, opens),
      grants: await this.grantsView.of(
        record,
        verdicts,
        request,
        mayDecideOn(record, verdicts, person, onCall).ok && passkeyDemandOf(record) === null,
      ),
      toolDefinition: tool?.definitionText ?? null,
      policyVersion: record.policyVersion,
      rules: [...record.decision.rules],
      quarantined: quarantinedOf(
        record,
        this.connections.byId(record.connectionId),
        this.catalogue,
      ),
      masks: [...record.decision.masks],
      observed: record.decision.observed,
      steps: this.#steps(record, verdicts),
      passkey: passkeyDemandOf(record),
      chainTime,
      verdicts: verdicts.map((verdict) => ({
        id: verdict.id,
        step: verdict.step,
        person: { key: verdict.personKey, name: verdict.personName, email: verdict.personEmail },
        actingFor: verdict.actingForName,
        verdict: verdict.verdict,
        reason: verdict.reason,
        withPasskey: verdict.passkeyId !== null,
        via: verdict.via,
        at: verdict.at.toISOString(),
      })),
      lastSame: last
        ? {
            at: (last.answeredAt ?? last.claimedAt ?? last.settledAt ?? last.heldAt).toISOString(),
            state: last.state,
            approvalId: last.id,
          }
        : null,
      answerText: record.answerFrameId ? (texts.get(record.answerFrameId) ?? null) : null,
      conversation,
      mayWatch: mayWatch(record, person, opens),
      talk,
      claimedAt: record.claimedAt?.toISOString() ?? null,
      answeredAt: record.answeredAt?.toISOString() ?? null,
      deliveredAt: record.deliveredAt?.toISOString() ?? null,
      releaseExpiresAt: record.releaseExpiresAt?.toISOString() ?? null,
      breakGlass,
    };
  }

  #summary(
    record: ApprovalRecord,
    person: SignedInPerson,
    { verdicts, request, owners, inbox, watch, delegations }: Sources,
  ): ApprovalSummary {
    const connection = this.connections.byId(record.connectionId);
    const preview = request === undefined ? '' : argumentsTextOf(request);
    return {
      id: record.id,
      state: record.state,
      stateReason: record.stateReason,
      connection: {
        id: record.connectionId,
        slug: connection?.slug ?? '',
        title: connection?.title ?? 'A removed connection',
      },
      method: record.method,
      target: record.target === '' ? null : record.target,
      caller: record.caller,
      owner: ownerOf(record, owners),
      client: record.client,
      why: whyOf(record),
      preview: preview.slice(0, PREVIEW_CHARACTERS).toWellFormed(),
      previewCut: preview.length > PREVIEW_CHARACTERS,
      heldAt: record.heldAt.toISOString(),
      expiresAt: record.expiresAt.toISOString(),
      settledAt: record.settledAt?.toISOString() ?? null,
      agentWaiting: record.agentWaiting,
      currentStep: progress(record.steps, verdicts.map(toVerdictRecord)).currentStep,
      stepCount: record.steps.length,
      rejudged: record.rejudged,
      mayDecide: named(
        mayDecideOn(record, verdicts, person, this.chainTimes.onCall(), delegations),
        delegations,
      ),
      inbox: inbox ?? { group: record.id, snoozedUntil: null },
      watch: watch ?? NOBODY,
    };
  }

  #steps(record: ApprovalRecord, verdicts: readonly VerdictRow[]): ApprovalDetail['steps'] {
    const { perStep } = progress(record.steps, verdicts.map(toVerdictRecord));
    return record.steps.map((step, index) => ({
      chain: step.chain,
      groups: step.reviewers.groups,
      people: step.reviewers.people,
      quorum: step.quorum,
      approvals: perStep[index]?.approvedBy.length ?? 0,
      state: perStep[index]?.status ?? 'waiting',
    }));
  }
}

interface Sources {
  readonly verdicts: readonly VerdictRow[];
  /** The held request's text; `undefined` where this person may not open it. */
  readonly request: string | undefined;
  readonly owners: ReadonlyMap<string, PersonRef>;
  readonly delegations: readonly DelegatedPlace[];
  readonly inbox: ApprovalInbox | undefined;
  readonly watch: ApprovalWatch | undefined;
}

/** What an admin wrote where a rule held it; what the gateway says of a default or an error. */
export function whyOf({ decision }: ApprovalRecord): string {
  const written = decision.rules.map((rule) => rule.description ?? rule.message);
  const sentences = written.filter((text) => text !== null && text !== '');
  return decision.source === 'rule' && sentences.length > 0
    ? sentences.join(' · ')
    : decision.explanation;
}

/** An answer is for everyone with a role; one that says which other arguments ran, as the request is. */
function mayReadAnswer(
  record: ApprovalRecord,
  opens: boolean,
): record is ApprovalRecord & { readonly answerFrameId: string } {
  return record.answerFrameId !== null && (opens || record.editId === null);
}

function passkeyDemandOf({ steps }: ApprovalRecord): ApprovalDetail['passkey'] {
  const rules = passkeyRulesOf(steps);
  return rules.length === 0 ? null : { rules: [...rules] };
}

/** With the name of the person whose place it would take, instead of the key. */
function named(may: MayDecide, delegations: readonly DelegatedPlace[]): MayDecide {
  if (!may.ok || may.actingFor === null) return may;
  return { ...may, actingFor: nameOf(may.actingFor, delegations) };
}

function ownerOf(
  { caller }: ApprovalRecord,
  owners: ReadonlyMap<string, PersonRef>,
): PersonRef | null {
  if (caller.ownerKey === null) return null;
  const unnamed = {
    key: caller.ownerKey,
    name: caller.ownerKey.split('|').at(-1) ?? '',
    email: null,
  };
  return owners.get(caller.ownerKey) ?? unnamed;
}
