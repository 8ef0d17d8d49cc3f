import type {
  Catalogue,
  CatalogueItemDetail,
  CatalogueWordInput,
  CatalogueWordResult,
  Governance,
  ItemQuery,
} from '@holdpoint/contracts';
import type { CompiledPolicy } from '@holdpoint/policy';
import { Injectable } from '@nestjs/common';
import type { EntryDraft } from '../audit/entry.ts';
import { Ledger } from '../audit/ledger.ts';
import { raiseCatalogueEpoch } from '../connections/catalogue.sql.ts';
import { ConnectionRegistry, type ConnectionRecord } from '../connections/connection-registry.ts';
import { ToolCatalogue } from '../connections/tool-catalogue.ts';
import type { SignedInPerson } from '../identity/signed-in-person.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database } from '../platform/database.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import { PolicyStore, type PolicyInForce } from '../policies/policy-store.ts';
import {
  CatalogueItemRepository,
  keepWord,
  lockAsked,
  type AskedItem,
} from './catalogue-item.repository.ts';
import { toDetail, toItem } from './catalogue.view.ts';
import { callableOf, governanceOf, OTHER_METHODS } from './governance.ts';

/** A page that is opened later than this after a listing has the upstream listed again. */
const SHOWN_MAX_AGE_MS = 30_000;

/** What an upstream offers, who governs it, and what admins say of its definitions. */
@Injectable()
export class CatalogueService {
  constructor(
    private readonly items: CatalogueItemRepository,
    private readonly registry: ConnectionRegistry,
    private readonly catalogue: ToolCatalogue,
    private readonly policies: PolicyStore,
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly bus: ChangeBus,
  ) {}

  async get(id: string): Promise<Catalogue> {
    const connection = this.#connection(id);
    // Nobody waits for it: what it finds is announced.
    void this.catalogue.ensureFresh(connection, SHOWN_MAX_AGE_MS, 'everything');
    const [rows, cutKinds] = await Promise.all([this.items.all(id), this.items.cutKinds(id)]);
    const inForce = this.#policy();
    const newest = Math.max(...rows.map(({ seen_at: at }) => at.getTime()));
    const { slug, title, quarantine, firstCatalogue } = connection;
    return {
      connection: { id, slug, title, quarantine, firstCatalogue },
      listedAt: rows.length === 0 ? null : new Date(newest).toISOString(),
      cutKinds: [...cutKinds],
      policyVersion: inForce?.number ?? null,
      items: rows.map((row) => toItem(row, this.#governance(connection, inForce?.policy, row))),
      methods: OTHER_METHODS.map((method) => ({
        method,
        governance: governanceOf(inForce?.policy, connection, { method, target: {} }),
      })),
    };
  }

  async item(id: string, query: ItemQuery): Promise<CatalogueItemDetail> {
    const connection = this.#connection(id);
    const row = await this.items.find(id, query);
    if (row === undefined)
      throw new GatewayError('not_found', 'This connection never listed such an item.');
    const words = await this.items.words(id, query);
    return toDetail(row, words, this.#governance(connection, this.#policy()?.policy, row));
  }

  /**
   * Accepts or blocks definitions as they were shown.
   *
   * @throws GatewayError `stale_version` where none of them is what the upstream lists now
   */
  async settle(
    id: string,
    state: 'accepted' | 'blocked',
    { items, note }: CatalogueWordInput,
    person: SignedInPerson,
  ): Promise<CatalogueWordResult> {
    const { slug } = this.#connection(id);
    const result = await this.database.transaction(async (client) => {
      const asked = await lockAsked(client, id, items);
      const current = asked.filter(({ isCurrent }) => isCurrent);
      const changed = asked
        .filter(({ isCurrent }) => !isCurrent)
        .map(({ kind, name }) => ({ kind, name }));
      if (current.length === 0)
        throw new GatewayError(
          'stale_version',
          'The upstream defines this otherwise by now. Look at the definition that it has now.',
        );
      const said = { state, by: person.key, byName: person.name, note: note ?? null };
      const news = await keepWord(client, id, current, said);
      const drafts = current
        .filter(({ kind, name }) => news.has(`${kind} ${name}`))
        .map((item) => this.#entry({ id, slug }, item, state, note, person));
      if (drafts.length > 0) {
        await this.ledger.appendIn(client, ...drafts);
        await raiseCatalogueEpoch(client, id);
        await this.bus.announce('connections', id, client);
      }
      return { settled: drafts.length, changed };
    });
    await this.catalogue.reload();
    return result;
  }

  #entry(
    connection: { readonly id: string; readonly slug: string },
    { kind, name, digest, before }: AskedItem,
    state: 'accepted' | 'blocked',
    note: string | undefined,
    person: SignedInPerson,
  ): EntryDraft {
    return {
      kind: `catalogue.${state}`,
      connection,
      target: name,
      who: person.key,
      data: { how: 'person', kind, before, digest, note: note ?? '', person: person.name },
    };
  }

  #governance(
    connection: ConnectionRecord,
    policy: CompiledPolicy | undefined,
    { kind, name }: ItemQuery,
  ): Governance {
    const tool = kind === 'tool' ? this.catalogue.find(connection.id, name) : undefined;
    return governanceOf(policy, connection, callableOf(kind, name, tool));
  }

  /** A policy that can't be read governs nothing, and nothing passes then. */
  #policy(): PolicyInForce | undefined {
    try {
      return this.policies.current();
    } catch {
      return undefined;
    }
  }

  #connection(id: string): ConnectionRecord {
    const record = this.registry.byId(id);
    if (record === undefined) throw new GatewayError('not_found', 'There is no such connection.');
    return record;
  }
}
