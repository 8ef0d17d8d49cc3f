import type { CatalogueKind } from '@holdpoint/contracts';
import { Injectable } from '@nestjs/common';
import type { EntryDraft } from '../audit/entry.ts';
import { Ledger } from '../audit/ledger.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database, type Queryable } from '../platform/database.ts';
import {
  acceptUnasked,
  forgetOld,
  keepItems,
  listedBefore,
  lockCatalogue,
  markMissing,
  noteCatalogue,
  type LockedCatalogue,
} from './catalogue.sql.ts';
import { keepDetectedTransport } from './connection.sql.ts';
import type { ConnectionRecord } from './connection-registry.ts';
import type { DefinitionRecord } from './definition.ts';
import type { Listed } from './listing.ts';
import type { Probe } from './upstream-probe.ts';

type FoundUpstream = Extract<Probe, { ok: true }>;

/** An entry names at most so many items; a longer list takes several. */
const ITEMS_PER_ENTRY = 200;

/** Keeps what an upstream lists, and records what of it is new, changed or gone, in one transaction. */
@Injectable()
export class CatalogueKeeper {
  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly bus: ChangeBus,
  ) {}

  /** False when the connection was edited since it was asked. */
  keep(record: ConnectionRecord, found: FoundUpstream): Promise<boolean> {
    const lists: readonly (readonly [CatalogueKind, Listed])[] = [
      ['tool', { items: found.tools, isCut: false }],
      ...found.others,
    ];
    return this.database.transaction(async (client) => {
      const before = await lockCatalogue(client, record.id, record.version);
      if (before === undefined) return false;
      const drafts: EntryDraft[] = [];
      for (const [kind, listed] of lists)
        drafts.push(...(await this.#keepList(client, record, before, kind, listed)));
      const isFound =
        record.transport === 'auto' &&
        (await keepDetectedTransport(client, record.id, found.transport));
      const kinds = kindsAfter(before, lists);
      const isNews = drafts.length > 0 || kinds !== undefined;
      if (isNews) await noteCatalogue(client, record.id, kinds ?? keptKinds(before));
      if (drafts.length > 0) await this.ledger.appendIn(client, ...drafts);
      if (isNews || isFound) await this.bus.announce('connections', record.id, client);
      return true;
    });
  }

  async #keepList(
    client: Queryable,
    record: ConnectionRecord,
    before: LockedCatalogue,
    kind: CatalogueKind,
    { items, isCut }: Listed,
  ): Promise<readonly EntryDraft[]> {
    const known = await listedBefore(client, record.id, kind);
    await keepItems(client, record.id, kind, items);
    // What is beyond a cut may still be there.
    if (!isCut) {
      const names = items.map(({ name }) => name);
      await markMissing(client, record.id, kind, names);
    }
    const accepted = await this.#accept(client, record, before, kind, items, known);
    const changes = changesOf(record, kind, known, items, isCut);
    if (changes.length > 0) await forgetOld(client, record.id, kind);
    return [...changes, ...accepted];
  }

  async #accept(
    client: Queryable,
    record: ConnectionRecord,
    before: LockedCatalogue,
    kind: CatalogueKind,
    items: readonly DefinitionRecord[],
    known: ReadonlyMap<string, unknown>,
  ): Promise<readonly EntryDraft[]> {
    const accept = async (
      of: readonly DefinitionRecord[],
      ...how: [Parameters<typeof acceptUnasked>[4], Parameters<typeof acceptUnasked>[5]]
    ) => {
      const accepted =
        of.length === 0 ? [] : await acceptUnasked(client, record.id, kind, of, ...how);
      return chunked(accepted).map((chunk) => ({
        kind: 'catalogue.accepted',
        connection: { id: record.id, slug: record.slug },
        data: { how: how[0], kind, items: chunk },
      }));
    };
    if (before.quarantine === 'accept') return accept(items, 'setting', 'definition');
    if (!before.listedKinds.includes(kind) && before.firstCatalogue === 'accept')
      return accept(items, 'first-list', 'item');
    // An address that isn't listed can be read as well, and lists of resources grow with the data.
    const isNewResource = ({ name }: DefinitionRecord) => kind === 'resource' && !known.has(name);
    return accept(items.filter(isNewResource), 'new-resource', 'item');
  }
}

function keptKinds({ listedKinds, cutKinds }: LockedCatalogue) {
  return { listed: listedKinds, cut: cutKinds };
}

/** `undefined` where nothing of it changed. */
function kindsAfter(
  before: LockedCatalogue,
  lists: readonly (readonly [CatalogueKind, Listed])[],
): ReturnType<typeof keptKinds> | undefined {
  const asked = new Set(lists.map(([kind]) => kind));
  const listed = new Set([...before.listedKinds, ...asked]);
  const cut = [
    ...before.cutKinds.filter((kind) => !asked.has(kind)),
    ...lists.filter(([, { isCut }]) => isCut).map(([kind]) => kind),
  ];
  const isSame =
    listed.size === before.listedKinds.length &&
    cut.toSorted().join() === before.cutKinds.toSorted().join();
  return isSame ? undefined : { listed: [...listed], cut };
}

interface Change {
  readonly name: string;
  readonly digest?: string;
  readonly before?: string;
}

/**
 * One entry for each change of a tool; of what can be many, one for each bunch. The definitions
 * themselves stay out of the log, their digests pin them.
 */
function changesOf(
  record: ConnectionRecord,
  kind: CatalogueKind,
  known: Awaited<ReturnType<typeof listedBefore>>,
  items: readonly DefinitionRecord[],
  isCut: boolean,
): readonly EntryDraft[] {
  const connection = { id: record.id, slug: record.slug };
  const listed = new Set(items.map(({ name }) => name));
  const added: Change[] = [];
  const changed: Change[] = [];
  for (const { name, digest } of items) {
    const before = known.get(name);
    if (before === undefined || before.missing) added.push({ name, digest });
    else if (before.digest !== digest) changed.push({ name, before: before.digest, digest });
  }
  const removed: readonly Change[] = isCut
    ? []
    : [...known]
        .filter(([name, { missing }]) => !missing && !listed.has(name))
        .map(([name, { digest }]) => ({ name, before: digest }));
  const all = { added, changed, removed };
  return Object.entries(all).flatMap(([what, changes]): readonly EntryDraft[] =>
    kind === 'tool'
      ? changes.map(({ name, ...data }) => ({
          kind: `tool.${what}`,
          connection,
          target: name,
          data,
        }))
      : chunked(changes).map((chunk) => ({
          kind: `catalogue.${what}`,
          connection,
          data: { kind, items: chunk.map((change) => ({ ...change })) },
        })),
  );
}

function chunked<T>(all: readonly T[]): readonly T[][] {
  return Array.from({ length: Math.ceil(all.length / ITEMS_PER_ENTRY) }, (_, index) =>
    all.slice(index * ITEMS_PER_ENTRY, (index + 1) * ITEMS_PER_ENTRY),
  );
}
