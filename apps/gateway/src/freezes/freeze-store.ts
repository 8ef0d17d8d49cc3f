import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database } from '../platform/database.ts';
import { Follower } from '../platform/follower.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import type { Logger } from '../platform/logger.ts';
import { LOGGER } from '../platform/tokens.ts';
import { freezeFingerprint, freezesInForce } from './freeze.sql.ts';
import type { FreezeInForce } from './why-frozen.ts';

/** A freeze stops allowed calls everywhere within a second, also where its hint is lost. */
const POLL_MS = 400;

/** What of a connection a freeze is about. */
interface Freezable {
  readonly title: string;
  readonly frozen: Omit<FreezeInForce, 'scope' | 'title'> | null;
}

interface Snapshot {
  readonly installation: FreezeInForce | undefined;
  readonly callers: ReadonlyMap<string, FreezeInForce>;
}

/**
 * The freezes of callers and of everything, in memory, so that the data path asks nothing of the
 * database. Follows it by hints and by a cheap poll. A claim doesn't rely on it: it asks the database.
 */
@Injectable()
export class FreezeStore implements OnModuleInit, OnModuleDestroy {
  #snapshot: Snapshot | undefined;
  #fingerprint = '';
  readonly #listeners = new Set<() => void>();
  #unsubscribe = () => {};
  readonly #follower = new Follower({
    pollMs: POLL_MS,
    isCurrent: async () =>
      this.#snapshot !== undefined &&
      (await freezeFingerprint(this.database.pool)) === this.#fingerprint,
    load: () => this.#load(),
    onFailure: (error) =>
      this.logger.warn(
        { error: String(error) },
        'the freezes could not be read; the last known stay',
      ),
  });

  constructor(
    private readonly database: Database,
    private readonly bus: ChangeBus,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onModuleInit(): Promise<void> {
    this.#unsubscribe = this.bus.subscribe((hint) => {
      if (hint.topic === 'freezes') void this.#follower.hint();
    });
    await this.#follower.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.#unsubscribe();
    await this.#follower.stop();
  }

  /**
   * What stops this caller's calls on this connection now, the widest first; `null` where nothing does.
   * @throws GatewayError `database_unavailable`: what was never read isn't taken for unfrozen
   */
  over(callerKey: string, connection: Freezable | undefined): FreezeInForce | null {
    const { installation, callers } = this.#loaded();
    if (installation !== undefined) return installation;
    const frozen = connection?.frozen;
    if (frozen) return { ...frozen, scope: 'connection', title: connection.title };
    return callers.get(callerKey) ?? null;
  }

  /** Told after each time the content was swapped. Answers how to stop. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves once memory shows everything that was committed before the call. */
  refresh(): Promise<void> {
    return this.#follower.refresh();
  }

  async #load(): Promise<void> {
    // Read before the rows: a change in between is seen by the next poll.
    const fingerprint = await freezeFingerprint(this.database.pool);
    const freezes = await freezesInForce(this.database.pool);
    this.#snapshot = {
      installation: freezes.find(({ scope }) => scope === 'installation'),
      callers: new Map(
        freezes
          .filter(({ scope }) => scope === 'caller')
          .map((freeze) => [freeze.key, freeze] as const),
      ),
    };
    this.#fingerprint = fingerprint;
    for (const listener of this.#listeners) listener();
  }

  #loaded(): Snapshot {
    if (this.#snapshot !== undefined) return this.#snapshot;
    throw new GatewayError(
      'database_unavailable',
      'What is frozen has not been read from the database yet. Try again in a moment.',
    );
  }
}
