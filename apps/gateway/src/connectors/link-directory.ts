import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database } from '../platform/database.ts';
import { Follower } from '../platform/follower.ts';
import { GatewayInstance } from '../platform/gateway-instance.ts';
import type { Logger } from '../platform/logger.ts';
import { LOGGER } from '../platform/tokens.ts';
import { listLatelyLinked, listLinks, type LinkRow } from './connector-link.sql.ts';

/** A revoked connector is cut off everywhere within a second, also where the hint is lost. */
const POLL_MS = 400;
/** What was read longer ago says nothing any more of who was revoked since. */
const TRUSTED_MS = 5000;

/**
 * Which connectors are linked, and to which gateway. Follows the database by hints and by a poll.
 */
@Injectable()
export class LinkDirectory implements OnModuleInit, OnModuleDestroy {
  #links: readonly LinkRow[] = [];
  #latelyLinked: ReadonlySet<string> = new Set();
  #readAt = -Infinity;
  #unsubscribe = () => {};
  readonly #listeners = new Set<() => void>();
  readonly #follower = new Follower({
    pollMs: POLL_MS,
    // The rows are as few as connectors: reading them costs no more than asking whether they changed.
    isCurrent: () => Promise.resolve(false),
    load: () => this.#load(),
    onFailure: (error) =>
      this.logger.warn(
        { error: String(error) },
        'the connectors’ links could not be read; the last known stay',
      ),
  });

  constructor(
    private readonly database: Database,
    private readonly bus: ChangeBus,
    private readonly instance: GatewayInstance,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onModuleInit(): Promise<void> {
    this.#unsubscribe = this.bus.subscribe((hint) => {
      if (hint.topic === 'connectors') void this.#follower.hint();
    });
    await this.#follower.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.#unsubscribe();
    await this.#follower.stop();
  }

  /**
   * INVARIANT: no call leaves through a connector unless it was known a moment ago that it isn't revoked:
   * a database that is away for this gateway alone takes its connectors from it.
   */
  get isCurrent(): boolean {
    return performance.now() - this.#readAt < TRUSTED_MS;
  }

  /** Links of one site that may be used, whichever gateway holds them. */
  ofSite(site: string): readonly LinkRow[] {
    return this.#links.filter((link) => link.site === site && !link.isRevoked);
  }

  /** Whether the site had a connector within the last minute. */
  wasLinkedLately(site: string): boolean {
    return this.#latelyLinked.has(site);
  }

  /** Whether this gateway holds it itself. */
  isOwn({ instanceId }: LinkRow): boolean {
    return instanceId === this.instance.id;
  }

  /** Told after each read. Answers how to stop. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  revoked(): ReadonlySet<string> {
    return new Set(
      this.#links.filter(({ isRevoked }) => isRevoked).map(({ connectorId }) => connectorId),
    );
  }

  refresh(): Promise<void> {
    return this.#follower.refresh();
  }

  async #load(): Promise<void> {
    const { watch } = this.database;
    const askedAt = performance.now();
    [this.#links, this.#latelyLinked] = await Promise.all([
      listLinks(watch),
      listLatelyLinked(watch),
    ]);
    this.#readAt = askedAt;
    for (const listener of this.#listeners) listener();
  }
}
