import { createHash } from 'node:crypto';
import type { ConnectorLogLine, ConnectorServer } from '@holdpoint/contracts';
import type { ConnectorStatus, Hello, LogBatch, Tunnel } from '@holdpoint/tunnel';
import { boundedLine, LOG_LINES } from './connector-log.ts';

/** What a connector's own word for its load, 0 to 1, weighs against exchanges that are counted here. */
const FULL_LOAD = 32;

export interface LinkFacts {
  readonly id: string;
  readonly connectorId: string;
  readonly site: string;
  readonly hello: Pick<Hello, 'instance' | 'servers' | 'connectorVersion'>;
  readonly tunnel: Tunnel;
}

/** One open tunnel of one connector, in this process. */
export class ConnectorLink {
  readonly id: string;
  readonly connectorId: string;
  readonly site: string;
  readonly tunnel: Tunnel;
  readonly affinity: string;
  readonly version: string;
  isDraining = false;
  /** Something changed that the other gateways and the console should see. */
  isDirty = false;
  #status: ConnectorStatus | undefined;
  readonly #offered: Hello['servers'];
  #log: ConnectorLogLine[] = [];
  #hasNewLines = false;

  constructor({ id, connectorId, site, hello, tunnel }: LinkFacts) {
    this.id = id;
    this.connectorId = connectorId;
    this.site = site;
    this.tunnel = tunnel;
    this.affinity = affinityOf(connectorId, hello.instance);
    this.version = hello.connectorVersion;
    this.#offered = hello.servers;
  }

  /** Higher is busier. */
  get score(): number {
    return this.tunnel.openStreams + FULL_LOAD * (this.#status?.load ?? 0);
  }

  get lastError(): string | null {
    return this.#status?.lastError ?? null;
  }

  get servers(): readonly ConnectorServer[] {
    return this.#offered.map(({ name, kind }) => {
      const state = this.#status?.servers.find((each) => each.name === name);
      return { name, kind, state: state?.state ?? null, lastError: state?.lastError ?? null };
    });
  }

  /** `undefined` where it has no such server. */
  kindOf(server: string): ConnectorServer['kind'] | undefined {
    return this.#offered.find(({ name }) => name === server)?.kind;
  }

  /** ATTACKER-CONTROLLED: what it says of itself and of its servers. */
  noteStatus(status: ConnectorStatus): void {
    const before = JSON.stringify([this.servers, this.lastError]);
    this.#status = {
      ...status,
      ...storableError(status),
      servers: status.servers.map((server) => ({ ...server, ...storableError(server) })),
    };
    if (before !== JSON.stringify([this.servers, this.lastError])) this.isDirty = true;
  }

  /** ATTACKER-CONTROLLED: lines of servers that anything may have written. */
  noteLog({ lines, dropped }: LogBatch): void {
    const at = new Date().toISOString();
    const told: ConnectorLogLine[] = lines.map(({ server = null, ...line }) =>
      boundedLine({ ...line, server }),
    );
    if (dropped > 0)
      told.unshift({ at, level: 'warn', server: null, text: `(${dropped} lines were left out)` });
    this.#log = [...this.#log, ...told].slice(-LOG_LINES);
    this.#hasNewLines = true;
  }

  /** What came since it was asked last. */
  takeNewLines(): readonly ConnectorLogLine[] {
    if (!this.#hasNewLines) return [];
    const lines = this.#log;
    this.#log = [];
    this.#hasNewLines = false;
    return lines;
  }
}

/** Postgres keeps neither a NUL nor half a surrogate pair: one word of them would keep the row from being written. */
function storableError({ lastError }: { readonly lastError?: string | undefined }) {
  return lastError === undefined
    ? {}
    : { lastError: lastError.toWellFormed().replaceAll('\0', '\uFFFD') };
}

/** Sessions that a connector's process gives are known there alone; its word for itself is not trusted to be unique. */
function affinityOf(connectorId: string, instance: string): string {
  return createHash('sha256')
    .update(JSON.stringify([connectorId, instance]))
    .digest('base64url')
    .slice(0, 16);
}
