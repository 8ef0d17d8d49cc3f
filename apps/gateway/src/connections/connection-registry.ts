import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ChangeBus } from '../platform/change-bus.ts';
import { Follower } from '../platform/follower.ts';
import { GatewayError } from '../platform/gateway.error.ts';
import type { Logger } from '../platform/logger.ts';
import { LOGGER } from '../platform/tokens.ts';
import {
  ConnectionRepository,
  type ConnectionRecord,
  type StoredConnection,
} from './connection.repository.ts';
import { CredentialVault } from './credential-vault.ts';

export type { ConnectionRecord } from './connection.repository.ts';

/** A freeze stops calls everywhere within a second, also where its hint is lost. */
const POLL_MS = 400;

/**
 * Every connection, in memory, for the data path. Follows the database by hints and by a cheap poll,
 * and swaps its whole content at once.
 */
@Injectable()
export class ConnectionRegistry implements OnModuleInit, OnModuleDestroy {
  #snapshot: Snapshot | undefined;
  #fingerprint = '';
  readonly #sealed = new WeakMap<ConnectionRecord, { readonly credential: Uint8Array | null }>();
  readonly #headers = new WeakMap<ConnectionRecord, Readonly<Record<string, string>>>();
  readonly #listeners = new Set<() => void>();
  #unsubscribe = () => {};
  readonly #follower = new Follower({
    pollMs: POLL_MS,
    isCurrent: async () =>
      this.#snapshot !== undefined && (await this.repository.fingerprint()) === this.#fingerprint,
    load: () => this.#load(),
    onFailure: (error) =>
      this.logger.warn(
        { error: String(error) },
        'the connections could not be read; the last known stay',
      ),
  });

  constructor(
    private readonly repository: ConnectionRepository,
    private readonly vault: CredentialVault,
    private readonly bus: ChangeBus,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onModuleInit(): Promise<void> {
    this.#unsubscribe = this.bus.subscribe((hint) => {
      if (hint.topic === 'connections') void this.#follower.hint();
    });
    await this.#follower.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.#unsubscribe();
    await this.#follower.stop();
  }

  bySlug(slug: string): ConnectionRecord | undefined {
    return this.#loaded().bySlug.get(slug);
  }

  byId(id: string): ConnectionRecord | undefined {
    return this.#loaded().byId.get(id);
  }

  all(): readonly ConnectionRecord[] {
    return [...this.#loaded().byId.values()];
  }

  /** Told after each time the content was swapped. Answers how to stop. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * What the gateway shows this upstream, decrypted once. Take the record from here, not a copy.
   * INVARIANT: it belongs to that very record, so a new credential never goes to an old address.
   */
  headersFor(record: ConnectionRecord): Readonly<Record<string, string>> {
    const known = this.#headers.get(record);
    if (known !== undefined) return known;
    const sealed = this.#sealed.get(record);
    if (sealed === undefined) {
      throw new GatewayError('unknown_connection', 'There is no such connection.');
    }
    const opened = this.vault.openCredential(record.id, sealed.credential);
    this.#headers.set(record, opened);
    return opened;
  }

  /** Resolves once memory shows everything that was committed before the call. */
  refresh(): Promise<void> {
    return this.#follower.refresh();
  }

  async #load(): Promise<void> {
    // Read before the rows: a change in between is seen by the next poll.
    const fingerprint = await this.repository.fingerprint();
    this.#swap(await this.repository.all());
    this.#fingerprint = fingerprint;
  }

  #swap(stored: readonly StoredConnection[]): void {
    const records = stored.map(({ record }) => record);
    for (const { record, credentialSealed } of stored) {
      this.#sealed.set(record, { credential: credentialSealed });
    }
    this.#snapshot = {
      byId: new Map(records.map((record) => [record.id, record])),
      bySlug: new Map(records.map((record) => [record.slug, record])),
    };
    for (const listener of this.#listeners) listener();
  }

  #loaded(): Snapshot {
    if (this.#snapshot !== undefined) return this.#snapshot;
    throw new GatewayError(
      'database_unavailable',
      'The connections have not been read from the database yet. Try again in a moment.',
    );
  }
}

interface Snapshot {
  readonly byId: ReadonlyMap<string, ConnectionRecord>;
  readonly bySlug: ReadonlyMap<string, ConnectionRecord>;
}
