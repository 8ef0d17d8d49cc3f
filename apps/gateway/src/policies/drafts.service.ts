import type {
  PolicyDraft,
  PolicyDraftInput,
  PolicyDraftList,
  PolicyDraftSave,
  PolicyDraftSummary,
} from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import type { EntryDraft } from '../audit/entry.ts';
import { Ledger } from '../audit/ledger.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database } from '../platform/database.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { newId } from '../platform/new-id.ts';
import {
  discardDraft,
  findDraft,
  insertDraft,
  listDrafts,
  removeOldDrafts,
  restoreDraft,
  saveDraft,
  type DraftRow,
  type DraftSummaryRow,
  type Saver,
} from './draft.sql.ts';
import { PolicyRepository } from './policy.repository.ts';
import { moveProposalOf, voidProposalOf } from './proposal.sql.ts';

const MAX_OPEN = 200;
/** Saves by one person this close together are one piece of work: one entry. */
const ONE_PIECE_OF_WORK_MS = 10 * 60_000;

/** Policies being written, by several people at once: a save on an older revision changes nothing. */
@Injectable()
export class DraftsService {
  constructor(
    private readonly repository: PolicyRepository,
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly bus: ChangeBus,
  ) {}

  async list(): Promise<PolicyDraftList> {
    return { items: (await listDrafts(this.database.pool)).map(toSummary) };
  }

  async find(id: string): Promise<PolicyDraft> {
    const row = await findDraft(this.database.pool, id);
    if (row === undefined) throw new GatewayError('not_found', 'There is no such draft any more.');
    return toDraft(row);
  }

  async create(input: PolicyDraftInput, by: Saver): Promise<PolicyDraft> {
    const id = newId();
    const { title, source, base } = input;
    const version = await this.#requireVersion(base);
    const { cases = version.cases } = input;
    await this.database.transaction(async (client) => {
      await removeOldDrafts(client);
      if (!(await insertDraft(client, { id, title, source, cases, base, by }, MAX_OPEN)))
        throw new GatewayError(
          'too_many_drafts',
          `There are ${MAX_OPEN} drafts already. Discard some that nobody needs.`,
        );
      await this.ledger.appendIn(client, entryOf('policy-draft.created', by, { id, title, base }));
      await this.bus.announce('policies', draftHint(id), client);
    });
    return this.find(id);
  }

  /** @throws GatewayError `draft_conflict` with the newest draft, unless `revision` is the newest */
  async save(
    id: string,
    { revision, ...change }: PolicyDraftSave,
    by: Saver,
  ): Promise<PolicyDraft> {
    if (change.base !== undefined) await this.#requireVersion(change.base);
    const saved = await this.database.transaction(async (client) => {
      const before = await saveDraft(client, { id, revision }, change, by);
      if (before === undefined) return false;
      const { title } = change;
      if (before.isSameText) await moveProposalOf(client, { id, revision: revision + 1 });
      else await voidProposalOf(client, id, `${by.name} edited the draft.`);
      if (
        before.savedByKey !== by.key ||
        before.ageMs > ONE_PIECE_OF_WORK_MS ||
        title !== undefined
      )
        await this.ledger.appendIn(
          client,
          entryOf('policy-draft.saved', by, {
            id,
            revision: revision + 1,
            ...(title !== undefined && { title }),
          }),
        );
      await this.bus.announce('policies', draftHint(id), client);
      return true;
    });
    const newest = await this.find(id);
    if (saved) return newest;
    throw new GatewayError('draft_conflict', conflictText(newest), { details: { draft: newest } });
  }

  async discard(id: string, by: Saver): Promise<PolicyDraftList> {
    await this.database.transaction(async (client) => {
      if (!(await discardDraft(client, id, by)))
        throw new GatewayError('not_found', 'There is no such open draft any more.');
      await voidProposalOf(client, id, `${by.name} discarded the draft.`);
      await this.ledger.appendIn(client, entryOf('policy-draft.discarded', by, { id }));
      await this.bus.announce('policies', draftHint(id), client);
    });
    return this.list();
  }

  async restore(id: string, by: Saver): Promise<PolicyDraft> {
    await this.database.transaction(async (client) => {
      if (!(await restoreDraft(client, id)))
        throw new GatewayError('not_found', 'There is no such discarded draft any more.');
      await this.ledger.appendIn(client, entryOf('policy-draft.restored', by, { id }));
      await this.bus.announce('policies', draftHint(id), client);
    });
    return this.find(id);
  }

  async #requireVersion(number: number) {
    const version = await this.repository.byNumber(number);
    if (version === null)
      throw new GatewayError('not_found', `There is no version ${number} of the policy.`);
    return version;
  }
}

/** Says on the bus that no version was published. */
function draftHint(id: string): string {
  return `draft:${id}`;
}

function conflictText({ savedBy, discarded, publishedAs }: PolicyDraft): string {
  if (publishedAs !== null) return `This draft was published as version ${publishedAs} meanwhile.`;
  if (discarded !== null) return `${discarded.by} discarded this draft meanwhile.`;
  return `${savedBy} saved this draft meanwhile. Compare both texts; nothing is lost.`;
}

function entryOf(kind: string, by: Saver, data: NonNullable<EntryDraft['data']>): EntryDraft {
  return { kind, who: by.key, data: { person: by.name, ...data } };
}

function toDraft(row: DraftRow): PolicyDraft {
  return { ...toSummary(row), source: row.source, cases: row.cases };
}

function toSummary(row: DraftSummaryRow): PolicyDraftSummary {
  return {
    id: row.id,
    title: row.title,
    base: row.base,
    revision: row.revision,
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
    savedBy: row.saved_by,
    savedByKey: row.saved_by_key,
    savedAt: row.saved_at.toISOString(),
    discarded: row.discarded_at && {
      by: row.discarded_by ?? '',
      at: row.discarded_at.toISOString(),
    },
    publishedAs: row.published_as,
    proposalId: row.proposal_id,
  };
}
