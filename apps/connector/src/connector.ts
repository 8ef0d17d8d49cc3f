import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectorStatus } from '@holdpoint/tunnel';
import type { Config } from './config/config.ts';
import type { ConnectorState } from './config/state.ts';
import type { ConnectorError } from './connector.error.ts';
import { Credentials } from './credentials/credentials.ts';
import { Secrets } from './credentials/secrets.ts';
import { HttpFront } from './http/http-front.ts';
import { LinkKeeper } from './link/link-keeper.ts';
import { ConnectorLog } from './log/log.ts';
import type { ServerFront } from './servers/server-front.ts';
import { Servers } from './servers/servers.ts';
import { ProcessGuard } from './stdio/process-guard.ts';
import { StdioFront } from './stdio/stdio-front.ts';

/** A gateway has so long at least to say that it has read of the stop, however short a drain is to be. */
const CROSSING_MS = 1000;
const DRAIN_LOOK_MS = 50;
const MAX_STATUS_CHARACTERS = 8_000;

/** Everything that `run` runs. */
export class Connector {
  readonly log: ConnectorLog;
  readonly #config: Config;
  readonly #credentials: Credentials;
  readonly #guard = new ProcessGuard();
  readonly #servers: Servers;
  readonly #keeper: LinkKeeper;
  #stopped: Promise<void> | undefined;

  constructor(facts: {
    readonly config: Config;
    readonly state: ConnectorState;
    readonly version: string;
    readonly env: NodeJS.ProcessEnv;
    readonly write: (line: string) => void;
  }) {
    const secrets = new Secrets();
    this.#config = facts.config;
    this.log = new ConnectorLog(secrets, facts.write);
    this.#credentials = new Credentials(facts.config, secrets, facts.env);
    this.#servers = new Servers(this.#fronts(facts.env), facts.config.limits, this.log);
    this.#keeper = new LinkKeeper(
      {
        state: facts.state,
        gateway: facts.config.gateway,
        maxStreams: facts.config.limits.maxStreams,
        servers: this.#servers,
        log: this.log,
        version: facts.version,
        instance: randomUUID(),
      },
      () => this.status(),
    );
  }

  get isReady(): boolean {
    return this.#keeper.isReady;
  }

  start(events: { revoked(error: ConnectorError): void; ready?(): void }): void {
    this.#servers.start();
    this.#keeper.start(events);
  }

  status(): ConnectorStatus {
    const servers = this.#servers.states();
    // One long list of long errors must not make a frame too long.
    const characters = servers.reduce((sum, { lastError = '' }) => sum + lastError.length, 0);
    const isShort = characters <= MAX_STATUS_CHARACTERS;
    const lastError = this.log.lastProblem;
    return {
      load: this.#servers.load,
      openStreams: this.#servers.openStreams,
      memoryBytes: process.memoryUsage.rss(),
      ...(lastError !== undefined && { lastError }),
      servers: isShort ? servers : servers.map(({ lastError: _long, ...rest }) => rest),
    };
  }

  /** Takes no new exchange, lets those that run finish, and stops. */
  async drain(): Promise<void> {
    this.log.info('Stopping: no new exchanges, those under way may finish.');
    this.#keeper.drain();
    const startedAt = performance.now();
    const lasts = () => performance.now() - startedAt;
    const mostMs = this.#config.limits.drainSeconds * 1000;
    // What the gateway opened before it heard of it is refused as unsent, and goes to another connector. Were
    // the link gone by then, nobody could tell whether it ran. A whole answer may still wait for the
    // gateway's credit: cut off, it would be one more that nobody knows.
    const mayEnd = () => this.#keeper.isQuiet && this.#servers.running === 0;
    while (!mayEnd() && lasts() < Math.max(mostMs, CROSSING_MS)) await sleep(DRAIN_LOOK_MS);
    if (this.#servers.running > 0) {
      this.log.warn(`${this.#servers.running} exchanges didn’t finish in time and are broken off.`);
    }
    await this.stop();
  }

  /** Ends at once whatever runs. */
  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  async #end(): Promise<void> {
    this.log.flush();
    this.#keeper.stop();
    await this.#servers.stop();
    this.#guard.close();
    this.#credentials.close();
    this.log.stop();
  }

  #fronts(env: NodeJS.ProcessEnv): Map<string, ServerFront> {
    const fronts = new Map<string, ServerFront>();
    const { servers, limits } = this.#config;
    for (const [name, { stdio, http }] of Object.entries(servers)) {
      if (http !== undefined) {
        fronts.set(name, new HttpFront(name, http, this.#credentials, this.log));
      } else if (stdio !== undefined) {
        const facts = {
          name,
          config: stdio,
          maxBytes: limits.maxMessageBytes,
          credentials: this.#credentials,
          guard: this.#guard,
          log: this.log,
          env,
        };
        fronts.set(name, new StdioFront(facts));
      }
    }
    return fronts;
  }
}
