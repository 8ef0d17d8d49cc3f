import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Inject } from '@nestjs/common';
import { z } from 'zod';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database } from '../platform/database.ts';
import type { Logger } from '../platform/logger.ts';
import { LOGGER } from '../platform/tokens.ts';

const POLL_MS = 5000;

export interface ServiceIdentity {
  readonly title: string;
  readonly ownerKey: string;
}

const rowSchema = z.object({
  issuer: z.string(),
  subject: z.string(),
  title: z.string(),
  owner_key: z.string(),
});

/** Who owns which service identity. In memory, because every call asks; refreshed by hints and a poll. */
@Injectable()
export class ServiceIdentities implements OnModuleInit, OnModuleDestroy {
  #known: ReadonlyMap<string, ServiceIdentity> | undefined;
  #loading: Promise<ReadonlyMap<string, ServiceIdentity>> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(
    private readonly database: Database,
    private readonly changes: ChangeBus,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.#unsubscribe = this.changes.subscribe(({ topic }) => {
      if (topic === 'connections') this.#refresh();
    });
    this.#timer = setInterval(() => this.#refresh(), POLL_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.#timer);
    this.#unsubscribe?.();
  }

  /** The first of `subjects` that is registered. Rejects while the registry was never read. */
  async find(issuer: string, subjects: readonly string[]): Promise<ServiceIdentity | undefined> {
    const known = this.#known ?? (await this.#load());
    for (const subject of subjects) {
      const found = known.get(keyOf(issuer, subject));
      if (found) return found;
    }
    return undefined;
  }

  /** Resolves once memory shows everything that was committed before the call. */
  async refresh(): Promise<void> {
    await this.#loading?.catch(() => undefined);
    await this.#load();
  }

  #refresh(): void {
    this.#load().catch((error: unknown) =>
      this.logger.warn({ error: String(error) }, 'service identities could not be refreshed'),
    );
  }

  #load(): Promise<ReadonlyMap<string, ServiceIdentity>> {
    this.#loading ??= this.#read().finally(() => (this.#loading = undefined));
    return this.#loading;
  }

  async #read(): Promise<ReadonlyMap<string, ServiceIdentity>> {
    const { rows } = await this.database.pool.query(
      'select issuer, subject, title, owner_key from service_identity',
    );
    const entries = z
      .array(rowSchema)
      .parse(rows)
      .map(({ issuer, subject, title, owner_key: ownerKey }) => {
        return [keyOf(issuer, subject), { title, ownerKey }] as const;
      });
    return (this.#known = new Map(entries));
  }
}

const keyOf = (issuer: string, subject: string) => JSON.stringify([issuer, subject]);
