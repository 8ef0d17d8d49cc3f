import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { EntryDraft } from '../audit/entry.ts';
import { Ledger } from '../audit/ledger.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database } from '../platform/database.ts';
import type { Logger } from '../platform/logger.ts';
import { LOGGER } from '../platform/tokens.ts';
import { keepDetectedTransport } from './connection.sql.ts';
import { ConnectionRegistry, type ConnectionRecord } from './connection-registry.ts';
import {
  ToolDefinitionRepository,
  type StoredTool,
  type StoredTools,
} from './tool-definition.repository.ts';
import { UpstreamProbe, type Probe, type ToolRecord } from './upstream-probe.ts';

export type { ToolRecord } from './upstream-probe.ts';

type FoundUpstream = Extract<Probe, { ok: true }>;

/** An upstream that just failed to list is not asked again for this long. */
const RETRY_AFTER_MS = 1000;

/** What each upstream's tools are, as the gateway itself saw them; never as a client was told. */
@Injectable()
export class ToolCatalogue implements OnModuleInit, OnModuleDestroy {
  #tools: ReadonlyMap<string, StoredTools> = new Map();
  /** When this process last knew a complete list, on the monotonic clock; absent is never. */
  readonly #listedAt = new Map<string, number>();
  readonly #failedAt = new Map<string, number>();
  readonly #listing = new Map<string, Promise<Probe>>();
  #reloading: Promise<void> | undefined;
  #reloadAgain = false;
  #unsubscribe = () => {};

  constructor(
    private readonly repository: ToolDefinitionRepository,
    private readonly registry: ConnectionRegistry,
    private readonly upstreams: UpstreamProbe,
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly bus: ChangeBus,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onModuleInit(): Promise<void> {
    this.#unsubscribe = this.bus.subscribe(({ topic }) => {
      if (topic === 'connections') void this.#reload();
    });
    await this.#reload();
    for (const [id, { ageMs }] of this.#tools) this.#listedAt.set(id, performance.now() - ageMs);
  }

  async onModuleDestroy(): Promise<void> {
    this.#unsubscribe();
    await Promise.allSettled([...this.#listing.values(), this.#reloading]);
  }

  find(connectionId: string, name: string): ToolRecord | undefined {
    return this.#tools.get(connectionId)?.tools.get(name)?.definition;
  }

  list(connectionId: string): readonly StoredTool[] {
    return [...(this.#tools.get(connectionId)?.tools.values() ?? [])];
  }

  /** False until the upstream has been listed once, by whichever replica. */
  isLoaded(connectionId: string): boolean {
    return this.#listedAt.has(connectionId) || this.#tools.has(connectionId);
  }

  /** Lists again when the list is older. A failure leaves the old list; it never rejects. */
  async ensureFresh(record: ConnectionRecord, maxAgeMs: number): Promise<void> {
    const now = performance.now();
    if (now - (this.#listedAt.get(record.id) ?? -Infinity) <= maxAgeMs) return;
    if (now - (this.#failedAt.get(record.id) ?? -Infinity) <= RETRY_AFTER_MS) return;
    await this.refresh(record).catch((error: unknown) =>
      this.logger.warn({ connection: record.slug, error: String(error) }, 'tools were not kept'),
    );
  }

  /** The next `ensureFresh` lists again, whatever the age. */
  markStale(connectionId: string): void {
    if (this.#listedAt.has(connectionId)) this.#listedAt.set(connectionId, -Infinity);
    this.#failedAt.delete(connectionId);
  }

  /** Lists now; callers at the same moment share one listing. */
  refresh(record: ConnectionRecord): Promise<Probe> {
    const key = `${record.id}/${record.version}`;
    const running = this.#listing.get(key);
    if (running !== undefined) return running;
    const listing = this.#list(record).finally(() => this.#listing.delete(key));
    this.#listing.set(key, listing);
    return listing;
  }

  async #list(record: ConnectionRecord): Promise<Probe> {
    // The age counts from the question: what changed while the answer travelled isn't in it.
    const askedAt = performance.now();
    const probe = await this.upstreams.probe({
      url: record.url,
      allowPrivate: record.allowPrivate,
      transport: record.transport,
      detectedTransport: record.detectedTransport,
      headers: this.registry.headersFor(record),
    });
    if (!probe.ok) {
      this.#failedAt.set(record.id, performance.now());
      this.logger.warn(
        { connection: record.slug, failure: probe.failure },
        'the tools of a connection could not be listed',
      );
      return probe;
    }
    if (await this.#keep(record, probe)) {
      this.#listedAt.set(record.id, askedAt);
      this.#failedAt.delete(record.id);
    }
    return probe;
  }

  async #keep(record: ConnectionRecord, { tools, transport }: FoundUpstream): Promise<boolean> {
    const kept = await this.database.transaction(async (client) => {
      const known = await this.repository.lockDigests(client, record.id, record.version);
      if (known === undefined) return false;
      const drafts = changesOf(record, known, tools);
      await this.repository.replace(client, record.id, tools);
      const isFound =
        record.transport === 'auto' && (await keepDetectedTransport(client, record.id, transport));
      if (drafts.length === 0 && !isFound) return true;
      if (drafts.length > 0) await this.ledger.appendIn(client, ...drafts);
      await this.bus.announce('connections', record.id, client);
      return true;
    });
    await this.#reload();
    return kept;
  }

  /** Memory is only ever filled from the database, one load at a time, so it can't go backwards. */
  #reload(): Promise<void> {
    this.#reloadAgain = this.#reloading !== undefined;
    return (this.#reloading ??= this.#load());
  }

  async #load(): Promise<void> {
    try {
      do {
        this.#reloadAgain = false;
        this.#tools = await this.repository.all();
      } while (this.#reloadAgain);
    } catch (error) {
      this.logger.warn({ error: String(error) }, 'the tool catalogue could not be read');
    } finally {
      this.#reloading = undefined;
    }
  }
}

/** One entry for each difference; the definition itself stays out of the log, its digest pins it. */
function changesOf(
  record: ConnectionRecord,
  known: ReadonlyMap<string, string>,
  tools: readonly ToolRecord[],
): readonly EntryDraft[] {
  const connection = { id: record.id, slug: record.slug };
  const listed = new Set(tools.map((tool) => tool.name));
  const changed = tools.flatMap(({ name, digest }): readonly EntryDraft[] => {
    const before = known.get(name);
    if (before === digest) return [];
    return before === undefined
      ? [{ kind: 'tool.added', connection, target: name, data: { digest } }]
      : [{ kind: 'tool.changed', connection, target: name, data: { before, digest } }];
  });
  const removed = [...known]
    .filter(([name]) => !listed.has(name))
    .map(([name, before]) => ({
      kind: 'tool.removed',
      connection,
      target: name,
      data: { before },
    }));
  return [...changed, ...removed];
}
