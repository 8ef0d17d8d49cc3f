import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { TunnelEnd } from '@holdpoint/tunnel';
import type { Environment } from '../env.ts';
import { ChangeBus } from '../platform/change-bus.ts';
import { Database } from '../platform/database.ts';
import { GatewayInstance } from '../platform/gateway-instance.ts';
import type { Logger } from '../platform/logger.ts';
import { ENVIRONMENT, LOGGER } from '../platform/tokens.ts';
import type { ConnectorLink } from './connector-link.ts';
import {
  beatLink,
  endLink,
  forgetDeadLinks,
  forgetLostLinks,
  insertLink,
} from './connector-link.sql.ts';
import { ConnectorLogs } from './connector-log.ts';
import { LinkDirectory } from './link-directory.ts';

const BEAT_MS = 2000;
const LOG_MS = 1000;
/** How long a shutdown lets exchanges of other gateways finish. */
const DRAIN_MS = 3000;
/** More than a connector that changes over needs at once. */
const MAX_LINKS_PER_CONNECTOR = 4;

/** The connectors that are linked to this gateway. */
@Injectable()
export class ConnectorLinks implements OnModuleInit, OnModuleDestroy {
  readonly #links = new Map<string, ConnectorLink>();
  readonly #listeners = new Set<() => void>();
  #timers: readonly NodeJS.Timeout[] = [];
  #unsubscribe = () => {};
  #isDraining = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(
    @Inject(ENVIRONMENT) private readonly env: Environment,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly database: Database,
    private readonly bus: ChangeBus,
    private readonly instance: GatewayInstance,
    private readonly directory: LinkDirectory,
    private readonly logs: ConnectorLogs,
  ) {}

  onModuleInit(): void {
    this.#unsubscribe = this.directory.onChange(() => this.#dropRevoked());
    this.#timers = [
      setInterval(() => this.#later(() => this.#beat()), BEAT_MS).unref(),
      setInterval(() => this.#later(() => this.#keepLogs()), LOG_MS).unref(),
    ];
  }

  async onModuleDestroy(): Promise<void> {
    this.drain();
    const end = Date.now() + DRAIN_MS;
    while (this.all().some(({ tunnel }) => tunnel.openStreams > 0) && Date.now() < end)
      await delay(50, undefined, { ref: false });
    for (const timer of this.#timers) clearInterval(timer);
    this.#unsubscribe();
    for (const { tunnel } of this.all()) tunnel.close('closed', 'The gateway stops.');
    await this.#writing;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Connectors dial elsewhere, and what is under way finishes here. */
  drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    for (const link of this.all()) {
      link.isDraining = true;
      link.tunnel.goAway('The gateway stops; dial again.');
    }
    this.#later(() => this.#beat());
  }

  all(): readonly ConnectorLink[] {
    return [...this.#links.values()];
  }

  byId(id: string): ConnectorLink | undefined {
    return this.#links.get(id);
  }

  /** Told whenever a link came or went. Answers how to stop. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Written down before it is used. False where the connector was revoked meanwhile. */
  async register(link: ConnectorLink): Promise<boolean> {
    if (!(await this.#write(link))) return false;
    this.#makeRoomFor(link);
    this.#links.set(link.id, link);
    if (this.#isDraining) link.tunnel.goAway('The gateway stops; dial again.');
    this.#changed();
    this.#later(() => this.bus.announce('connectors', link.connectorId));
    return true;
  }

  /** A peer that drains takes nothing new. */
  noteGoAway(link: ConnectorLink): void {
    link.isDraining = true;
    this.#changed();
    this.#later(() => this.#beatOne(link));
  }

  ended(link: ConnectorLink, { code, message }: TunnelEnd): void {
    if (!this.#links.delete(link.id)) return;
    this.#changed();
    const isPlain = link.isDraining || code === 'closed';
    const error = isPlain ? null : message;
    this.logger.info({ connector: link.connectorId, code }, 'a connector’s link ended');
    this.#later(() => this.#keepLog(link));
    this.#later(async () => {
      await endLink(this.database.watch, { id: link.id, connectorId: link.connectorId, error });
      await this.bus.announce('connectors', link.connectorId);
    });
  }

  #write(link: ConnectorLink): Promise<boolean> {
    return insertLink(this.database.watch, {
      id: link.id,
      connectorId: link.connectorId,
      instanceId: this.instance.id,
      instanceUrl: this.env.HOLDPOINT_INSTANCE_URL ?? null,
      affinity: link.affinity,
      version: link.version,
      servers: link.servers,
    });
  }

  /** The same process that dials again has given its old link up; other processes may come beside it. */
  #makeRoomFor(link: ConnectorLink): void {
    const others = this.all().filter(({ connectorId }) => connectorId === link.connectorId);
    const stale = others.filter((each) => each.affinity === link.affinity && !each.isDraining);
    const surplus = others.slice(0, Math.max(0, others.length + 1 - MAX_LINKS_PER_CONNECTOR));
    for (const each of new Set([...stale, ...surplus]))
      each.tunnel.close('closed', 'A newer link of this connector took its place.');
  }

  /** INVARIANT: what is revoked has no link, on no gateway, a second later. */
  #dropRevoked(): void {
    const revoked = this.directory.revoked();
    for (const { connectorId, tunnel } of this.all())
      if (revoked.has(connectorId)) tunnel.close('refused', 'This connector was revoked.');
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  /** One after the other, so that rows never go backwards; a failure costs a beat. */
  #later(work: () => Promise<void>): void {
    this.#writing = this.#writing
      .then(work)
      .catch((error: unknown) =>
        this.logger.warn({ error: String(error) }, 'a connector’s state could not be written'),
      );
  }

  async #beat(): Promise<void> {
    await this.#each((link) => this.#beatOne(link));
    await forgetLostLinks(this.database.watch, this.instance.id, [...this.#links.keys()]);
    await forgetDeadLinks(this.database.watch);
  }

  async #beatOne(link: ConnectorLink): Promise<void> {
    const { id, connectorId, isDraining, servers, lastError, isDirty } = link;
    link.isDirty = false;
    const load = Math.round(link.score);
    const beat = { id, connectorId, load, isDraining, servers, lastError };
    // A gateway that was cut off from the database for long counts as dead, with its links.
    const isKept = (await beatLink(this.database.watch, beat)) || !this.#links.has(id);
    if (!isKept && !(await this.#write(link)))
      link.tunnel.close('refused', 'This connector was revoked.');
    if (isDirty || isDraining) await this.bus.announce('connectors', connectorId);
  }

  #keepLogs(): Promise<void> {
    return this.#each((link) => this.#keepLog(link));
  }

  /** What one connector says must not keep the others from being written down. */
  async #each(work: (link: ConnectorLink) => Promise<void>): Promise<void> {
    for (const link of this.all())
      await work(link).catch((error: unknown) =>
        this.logger.warn(
          { error: String(error), connector: link.connectorId },
          'a connector’s state could not be written',
        ),
      );
  }

  async #keepLog(link: ConnectorLink): Promise<void> {
    const lines = link.takeNewLines();
    if (lines.length > 0) await this.logs.append(link.connectorId, lines);
  }
}
