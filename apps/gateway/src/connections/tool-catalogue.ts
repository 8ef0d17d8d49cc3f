import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { CatalogueKind } from '@holdpoint/contracts';
import type { CallTarget, JsonNode } from '@holdpoint/mcp';
import { ChangeBus } from '../platform/change-bus.ts';
import type { Logger } from '../platform/logger.ts';
import { LOGGER } from '../platform/tokens.ts';
import { CatalogueKeeper } from './catalogue-keeper.ts';
import { CatalogueRepository, itemKey, type KnownCatalogue } from './catalogue.repository.ts';
import { ConnectionRegistry, type ConnectionRecord } from './connection-registry.ts';
import { digestOf, KIND_LISTED_BY, nameIn, type ToolRecord } from './definition.ts';
import { standingOf, type Quarantined } from './quarantine.ts';
import { UpstreamProbe, type Extent, type Probe } from './upstream-probe.ts';

export type { ToolRecord } from './definition.ts';

/** An upstream that just failed to list is not asked again for this long. */
const RETRY_AFTER_MS = 1000;
/** Prompts, resources and templates are listed along, in the background, when this much older. */
const OTHERS_MAX_AGE_MS = 60_000;
/** What agents are shown and the gateway isn't leads to a look, but not to a flood of them. */
const SHOWN_OTHERWISE_MAX_AGE_MS = 2000;

const NOTHING_KNOWN: KnownCatalogue = {
  items: new Map(),
  words: new Map(),
  listedKinds: new Set(),
  ageMs: 0,
};

/**
 * What each upstream offers, as the gateway itself saw it, never as a client was told; and which of
 * it is accepted. Calls are judged by memory alone.
 */
@Injectable()
export class ToolCatalogue implements OnModuleInit, OnModuleDestroy {
  #known: ReadonlyMap<string, KnownCatalogue> = new Map();
  /** When this process last knew a complete list, on the monotonic clock; absent is never. */
  readonly #listedAt: Readonly<Record<Extent, Map<string, number>>> = {
    tools: new Map(),
    everything: new Map(),
  };
  readonly #failedAt = new Map<string, number>();
  readonly #listing = new Map<string, Promise<Probe>>();
  #reloading: Promise<void> | undefined;
  #reloadAgain = false;
  #unsubscribes: readonly (() => void)[] = [];

  constructor(
    private readonly repository: CatalogueRepository,
    private readonly registry: ConnectionRegistry,
    private readonly upstreams: UpstreamProbe,
    private readonly keeper: CatalogueKeeper,
    private readonly bus: ChangeBus,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onModuleInit(): Promise<void> {
    this.#unsubscribes = [
      this.bus.subscribe(({ topic }) => {
        if (topic === 'connections') void this.reload();
      }),
      this.registry.onChange(() => void this.reload()),
    ];
    await this.reload();
    for (const [id, { listedKinds, ageMs }] of this.#known)
      if (listedKinds.has('tool')) this.#listedAt.tools.set(id, performance.now() - ageMs);
  }

  async onModuleDestroy(): Promise<void> {
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
    await Promise.allSettled([...this.#listing.values(), this.#reloading]);
  }

  find(connectionId: string, name: string): ToolRecord | undefined {
    return this.#of(connectionId).items.get(itemKey('tool', name))?.tool;
  }

  /** The tools that are listed now. */
  list(
    connectionId: string,
  ): readonly { readonly definition: ToolRecord; readonly seenAt: Date }[] {
    return [...this.#of(connectionId).items.values()].flatMap(({ tool, seenAt }) =>
      tool === undefined ? [] : [{ definition: tool, seenAt }],
    );
  }

  isListed(connectionId: string, kind: CatalogueKind, name: string): boolean {
    return this.#of(connectionId).items.has(itemKey(kind, name));
  }

  /** How many items wait for an admin. */
  countQuarantined(connectionId: string): number {
    const { items, words } = this.#of(connectionId);
    return [...items].filter(([key, { digest }]) => {
      const standing = standingOf(digest, words.get(key));
      return standing === 'new' || standing === 'changed';
    }).length;
  }

  /** Why a call that names this doesn't simply pass; `undefined` where its definition is accepted or there is none. */
  quarantineOf(
    connection: ConnectionRecord,
    method: string,
    target: CallTarget,
  ): Quarantined | undefined {
    const kind = kindCalled(method, target);
    const name = target.name ?? target.uri;
    if (kind === undefined || name === undefined) return undefined;
    const { items, words, listedKinds } = this.#of(connection.id);
    const key = itemKey(kind, name);
    const item = items.get(key);
    if (item === undefined)
      return method === 'prompts/get' && listedKinds.has('prompt')
        ? { kind, why: 'unlisted', since: undefined }
        : undefined;
    const why = standingOf(item.digest, words.get(key));
    return why === 'accepted' ? undefined : { kind, why, since: item.changedAt };
  }

  /**
   * Whether an agent may read this item of a list: only as it was accepted, so that no model meets
   * a definition that nobody looked at. What is shown to agents and not to the gateway isn't accepted.
   *
   * @param item as the upstream lists it to the agent; attacker-controlled
   */
  isServable(connection: ConnectionRecord, listMethod: string, item: JsonNode): boolean {
    const kind = KIND_LISTED_BY[listMethod];
    if (kind === undefined) return true;
    const { items, words, listedKinds } = this.#of(connection.id);
    if (connection.quarantine === 'accept') return !isBlocked(kind, item, words);
    // The first list is about to be accepted as it is.
    if (!listedKinds.has(kind)) return connection.firstCatalogue === 'accept';
    const name = nameIn(kind, item);
    const said = name === undefined ? undefined : words.get(itemKey(kind, name));
    if (said === undefined && kind === 'resource') return true;
    const digest = digestOf(kind, item);
    if (said?.get(digest) === 'accepted') return true;
    if (name !== undefined && items.get(itemKey(kind, name))?.digest !== digest)
      void this.ensureFresh(connection, SHOWN_OTHERWISE_MAX_AGE_MS, 'everything');
    return false;
  }

  /** False until the upstream has been listed once, by whichever replica. */
  isLoaded(connectionId: string, kind: CatalogueKind = 'tool'): boolean {
    return this.#of(connectionId).listedKinds.has(kind);
  }

  /** Lists again when the list is older. A failure leaves the old list; it never rejects. */
  async ensureFresh(
    record: ConnectionRecord,
    maxAgeMs: number,
    extent: Extent = 'tools',
  ): Promise<void> {
    const now = performance.now();
    const ageOf = (of: Extent) => now - (this.#listedAt[of].get(record.id) ?? -Infinity);
    if (now - (this.#failedAt.get(record.id) ?? -Infinity) <= RETRY_AFTER_MS) return;
    if (extent === 'tools' && ageOf('everything') > OTHERS_MAX_AGE_MS)
      void this.#refreshQuietly(record, 'everything');
    if (ageOf(extent) <= maxAgeMs) return;
    await this.#refreshQuietly(record, extent);
  }

  /** The next `ensureFresh` lists again, whatever the age. */
  markStale(connectionId: string): void {
    for (const listedAt of Object.values(this.#listedAt))
      if (listedAt.has(connectionId)) listedAt.set(connectionId, -Infinity);
    this.#failedAt.delete(connectionId);
  }

  /** Lists now; callers at the same moment share one listing. */
  refresh(record: ConnectionRecord, extent: Extent = 'tools'): Promise<Probe> {
    const key = `${record.id}/${record.version}/${extent}`;
    const running = this.#listing.get(key);
    if (running !== undefined) return running;
    const listing = this.#list(record, extent).finally(() => this.#listing.delete(key));
    this.#listing.set(key, listing);
    return listing;
  }

  /** Resolves once memory shows everything that was committed before the call. */
  reload(): Promise<void> {
    this.#reloadAgain = this.#reloading !== undefined;
    return (this.#reloading ??= this.#load());
  }

  #of(connectionId: string): KnownCatalogue {
    return this.#known.get(connectionId) ?? NOTHING_KNOWN;
  }

  async #refreshQuietly(record: ConnectionRecord, extent: Extent): Promise<void> {
    await this.refresh(record, extent).catch((error: unknown) =>
      this.logger.warn({ connection: record.slug, error: String(error) }, 'a list was not kept'),
    );
  }

  async #list(record: ConnectionRecord, extent: Extent): Promise<Probe> {
    // The age counts from the question: what changed while the answer travelled isn't in it.
    const askedAt = performance.now();
    const probe = await this.upstreams.probe(
      {
        url: record.url,
        allowPrivate: record.allowPrivate,
        transport: record.transport,
        detectedTransport: record.detectedTransport,
        headers: this.registry.headersFor(record),
      },
      extent,
    );
    if (!probe.ok) {
      this.#failedAt.set(record.id, performance.now());
      this.logger.warn(
        { connection: record.slug, failure: probe.failure },
        'what a connection offers could not be listed',
      );
      return probe;
    }
    const isKept = await this.keeper.keep(record, probe);
    await this.reload();
    if (isKept) {
      this.#listedAt.tools.set(record.id, askedAt);
      if (extent === 'everything') this.#listedAt.everything.set(record.id, askedAt);
      this.#failedAt.delete(record.id);
    }
    return probe;
  }

  /** Memory is only ever filled from the database, one load at a time, so it can't go backwards. */
  async #load(): Promise<void> {
    try {
      do {
        this.#reloadAgain = false;
        this.#known = await this.repository.all();
      } while (this.#reloadAgain);
    } catch (error) {
      this.logger.warn({ error: String(error) }, 'the catalogue could not be read');
    } finally {
      this.#reloading = undefined;
    }
  }
}

function isBlocked(kind: CatalogueKind, item: JsonNode, words: KnownCatalogue['words']): boolean {
  const said = words.get(itemKey(kind, nameIn(kind, item) ?? ''));
  return said !== undefined && said.get(digestOf(kind, item)) === 'blocked';
}

/** What a call names; a completion is of a prompt's or a template's argument. */
export function kindCalled(method: string, target: CallTarget): CatalogueKind | undefined {
  switch (method) {
    case 'tools/call':
      return 'tool';
    case 'prompts/get':
      return 'prompt';
    case 'resources/read':
    case 'resources/subscribe':
      return 'resource';
    case 'completion/complete':
      return target.name === undefined ? 'template' : 'prompt';
    default:
      return undefined;
  }
}
