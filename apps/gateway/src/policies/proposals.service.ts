import type {
  PolicyProposal,
  PolicyProposalList,
  PolicyProposalSummary,
} from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import type { EntryDraft } from '../audit/entry.ts';
import { Ledger } from '../audit/ledger.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database } from '../platform/database.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { newId } from '../platform/new-id.ts';
import { lockDraftAt, type Saver } from './draft.sql.ts';
import { changesBetween } from './policy-changes.ts';
import { PolicyStore } from './policy-store.ts';
import { PolicyRepository } from './policy.repository.ts';
import { lockPublication } from './policy.sql.ts';
import {
  findProposal,
  insertProposal,
  listProposals,
  settleProposal,
  type ProposalRow,
  type ProposalSummaryRow,
} from './proposal.sql.ts';
import { Publication, sha256, type Checked, type Publishable } from './publication.ts';
import { SecondAdmin } from './second-admin.ts';

/**
 * Texts that one person wants in force and another one puts in force. What is proposed never changes,
 * and a verdict names its digest: what was reviewed is what is published.
 */
@Injectable()
export class ProposalsService {
  constructor(
    private readonly publication: Publication,
    private readonly repository: PolicyRepository,
    private readonly store: PolicyStore,
    private readonly secondAdmin: SecondAdmin,
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly bus: ChangeBus,
  ) {}

  async list(viewer: Saver): Promise<PolicyProposalList> {
    const rows = await listProposals(this.database.pool);
    return { items: rows.map((row) => this.#toSummary(row, viewer)) };
  }

  async find(id: string, viewer: Saver): Promise<PolicyProposal> {
    const row = await this.#require(id);
    const base = await this.repository.byNumber(row.base);
    const { source, cases } = row;
    const changes = base === null ? null : changesBetween(base.source, source);
    return { ...this.#toSummary(row, viewer), source, cases, changes };
  }

  /** Checked like a publication, so that nobody reviews what can't be published. */
  async propose(wanted: Publishable, by: Saver): Promise<PolicyProposal> {
    const checked = await this.publication.prepare(wanted);
    if (checked.note === '')
      throw new GatewayError('invalid_input', 'Say in the note what changed and why.', {
        fields: { note: 'Say what changed and why.' },
      });
    const id = newId();
    const digest = digestOf(checked);
    await this.database.transaction(async (client) => {
      const { source, cases, base, note, draft, rolledBackTo, origin } = checked;
      const savedBy = draft === undefined ? by : await lockDraftAt(client, draft, checked);
      if (savedBy === undefined)
        throw new GatewayError(
          'draft_conflict',
          'The draft was saved by somebody else meanwhile, so nothing was proposed. Look at it again.',
        );
      const isNew = await insertProposal(client, {
        id,
        draft: draft ?? null,
        source,
        cases,
        base,
        note,
        rolledBackTo: rolledBackTo ?? null,
        origin,
        digest,
        proposedBy: by,
        savedBy,
      });
      if (!isNew)
        throw new GatewayError(
          'proposal_settled',
          'This draft is proposed already. Look at the proposals.',
        );
      await this.ledger.appendIn(
        client,
        entryOf('policy.proposed', by, {
          proposal: id,
          base,
          note,
          digest,
          origin,
          sourceSha256: sha256(source),
          casesSha256: sha256(cases),
          savedBy: savedBy.name,
          savedByKey: savedBy.key,
          ...(draft && { draft: draft.id }),
          ...(rolledBackTo !== undefined && { rolledBackTo }),
        }),
      );
      await this.bus.announce('policies', proposalHint(id), client);
    });
    return this.find(id, by);
  }

  /** By somebody else than whoever proposed it or saved it last. In force here when it resolves. */
  async publish(id: string, digest: string, by: Saver): Promise<number> {
    const row = await this.#require(id);
    if (row.state !== 'open' || row.digest !== digest) throw settled(row);
    const barred = this.#barred(row, by);
    if (barred !== null) throw new GatewayError('own_proposal', barred);
    const checked = await this.publication.prepare(publishableOf(row));
    const number = await this.database.transaction(async (client) => {
      await lockPublication(client);
      const { draft } = checked;
      if (draft !== undefined && (await lockDraftAt(client, draft, checked)) === undefined)
        throw settled(row);
      const end = { state: 'published', by, reason: null, number: row.base + 1 } as const;
      if (!(await settleProposal(client, { id, digest }, end))) throw settled(row);
      const proposedBy = { key: row.proposed_by_key, name: row.proposed_by };
      return this.publication.publishIn(client, checked, { publishedBy: by, proposedBy });
    });
    await this.store.refresh();
    return number;
  }

  async decline(id: string, digest: string, reason: string, by: Saver): Promise<PolicyProposal> {
    await this.#end(id, digest, 'declined', reason, by);
    return this.find(id, by);
  }

  /** Only by whoever proposed it. */
  async withdraw(id: string, digest: string, by: Saver): Promise<PolicyProposal> {
    const row = await this.#require(id);
    if (row.proposed_by_key !== by.key)
      throw new GatewayError('forbidden', `Only ${row.proposed_by} can take this proposal back.`);
    await this.#end(id, digest, 'withdrawn', null, by);
    return this.find(id, by);
  }

  async #end(
    id: string,
    digest: string,
    state: 'declined' | 'withdrawn',
    reason: string | null,
    by: Saver,
  ): Promise<void> {
    await this.database.transaction(async (client) => {
      if (!(await settleProposal(client, { id, digest }, { state, by, reason, number: null })))
        throw settled(await this.#require(id));
      await this.ledger.appendIn(
        client,
        entryOf(`policy.proposal_${state}`, by, { proposal: id, digest, reason: reason ?? '' }),
      );
      await this.bus.announce('policies', proposalHint(id), client);
    });
  }

  async #require(id: string): Promise<ProposalRow> {
    const row = await findProposal(this.database.pool, id);
    if (row === undefined) throw new GatewayError('not_found', 'There is no such proposal.');
    return row;
  }

  /**
   * INVARIANT: where a second admin is asked for, no person alone gets a text in force: not whoever
   * proposed it, and not whoever wrote the last of it and had somebody else propose it.
   */
  #barred(row: ProposalSummaryRow, person: Saver): string | null {
    if (!this.secondAdmin.required) return null;
    if (row.proposed_by_key === person.key)
      return 'You proposed this, so another admin has to publish it.';
    if (row.saved_by_key === person.key)
      return 'You saved this text last, so another admin has to publish it.';
    return null;
  }

  #toSummary(row: ProposalSummaryRow, viewer: Saver): PolicyProposalSummary {
    return {
      id: row.id,
      draftId: row.draft_id,
      base: row.base,
      note: row.note,
      rolledBackTo: row.rolled_back_to,
      origin: row.origin,
      proposedBy: row.proposed_by,
      proposedAt: row.proposed_at.toISOString(),
      savedBy: row.saved_by,
      digest: row.digest,
      state: row.state,
      settledBy: row.settled_by,
      settledAt: row.settled_at?.toISOString() ?? null,
      reason: row.reason,
      number: row.number,
      barred: this.#barred(row, viewer),
      mine: row.proposed_by_key === viewer.key,
    };
  }
}

/** Says on the bus that no version was published. */
function proposalHint(id: string): string {
  return `proposal:${id}`;
}

/** Over everything that would be published; lengths keep two fields from passing for one. */
function digestOf({ source, cases, base, note, rolledBackTo }: Checked): string {
  return sha256(JSON.stringify([source, cases, base, note, rolledBackTo ?? null]));
}

function publishableOf(row: ProposalRow): Publishable {
  const { source, cases, base, note, origin, draft_id: draftId, draft_revision: revision } = row;
  return {
    source,
    cases,
    base,
    note,
    origin,
    ...(draftId !== null && revision !== null && { draft: { id: draftId, revision } }),
    ...(row.rolled_back_to !== null && { rolledBackTo: row.rolled_back_to }),
  };
}

function settled({ state, settled_by: by, reason }: ProposalSummaryRow): GatewayError {
  const how =
    state === 'open'
      ? 'It was settled just now'
      : `It is ${state}${by === null ? '' : `, by ${by}`}`;
  return new GatewayError(
    'proposal_settled',
    `This proposal is not open any more, or not the text that you reviewed. ${how}${reason === null ? '.' : `: ${reason}`} Reload it.`,
  );
}

function entryOf(kind: string, by: Saver, data: NonNullable<EntryDraft['data']>): EntryDraft {
  return { kind, who: by.key, data: { person: by.name, ...data } };
}
