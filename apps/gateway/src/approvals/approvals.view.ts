import { progress } from '@holdpoint/approval';
import type {
  ApprovalDetail,
  ApprovalPage,
  ApprovalSummary,
  PersonRef,
} from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import { ConnectionRegistry } from '../connections/connection-registry.ts';
import { ToolCatalogue } from '../connections/tool-catalogue.ts';
import { PeopleRepository } from '../identity/people.repository.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { Database } from '../platform/database.ts';
import type { ApprovalRecord, VerdictRow } from './approval.ts';
import { countPending, findApproval, findLastRun, listApprovals } from './approval.sql.ts';
import { Conversation } from './conversation.ts';
import { argumentsTextOf, HeldPayload, otherParamsTextOf } from './held-payload.ts';
import { verdictsOf } from './verdict.sql.ts';
import { mayDecideOn, notFound, toVerdictRecord } from './verdicts.service.ts';

const PREVIEW_CHARACTERS = 200;

/** Approvals as the console shows them to one person. */
@Injectable()
export class ApprovalsView {
  constructor(
    private readonly database: Database,
    private readonly connections: ConnectionRegistry,
    private readonly catalogue: ToolCatalogue,
    private readonly payload: HeldPayload,
    private readonly conversation: Conversation,
    private readonly people: PeopleRepository,
  ) {}

  async page(
    query: { state: 'pending' | 'settled'; cursor?: string | undefined; limit: number },
    person: SignedInPerson,
  ): Promise<ApprovalPage> {
    const pending = query.state === 'pending';
    const before = query.cursor ?? null;
    const records = await listApprovals(this.database.pool, {
      pending,
      before,
      limit: query.limit + 1,
    });
    const shown = records.slice(0, query.limit);
    const [verdicts, texts, owners, pendingCount] = await Promise.all([
      verdictsOf(
        this.database.pool,
        shown.map((record) => record.id),
      ),
      this.payload.texts(
        shown.filter((record) => mayOpen(record, person)).map((record) => record.requestFrameId),
      ),
      this.people.byKeys(shown.flatMap((record) => record.caller.ownerKey ?? [])),
      countPending(this.database.pool),
    ]);
    return {
      items: shown.map((record) =>
        this.#summary(record, person, {
          verdicts: verdicts.get(record.id) ?? [],
          request: texts.get(record.requestFrameId),
          owners,
        }),
      ),
      next: records.length > query.limit ? (shown.at(-1)?.id ?? null) : null,
      pendingCount,
    };
  }

  async detail(id: string, person: SignedInPerson): Promise<ApprovalDetail> {
    const record = await findApproval(this.database.pool, id);
    if (!record) throw notFound();
    const [verdicts, texts, owners, last, conversation] = await Promise.all([
      verdictsOf(this.database.pool, [id]).then((all) => all.get(id) ?? []),
      this.payload.texts([
        ...(mayOpen(record, person) ? [record.requestFrameId] : []),
        ...(record.answerFrameId ? [record.answerFrameId] : []),
      ]),
      this.people.byKeys(record.caller.ownerKey === null ? [] : [record.caller.ownerKey]),
      findLastRun(this.database.pool, record, record.id),
      this.conversation.of(id, mayOpen(record, person)),
    ]);
    const request = texts.get(record.requestFrameId);
    const tool =
      record.method === 'tools/call'
        ? this.catalogue.find(record.connectionId, record.target)
        : undefined;
    return {
      ...this.#summary(record, person, { verdicts, request, owners }),
      sessionId: record.sessionId,
      callId: record.callId,
      argumentsText: request === undefined ? null : argumentsTextOf(request),
      otherParamsText: request === undefined ? null : otherParamsTextOf(request),
      paramsDigest: record.paramsDigest,
      toolDefinition: tool?.definitionText ?? null,
      policyVersion: record.policyVersion,
      rules: [...record.decision.rules],
      masks: [...record.decision.masks],
      steps: this.#steps(record, verdicts),
      verdicts: verdicts.map((verdict) => ({
        id: verdict.id,
        step: verdict.step,
        person: { key: verdict.personKey, name: verdict.personName, email: verdict.personEmail },
        verdict: verdict.verdict,
        reason: verdict.reason,
        at: verdict.at.toISOString(),
      })),
      lastSame: last
        ? {
            at: (last.answeredAt ?? last.settledAt ?? last.heldAt).toISOString(),
            state: last.state,
            approvalId: last.id,
          }
        : null,
      answerText: record.answerFrameId ? (texts.get(record.answerFrameId) ?? null) : null,
      conversation,
      claimedAt: record.claimedAt?.toISOString() ?? null,
      answeredAt: record.answeredAt?.toISOString() ?? null,
      deliveredAt: record.deliveredAt?.toISOString() ?? null,
      releaseExpiresAt: record.releaseExpiresAt?.toISOString() ?? null,
    };
  }

  #summary(
    record: ApprovalRecord,
    person: SignedInPerson,
    { verdicts, request, owners }: Sources,
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
      mayDecide: mayDecideOn(record, verdicts, person),
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
}

/** What an admin wrote where a rule held it; what the gateway says of a default or an error. */
function whyOf({ decision }: ApprovalRecord): string {
  const written = decision.rules.map((rule) => rule.description ?? rule.message);
  const sentences = written.filter((text) => text !== null && text !== '');
  return decision.source === 'rule' && sentences.length > 0
    ? sentences.join(' · ')
    : decision.explanation;
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

/** The exact payload is opened to the approval's own reviewers, and to those whose call it is. */
function mayOpen(record: ApprovalRecord, person: SignedInPerson): boolean {
  const isReviewer =
    person.roles.includes('reviewer') &&
    record.steps.some(
      ({ reviewers }) =>
        reviewers.people.includes(person.key) ||
        reviewers.groups.some((group) => person.groups.includes(group)),
    );
  return isReviewer || person.key === record.callerKey || person.key === record.caller.ownerKey;
}
